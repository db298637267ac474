package dev.nereid.bench.scaling;

import dev.nereid.bench.scaling.HorizontalPodAutoscaler.Settings;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Random;

/**
 * Requests that come by chance at the rate of a curve, replicas that take them in turns, and an autoscaler that asks the replicas
 * every 15 seconds how full they are. A run follows from its seed alone.
 */
final class ScalingSimulation {
    private static final long SECOND = 1_000_000_000L;

    /**
     * What is simulated.
     *
     * @param serviceSeconds of a request on an instance
     * @param mostQueued requests that wait on a replica; more are refused
     * @param startSeconds until a new replica is ready
     * @param scrapeSeconds between two readings of the metric: the autoscaler sees the last one
     */
    record Setup(
            Settings settings,
            double serviceSeconds,
            int instances,
            int mostQueued,
            int startSeconds,
            int scrapeSeconds,
            int replicas,
            int seconds,
            long seed) {
        /** Requests a second that a replica can answer. */
        double capacity() {
            return instances / serviceSeconds;
        }
    }

    /** One sync period. */
    record Moment(int second, double rate, int replicas, int ready, double utilization) {}

    /**
     * What came of it.
     *
     * @param latencies in milliseconds, by the second of arrival, each ascending
     * @param refused by the second of arrival
     */
    record Outcome(List<Moment> moments, List<double[]> latencies, List<Long> refused) {
        /** The latency of 99 of 100 requests that came from a second until another, in milliseconds. */
        double p99(int from, int until) {
            double[] all = latencies.subList(from, until).stream()
                    .flatMapToDouble(Arrays::stream)
                    .sorted()
                    .toArray();
            return all.length == 0 ? 0 : all[(int) Math.min(all.length - 1L, (long) Math.ceil(all.length * 0.99) - 1)];
        }

        long refused(int from, int until) {
            return refused.subList(from, until).stream()
                    .mapToLong(Long::longValue)
                    .sum();
        }

        /** How often the number of replicas turned from growing to shrinking or back. */
        int turns(int from, int until) {
            int turns = 0;
            int direction = 0;
            int last = -1;
            for (Moment moment : moments) {
                if (moment.second() < from || moment.second() >= until) {
                    continue;
                }
                int change = last < 0 ? 0 : Integer.signum(moment.replicas() - last);
                if (change != 0) {
                    turns += direction != 0 && change != direction ? 1 : 0;
                    direction = change;
                }
                last = moment.replicas();
            }
            return turns;
        }

        /** The replicas that there are from a second on, ready or not. */
        int replicas(int second) {
            int found = 0;
            for (Moment moment : moments) {
                if (moment.second() <= second) {
                    found = moment.replicas();
                }
            }
            return found;
        }

        double meanReplicas() {
            return moments.stream().mapToInt(Moment::replicas).average().orElse(0);
        }
    }

    private final Setup setup;
    private final LoadCurve curve;
    private final List<SimulatedReplica> replicas = new ArrayList<>();
    private List<Optional<Double>> scraped = new ArrayList<>();
    private int next;

    ScalingSimulation(Setup setup, LoadCurve curve) {
        this.setup = setup;
        this.curve = curve;
    }

    Outcome run() {
        Random random = new Random(setup.seed());
        HorizontalPodAutoscaler autoscaler = new HorizontalPodAutoscaler(setup.settings());
        List<Moment> moments = new ArrayList<>();
        List<double[]> latencies = new ArrayList<>();
        long[] refused = new long[setup.seconds()];
        add(setup.replicas(), 0);
        for (int second = 0; second < setup.seconds(); second++) {
            if (second % setup.scrapeSeconds() == 0) {
                scrape(second);
            }
            if (second > 0 && second % HorizontalPodAutoscaler.SYNC_SECONDS == 0) {
                moments.add(sync(autoscaler, second));
            }
            latencies.add(second(second, random, refused));
        }
        return new Outcome(moments, latencies, Arrays.stream(refused).boxed().toList());
    }

    private void add(int count, long readyNanos) {
        for (int i = 0; i < count; i++) {
            replicas.add(new SimulatedReplica(
                    (long) (setup.serviceSeconds() * SECOND), setup.instances(), setup.mostQueued(), readyNanos));
        }
    }

    private void scrape(int second) {
        scraped = new ArrayList<>();
        for (SimulatedReplica replica : replicas) {
            scraped.add(
                    replica.isReady(second * SECOND)
                            ? Optional.of(replica.utilization(second * SECOND))
                            : Optional.empty());
        }
    }

    private Moment sync(HorizontalPodAutoscaler autoscaler, int second) {
        List<Optional<Double>> metrics = new ArrayList<>();
        for (int i = 0; i < replicas.size(); i++) {
            metrics.add(i < scraped.size() ? scraped.get(i) : Optional.empty());
        }
        int wanted = autoscaler.sync(second, replicas.size(), metrics);
        add(Math.max(wanted - replicas.size(), 0), (second + setup.startSeconds()) * SECOND);
        while (replicas.size() > wanted) { // what it has taken is answered, as a drain has it
            replicas.removeLast();
        }
        long ready = replicas.stream()
                .filter(replica -> replica.isReady(second * SECOND))
                .count();
        double mean = metrics.stream()
                .flatMap(Optional::stream)
                .mapToDouble(Double::doubleValue)
                .average()
                .orElse(0);
        return new Moment(second, curve.rate(second), wanted, (int) ready, mean);
    }

    /** The latencies of a second's requests. */
    private double[] second(int second, Random random, long[] refused) {
        List<Double> latencies = new ArrayList<>();
        double rate = curve.rate(second);
        double at = second + exponential(random, rate);
        while (at < second + 1) {
            long nanos = (long) (at * SECOND);
            long end = pick(nanos).take(nanos);
            if (end < 0) {
                refused[second]++;
            } else {
                latencies.add((end - nanos) / 1e6);
            }
            at += exponential(random, rate);
        }
        return latencies.stream().mapToDouble(Double::doubleValue).sorted().toArray();
    }

    private SimulatedReplica pick(long nanos) {
        for (int i = 0; i < replicas.size(); i++) {
            SimulatedReplica replica = replicas.get(Math.floorMod(next++, replicas.size()));
            if (replica.isReady(nanos)) {
                return replica;
            }
        }
        throw new IllegalStateException("no replica is ready");
    }

    private static double exponential(Random random, double rate) {
        return -Math.log(1 - random.nextDouble()) / rate;
    }
}
