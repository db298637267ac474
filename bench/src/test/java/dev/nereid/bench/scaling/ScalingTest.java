package dev.nereid.bench.scaling;

import static org.assertj.core.api.Assertions.assertThat;

import dev.nereid.bench.scaling.HorizontalPodAutoscaler.Metric;
import dev.nereid.bench.scaling.HorizontalPodAutoscaler.Settings;
import dev.nereid.bench.scaling.ScalingSimulation.Outcome;
import dev.nereid.bench.scaling.ScalingSimulation.Setup;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Autoscalers that go by our utilization follow the load, and hold still where it does. */
class ScalingTest {
    private static final double TARGET = 0.7;
    private static final int STEP_AT = 300;
    /** Two periods of the autoscaler, behind the reading that first shows the step. */
    private static final int TWO_PERIODS = 2 * HorizontalPodAutoscaler.SYNC_SECONDS;

    private static final int START_SECONDS = 10;
    private static final double P99_MILLIS = 100; // five times what a request takes

    private static Setup setup(Metric metric, int seconds, long seed) {
        return ScalingCommand.setup(metric, TARGET, START_SECONDS, HorizontalPodAutoscaler.SYNC_SECONDS, seconds, seed);
    }

    private static Outcome run(Metric metric, LoadCurve curve, int seconds, long seed) {
        return new ScalingSimulation(setup(metric, seconds, seed), curve).run();
    }

    private static double capacity() {
        return setup(Metric.PODS, 1, 0).capacity();
    }

    /** The least replicas that are not fuller than the target. */
    private static int needed(double rate) {
        return (int) Math.ceil(rate / capacity() / TARGET);
    }

    @ParameterizedTest
    @EnumSource(Metric.class)
    void replicasFollowATenfoldStepWithinTwoPeriods(Metric metric) {
        double low = capacity() * 1.3;
        for (long seed = 1; seed <= 5; seed++) {
            Outcome outcome = run(metric, LoadCurve.step(low, STEP_AT, 10_000), 1200, seed);
            assertThat(outcome.replicas(STEP_AT - 1)).isBetween(2, 3);
            int after = outcome.replicas(STEP_AT + TWO_PERIODS);
            // Enough for the load without a queue, and no more than half again what the target asks for.
            assertThat(after).isBetween((int) Math.ceil(10 * low / capacity()), needed(10 * low) * 3 / 2);
            int settled = STEP_AT + TWO_PERIODS + START_SECONDS + 15;
            assertThat(outcome.refused(settled, 1200)).isZero();
            assertThat(outcome.p99(settled, 1200)).isLessThan(P99_MILLIS);
            assertThat(outcome.replicas(1199)).isBetween(needed(10 * low) - 3, needed(10 * low) * 3 / 2);
        }
    }

    @ParameterizedTest
    @EnumSource(Metric.class)
    void replicasDoNotFlapUnderSteadyLoad(Metric metric) {
        for (long seed = 1; seed <= 5; seed++) {
            Outcome outcome = run(metric, LoadCurve.steady(capacity() * 5), 2400, seed);
            assertThat(outcome.turns(60, 2400)).as("seed " + seed).isLessThanOrEqualTo(1);
            assertThat(outcome.replicas(2399)).isBetween(6, 9);
            assertThat(outcome.p99(120, 2400)).isLessThan(P99_MILLIS);
        }
    }

    @ParameterizedTest
    @EnumSource(Metric.class)
    void wavesThatAreShorterThanTheWindowMoveNothing(Metric metric) {
        Outcome outcome = run(metric, LoadCurve.waves(capacity() * 6, 120), 2400, 1);
        assertThat(outcome.turns(300, 2400)).isLessThanOrEqualTo(1);
        assertThat(outcome.p99(300, 2400)).isLessThan(P99_MILLIS);
    }

    @ParameterizedTest
    @EnumSource(Metric.class)
    void replicasFollowADayUpAndDown(Metric metric) {
        Outcome outcome = run(metric, LoadCurve.day(capacity() * 12), 3600, 1);
        assertThat(outcome.turns(120, 3600)).isEqualTo(1);
        assertThat(outcome.replicas(1830)).isBetween(needed(capacity() * 12) - 2, needed(capacity() * 12) * 3 / 2);
        assertThat(outcome.replicas(3599)).isLessThanOrEqualTo(6);
        assertThat(outcome.p99(120, 3600)).isLessThan(P99_MILLIS);
        assertThat(outcome.refused(120, 3600)).isZero();
    }

    /** The examples of Kubernetes' documentation. */
    @Test
    void theAutoscalerCalculatesAsKubernetesDoes() {
        assertThat(sync(Metric.PODS, 2, Collections.nCopies(2, Optional.of(1.4))))
                .isEqualTo(4); // twice the target
        assertThat(sync(Metric.PODS, 2, Collections.nCopies(2, Optional.of(0.35))))
                .isEqualTo(1);
        assertThat(sync(Metric.PODS, 10, Collections.nCopies(10, Optional.of(0.76))))
                .isEqualTo(10); // within the tolerance
        assertThat(sync(Metric.PODS, 10, Collections.nCopies(10, Optional.of(0.78))))
                .isEqualTo(12);
        assertThat(sync(Metric.EXTERNAL, 4, Collections.nCopies(4, Optional.of(1.0))))
                .isEqualTo(6);
        // Two that are not ready count as idle: 2.8 / 4 / 0.7 is at the target.
        assertThat(sync(
                        Metric.PODS,
                        4,
                        List.of(Optional.of(1.4), Optional.of(1.4), Optional.empty(), Optional.empty())))
                .isEqualTo(4);
    }

    private static int sync(Metric metric, int replicas, List<Optional<Double>> metrics) {
        return new HorizontalPodAutoscaler(new Settings(metric, TARGET, 1, 100, 900, 0, 0)).sync(0, replicas, metrics);
    }

    @Test
    void aWindowForFewerReplicasKeepsTheLargestRecommendation() {
        HorizontalPodAutoscaler autoscaler =
                new HorizontalPodAutoscaler(new Settings(Metric.PODS, TARGET, 1, 100, 900, 0, 300));
        assertThat(autoscaler.sync(0, 4, Collections.nCopies(4, Optional.of(0.7))))
                .isEqualTo(4);
        assertThat(autoscaler.sync(15, 4, Collections.nCopies(4, Optional.of(0.1))))
                .isEqualTo(4);
        assertThat(autoscaler.sync(300, 4, Collections.nCopies(4, Optional.of(0.1))))
                .isEqualTo(4);
        assertThat(autoscaler.sync(316, 4, Collections.nCopies(4, Optional.of(0.1))))
                .isEqualTo(1);
    }

    @Test
    void policiesBoundWhatIsAddedAtATime() {
        HorizontalPodAutoscaler autoscaler =
                new HorizontalPodAutoscaler(new Settings(Metric.PODS, TARGET, 1, 100, 100, 0, 300));
        assertThat(autoscaler.sync(0, 2, Collections.nCopies(2, Optional.of(7.0))))
                .isEqualTo(4);
    }
}
