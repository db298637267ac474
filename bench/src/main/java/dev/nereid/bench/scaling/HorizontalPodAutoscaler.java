package dev.nereid.bench.scaling;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Optional;

/**
 * The algorithm of Kubernetes' HorizontalPodAutoscaler (autoscaling/v2), as its documentation and
 * {@code pkg/controller/podautoscaler} have it: once a sync period, the replicas times the ratio of the metric to its target,
 * rounded up, unless the ratio is within the tolerance; then the stabilisation windows, then the policies. One thread.
 */
final class HorizontalPodAutoscaler {
    static final int SYNC_SECONDS = 15;
    private static final double TOLERANCE = 0.1;

    /** How the metric's numbers become one. */
    enum Metric {
        /** Type Pods with an AverageValue: the mean of the pods' numbers. Pods without one count as 0 before more are added. */
        PODS,
        /** Type External with an AverageValue, as KEDA makes it of a query: the sum divided by the replicas. */
        EXTERNAL
    }

    /**
     * What a HorizontalPodAutoscaler says.
     *
     * @param target of the metric for each pod
     * @param growPercent by how many of 100 replicas may grow within a sync period
     * @param upWindowSeconds stabilisation window for more replicas: 0 by default
     * @param downWindowSeconds for fewer: 300 by default
     */
    record Settings(
            Metric metric,
            double target,
            int least,
            int most,
            int growPercent,
            int upWindowSeconds,
            int downWindowSeconds) {}

    /** A recommendation, before stabilisation. */
    private record Recommendation(int second, int replicas) {}

    /** The number of replicas at a time, for the policies. */
    private record Count(int second, int replicas) {}

    private final Settings settings;
    private final Deque<Recommendation> recommendations = new ArrayDeque<>();
    private final Deque<Count> counts = new ArrayDeque<>();

    HorizontalPodAutoscaler(Settings settings) {
        this.settings = settings;
    }

    /**
     * The number of replicas from now on. To be asked every {@link #SYNC_SECONDS}.
     *
     * @param replicas that there are, ready or not
     * @param metrics one for each replica; empty where it is not ready
     */
    int sync(int second, int replicas, List<Optional<Double>> metrics) {
        counts.addLast(new Count(second, replicas));
        int wanted = Math.clamp(recommend(replicas, metrics), settings.least(), settings.most());
        recommendations.addLast(new Recommendation(second, wanted));
        return policies(second, replicas, stabilised(second, replicas));
    }

    private int recommend(int replicas, List<Optional<Double>> metrics) {
        List<Double> there = new ArrayList<>();
        metrics.forEach(metric -> metric.ifPresent(there::add));
        double sum = there.stream().mapToDouble(Double::doubleValue).sum();
        if (settings.metric() == Metric.EXTERNAL) {
            double ratio = sum / (settings.target() * replicas);
            return isTolerated(ratio) ? replicas : (int) Math.ceil(sum / settings.target());
        }
        if (there.isEmpty()) {
            return replicas;
        }
        double ratio = sum / there.size() / settings.target();
        int missing = replicas - there.size();
        if (missing == 0) {
            return isTolerated(ratio) ? replicas : (int) Math.ceil(ratio * replicas);
        }
        // Replicas without a metric count as idle before more are added, and as at the target before some are removed.
        double filled = ratio < 1 ? sum + missing * settings.target() : sum;
        double again = filled / replicas / settings.target();
        boolean turns = (ratio < 1) != (again < 1);
        return isTolerated(again) || turns ? replicas : (int) Math.ceil(again * replicas);
    }

    private static boolean isTolerated(double ratio) {
        return Math.abs(ratio - 1) <= TOLERANCE;
    }

    /** The smallest recommendation of the window for more, the largest one for fewer, or what there is. */
    private int stabilised(int second, int replicas) {
        int longest = Math.max(settings.upWindowSeconds(), settings.downWindowSeconds());
        while (second - recommendations.getFirst().second() > longest) {
            recommendations.removeFirst();
        }
        int up = recommendations.getLast().replicas();
        int down = up;
        for (Recommendation each : recommendations) {
            if (second - each.second() <= settings.upWindowSeconds()) {
                up = Math.min(up, each.replicas());
            }
            if (second - each.second() <= settings.downWindowSeconds()) {
                down = Math.max(down, each.replicas());
            }
        }
        int stable = replicas;
        stable = Math.max(stable, up);
        return Math.min(stable, down);
    }

    private int policies(int second, int replicas, int wanted) {
        while (counts.size() > 1 && second - counts.getFirst().second() > SYNC_SECONDS) {
            counts.removeFirst();
        }
        int most = (int) Math.ceil(counts.getFirst().replicas() * (1 + settings.growPercent() / 100.0));
        return Math.clamp(
                wanted, settings.least(), Math.max(Math.min(most, settings.most()), Math.min(replicas, wanted)));
    }
}
