package dev.nereid.server.schedule;

import static org.assertj.core.api.Assertions.assertThat;

import dev.nereid.server.observe.DropReason;
import dev.nereid.server.observe.ModelStatistics.FailureReason;
import dev.nereid.tensor.Shape;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class AdaptiveSchedulerTest {
    private static final int LEARNING = 20;

    private static String parameter(String key, String value) {
        return " parameters { key: 'scheduler." + key + "' value { string_value: '" + value + "' } }";
    }

    private static String config(int maxBatchSize, String dims, String batching, String parameters) {
        return "max_batch_size: " + maxBatchSize + " input { name: 'X' data_type: TYPE_INT32 " + dims
                + " } dynamic_batching { " + batching + " }" + parameter("policy", "adaptive") + parameters;
    }

    private static SchedulerFixture adaptive(String parameters) {
        return new SchedulerFixture(1, config(8, "dims: 2", "", parameters));
    }

    /** A model with an objective that has learnt that a batch takes 10 ms and 1 ms an item. */
    private static SchedulerFixture learnt(SchedulerFixture fixture) {
        for (int i = 0; i < LEARNING; i++) {
            int items = 1 + i % 4;
            fixture.inferMicros = 10_000 + 1_000L * items;
            fixture.submit("learn-" + i, items);
            fixture.finishAll();
            fixture.clock.advanceMicros(1_000_000);
        }
        assertThat(fixture.answers.values()).containsOnly("ok");
        fixture.batches.clear();
        fixture.answers.clear();
        return fixture;
    }

    private static void submitMany(SchedulerFixture fixture, String prefix, int count) {
        IntStream.range(0, count).forEach(i -> fixture.submit(prefix + i));
    }

    @Test
    void sendsALoneRequestAtOnce() {
        SchedulerFixture fixture = adaptive(parameter("slo_ms", "50"));
        fixture.submit("a");
        assertThat(fixture.busy()).isEqualTo(1);
    }

    @Test
    void withoutAnObjectiveAllThatWaitIsSentUpToTheMaximumAndNothingIsDropped() {
        SchedulerFixture fixture = adaptive("");
        fixture.inferMicros = 1_000_000;
        fixture.submit("busy");
        submitMany(fixture, "r", 10);
        fixture.finishAll();
        assertThat(fixture.batches)
                .containsExactly(
                        List.of("busy"), List.of("r0", "r1", "r2", "r3", "r4", "r5", "r6", "r7"), List.of("r8", "r9"));
        assertThat(fixture.answers.values()).containsOnly("ok");
    }

    @Test
    void aDelayKeepsTritonsBatcher() {
        SchedulerFixture fixture = new SchedulerFixture(
                1,
                config(
                        8,
                        "dims: 2",
                        "max_queue_delay_microseconds: 1000 preferred_batch_size: 4",
                        parameter("slo_ms", "1")));
        fixture.submit("a");
        assertThat(fixture.busy()).isZero();
        fixture.clock.advanceMicros(1000);
        assertThat(fixture.busy()).isEqualTo(1);
        fixture.finishAll();
        assertThat(fixture.answers).containsEntry("a", "ok");
    }

    @Test
    void withoutABatcherRequestsRunAlone() {
        SchedulerFixture fixture = new SchedulerFixture(
                1,
                "max_batch_size: 8 input { name: 'X' data_type: TYPE_INT32 dims: 2 }"
                        + parameter("policy", "adaptive"));
        submitMany(fixture, "r", 3);
        fixture.finishAll();
        assertThat(fixture.batches).containsExactly(List.of("r0"), List.of("r1"), List.of("r2"));
    }

    @Test
    void dropsARequestThatCannotBeAnsweredInTimeAndCountsItAsRejected() {
        SchedulerFixture fixture = learnt(adaptive(parameter("slo_ms", "20")));
        fixture.inferMicros = 11_000;
        fixture.submit("first");
        fixture.clock.advanceMicros(500);
        fixture.submit("second");
        fixture.finishAll();
        assertThat(fixture.answers)
                .containsEntry("first", "ok")
                .containsEntry(
                        "second",
                        "UNAVAILABLE [request id: second] model 'm' cannot answer before the request's deadline");
        assertThat(fixture.batches).containsExactly(List.of("first"));
        assertThat(fixture.statistics.snapshot().failures()).containsEntry(FailureReason.REJECTED, 1L);
    }

    @Test
    void answersAtTheDeadlineWhileTheInstanceIsBusy() {
        SchedulerFixture fixture = adaptive(parameter("slo_ms", "20"));
        fixture.submit("busy");
        fixture.submit("waits");
        fixture.clock.advanceMicros(19_999);
        assertThat(fixture.answers).isEmpty();
        fixture.clock.advanceMicros(1);
        assertThat(fixture.answers).containsOnlyKeys("waits");
        assertThat(fixture.answers.get("waits")).startsWith("UNAVAILABLE ");
    }

    @Test
    void aRequestsTimeoutIsItsDeadline() {
        SchedulerFixture fixture = adaptive(parameter("slo_ms", "20"));
        fixture.submit("busy");
        fixture.submit("patient", Shape.of(1, 2), 0, 100_000);
        fixture.submit("hurried", Shape.of(1, 2), 0, 5_000);
        fixture.clock.advanceMicros(5_000);
        assertThat(fixture.answers).containsOnlyKeys("hurried");
        fixture.clock.advanceMicros(90_000);
        fixture.finishAll();
        assertThat(fixture.answers).containsEntry("patient", "ok");
    }

    @Test
    void aTimeoutIsADeadlineAlsoWithoutAnObjective() {
        SchedulerFixture fixture = adaptive("");
        fixture.submit("busy");
        fixture.submit("patient");
        fixture.submit("hurried", Shape.of(1, 2), 0, 5_000);
        fixture.clock.advanceMicros(5_000);
        assertThat(fixture.answers).containsOnlyKeys("hurried");
    }

    @Test
    void runsInTheOrderOfDeadlines() {
        SchedulerFixture fixture = new SchedulerFixture(1, config(1, "dims: 2", "", parameter("slo_ms", "1000")));
        fixture.submit("busy");
        fixture.submit("late");
        fixture.submit("early", Shape.of(1, 2), 0, 500_000);
        fixture.finishAll();
        assertThat(fixture.batches).containsExactly(List.of("busy"), List.of("early"), List.of("late"));
    }

    @Test
    void aBatchEndsBeforeItsFirstDeadline() {
        SchedulerFixture fixture = learnt(adaptive(parameter("slo_ms", "1000")));
        fixture.inferMicros = 11_000;
        fixture.submit("busy");
        submitMany(fixture, "r", 6);
        // 15 ms are left when the instance is free, for 10 ms, 1 ms an item and a margin.
        fixture.submit("hurried", Shape.of(1, 2), 0, 26_000);
        fixture.finish(0);
        fixture.inferMicros = 13_000;
        fixture.finish(0);
        assertThat(fixture.batches.getLast()).hasSizeBetween(2, 4).startsWith("hurried");
        assertThat(fixture.answers).containsEntry("hurried", "ok");
    }

    @Test
    void dropsWhatWouldHoldUpThoseBehindIt() {
        SchedulerFixture fixture = learnt(adaptive(parameter("slo_ms", "30")));
        fixture.inferMicros = 11_000;
        fixture.submit("busy");
        fixture.submit("old");
        fixture.clock.advanceMicros(3_000);
        // Far more than the device can take. Eight together need 18 ms and a margin; the old one has 16 left.
        submitMany(fixture, "r", 300);
        fixture.finish(0);
        assertThat(fixture.answers)
                .containsEntry("busy", "ok")
                .containsEntry(
                        "old",
                        "UNAVAILABLE [request id: old] model 'm' is overloaded: the request would hold up those behind it");
        fixture.inferMicros = 18_000;
        fixture.finish(0);
        assertThat(fixture.batches.getLast()).hasSizeBetween(7, 8).startsWith("r0", "r1");
        assertThat(fixture.answers).containsEntry("r0", "ok");
    }

    @Test
    void refusesAtTheDoorWhatWouldWaitTooLong() {
        SchedulerFixture fixture = learnt(adaptive(parameter("slo_ms", "100")));
        fixture.submit("busy");
        // 18 ms for eight: more than two hundred milliseconds for a hundred.
        submitMany(fixture, "r", 100);
        assertThat(fixture.answers.get("r99"))
                .startsWith("UNAVAILABLE [request id: r99] model 'm' is overloaded: its queue takes about 2")
                .endsWith(" ms, the answer is due in 100 ms");
        assertThat(fixture.statistics.snapshot().scheduling().drops().get(DropReason.OVERLOAD))
                .isPositive();
        assertThat(fixture.answers).doesNotContainKey("r50");
    }

    @Test
    void equalShapesShareABatchWhateverComesBetween() {
        SchedulerFixture fixture = new SchedulerFixture(1, config(8, "dims: -1", "", ""));
        fixture.submit("busy");
        fixture.submit("a", Shape.of(1, 3), 0, 0);
        fixture.submit("b", Shape.of(1, 4), 0, 0);
        fixture.submit("c", Shape.of(1, 3), 0, 0);
        fixture.finishAll();
        assertThat(fixture.batches).containsExactly(List.of("busy"), List.of("a", "c"), List.of("b"));
    }

    @Test
    void preserveOrderingKeepsTheOrderOfArrival() {
        SchedulerFixture fixture = new SchedulerFixture(1, config(8, "dims: -1", "preserve_ordering: true", ""));
        fixture.submit("busy");
        fixture.submit("a", Shape.of(1, 3), 0, 0);
        fixture.submit("b", Shape.of(1, 4), 0, 0);
        fixture.submit("c", Shape.of(1, 3), 0, 0);
        fixture.finishAll();
        assertThat(fixture.batches).containsExactly(List.of("busy"), List.of("a"), List.of("b"), List.of("c"));
    }

    @Test
    void aTokenBudgetEndsABatch() {
        SchedulerFixture fixture = new SchedulerFixture(
                1,
                config(
                        8,
                        "dims: -1 allow_ragged_batch: true",
                        "",
                        parameter("token_input", "X") + parameter("max_batch_tokens", "100")));
        fixture.submit("busy");
        fixture.submit("a", Shape.of(1, 60), 0, 0);
        fixture.submit("b", Shape.of(1, 40), 0, 0);
        fixture.submit("c", Shape.of(1, 1), 0, 0);
        fixture.submit("huge", Shape.of(1, 500), 0, 0);
        fixture.finishAll();
        assertThat(fixture.batches).containsExactly(List.of("busy"), List.of("a", "b"), List.of("c"), List.of("huge"));
    }

    @Test
    void lengthsInABatchDifferByTheRatioAtMostAndCountAsTheLongest() {
        SchedulerFixture fixture = new SchedulerFixture(
                1,
                config(
                        8,
                        "dims: -1 allow_ragged_batch: true",
                        "",
                        parameter("token_input", "X")
                                + parameter("length_ratio", "2")
                                + parameter("max_batch_tokens", "120")));
        fixture.submit("busy");
        fixture.submit("a", Shape.of(1, 33), 0, 0);
        fixture.submit("b", Shape.of(1, 10), 0, 0);
        fixture.submit("c", Shape.of(1, 60), 0, 0);
        fixture.submit("d", Shape.of(1, 34), 0, 0);
        fixture.submit("e", Shape.of(1, 12), 0, 0);
        fixture.finishAll();
        assertThat(fixture.batches)
                .containsExactly(List.of("busy"), List.of("a", "c"), List.of("b", "e"), List.of("d"));
    }

    @Test
    void severalIdleInstancesShareWhatWaits() {
        SchedulerFixture fixture =
                learnt(new SchedulerFixture(2, config(8, "dims: 2", "", parameter("slo_ms", "1000"))));
        fixture.scheduler.holdingBack(4);
        submitMany(fixture, "r", 4);
        fixture.finishAll();
        assertThat(fixture.batches).containsExactly(List.of("r0", "r1"), List.of("r2", "r3"));
    }

    @Test
    void aCancelledRequestTakesNoPlace() {
        SchedulerFixture fixture = adaptive("");
        fixture.submit("busy");
        fixture.submit("a").cancel();
        fixture.submit("b");
        fixture.finishAll();
        assertThat(fixture.batches).containsExactly(List.of("busy"), List.of("b"));
        assertThat(fixture.answers).containsEntry("a", "CANCELLED Request cancelled");
    }

    @Test
    void aFullQueueRefuses() {
        SchedulerFixture fixture =
                new SchedulerFixture(1, config(8, "dims: 2", "default_queue_policy { max_queue_size: 1 }", ""));
        fixture.submit("busy");
        fixture.submit("a");
        fixture.submit("b");
        assertThat(fixture.answers).containsEntry("b", "UNAVAILABLE [request id: b] Exceeds maximum queue size");
    }

    @Test
    void aFailedBatchTeachesNothing() {
        SchedulerFixture fixture = learnt(adaptive(parameter("slo_ms", "20")));
        fixture.failing = true;
        fixture.inferMicros = 500_000;
        for (int i = 0; i < 100; i++) {
            fixture.submit("f" + i);
            fixture.finishAll();
        }
        fixture.failing = false;
        fixture.inferMicros = 11_000;
        fixture.submit("a");
        fixture.finishAll();
        assertThat(fixture.answers).containsEntry("a", "ok");
    }

    @Test
    void aModelThatWasTooSlowIsTriedAgainNowAndThen() {
        SchedulerFixture fixture = adaptive(parameter("slo_ms", "20"));
        fixture.inferMicros = 100_000;
        for (int i = 0; i < LEARNING; i++) {
            fixture.submit("slow-" + i);
            fixture.finishAll();
        }
        fixture.submit("refused");
        fixture.finishAll();
        assertThat(fixture.answers.get("refused")).startsWith("UNAVAILABLE");

        fixture.inferMicros = 5_000;
        for (int i = 0; i < 5; i++) {
            fixture.clock.advanceMicros(1_100_000);
            fixture.submit("probe-" + i);
            fixture.finishAll();
            assertThat(fixture.answers).containsEntry("probe-" + i, "ok");
        }
        fixture.submit("served");
        fixture.finishAll();
        assertThat(fixture.answers).containsEntry("served", "ok");
    }

    @Test
    void wantsMoreInstancesWhenRequestsWaitAndFewerWhenOneIsIdle() {
        SchedulerFixture fixture = new SchedulerFixture(2, config(1, "dims: 2", "", parameter("slo_ms", "100")));
        fixture.inferMicros = 20_000;
        assertThat(fixture.scheduler.wantedInstances()).hasValue(2);
        for (int millis = 60; millis < 7_200; millis += 60) {
            // Three at a time for two instances: one of three waits for longer than 10 ms.
            submitMany(fixture, millis + "-", 3);
            fixture.finishAll();
            assertThat(fixture.scheduler.wantedInstances())
                    .as("after %d ms", millis)
                    .hasValue(millis < 2_000 ? 2 : 3);
        }
        assertThat(fixture.answers.values()).containsOnly("ok");
        for (int millis = 520; millis < 40_000; millis += 520) {
            fixture.clock.advanceMicros(500_000);
            fixture.submit("lone" + millis);
            fixture.finishAll();
            int wanted = fixture.scheduler.wantedInstances().orElse(0);
            // The first stretch still has requests that were late.
            int expected = millis < 1_000 ? 3 : millis < 30_000 ? 2 : 1;
            assertThat(wanted).as("after %d ms", millis).isEqualTo(expected);
        }
    }

    @Test
    void wantsMoreInstancesWhenRequestsAreTurnedAway() {
        SchedulerFixture fixture = adaptive(parameter("slo_ms", "20"));
        assertThat(fixture.scheduler.wantedInstances()).hasValue(1);
        fixture.submit("long");
        for (int i = 0; i < 12; i++) {
            fixture.submit("r" + i);
            fixture.clock.advanceMicros(200_000);
            fixture.scheduler.wantedInstances();
        }
        assertThat(fixture.answers).hasSize(12).doesNotContainValue("ok");
        assertThat(fixture.scheduler.wantedInstances()).hasValue(2);
    }

    @Test
    void tritonsPolicyWantsTheInstancesThatThereAre() {
        SchedulerFixture fixture = new SchedulerFixture(3, "max_batch_size: 4");
        assertThat(fixture.scheduler.wantedInstances()).hasValue(3);
        fixture.scheduler.refuse();
        assertThat(fixture.scheduler.wantedInstances()).isEmpty();
    }
}
