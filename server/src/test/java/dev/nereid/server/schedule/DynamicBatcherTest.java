package dev.nereid.server.schedule;

import static org.assertj.core.api.Assertions.assertThat;

import dev.nereid.server.statement.Statement;
import dev.nereid.tensor.Shape;
import java.util.List;
import org.junit.jupiter.api.Test;

class DynamicBatcherTest {
    private static SchedulerFixture batcher(int maxBatchSize, String batching) {
        return batcher(1, maxBatchSize, batching, "dims: 2");
    }

    private static SchedulerFixture batcher(int instances, int maxBatchSize, String batching, String input) {
        return new SchedulerFixture(
                instances,
                "max_batch_size: " + maxBatchSize + " input { name: 'X' data_type: TYPE_INT32 " + input
                        + " } dynamic_batching { " + batching + " }");
    }

    /** Makes the only instance busy with a request of its own, so that others wait. */
    private static SchedulerFixture busy(SchedulerFixture fixture) {
        fixture.submit("busy", 1);
        if (fixture.busy() == 0) {
            fixture.clock.advanceMicros(1_000_000);
        }
        assertThat(fixture.busy()).isEqualTo(1);
        return fixture;
    }

    private static void finishAndForget(SchedulerFixture fixture) {
        fixture.finish(0);
        assertThat(fixture.batches.getFirst()).containsExactly("busy");
        fixture.batches.clear();
    }

    @Test
    @Statement({14, 15})
    void sendsALoneRequestAtOnceToAnIdleInstance() {
        SchedulerFixture fixture = batcher(8, "");
        fixture.submit("a");
        assertThat(fixture.busy()).isEqualTo(1);
        assertThat(fixture.clock.alarms()).isZero();
    }

    @Test
    @Statement({14, 16})
    void sendsAllThatWaitWhenAnInstanceBecomesFree() {
        SchedulerFixture fixture = busy(batcher(8, ""));
        for (String id : List.of("a", "b", "c")) {
            fixture.submit(id);
        }
        finishAndForget(fixture);
        fixture.finishAll();
        assertThat(fixture.batches).containsExactly(List.of("a", "b", "c"));
    }

    @Test
    @Statement(16)
    void fillsBatchesUpToTheMaximumAndNeverSplitsARequest() {
        SchedulerFixture fixture = busy(batcher(8, ""));
        fixture.submit("a", 3);
        fixture.submit("b", 4);
        fixture.submit("c", 2);
        fixture.submit("d", 6);
        finishAndForget(fixture);
        fixture.finishAll();
        assertThat(fixture.batches).containsExactly(List.of("a", "b"), List.of("c", "d"));
    }

    @Test
    @Statement({17, 18})
    void choosesTheLongestPrefixOfAPreferredSize() {
        SchedulerFixture fixture = busy(batcher(8, "preferred_batch_size: [ 4, 8 ]"));
        for (String id : List.of("a", "b", "c", "d", "e", "f")) {
            fixture.submit(id);
        }
        finishAndForget(fixture);
        fixture.finishAll();
        assertThat(fixture.batches).containsExactly(List.of("a", "b", "c", "d"), List.of("e", "f"));
    }

    @Test
    @Statement(17)
    void cutsBeforeTheRequestThatWouldOvershootThePreferredSizes() {
        SchedulerFixture fixture = busy(batcher(16, "preferred_batch_size: 4"));
        fixture.submit("a", 3);
        fixture.submit("b", 3);
        finishAndForget(fixture);
        fixture.finishAll();
        assertThat(fixture.batches).containsExactly(List.of("a"), List.of("b"));
    }

    @Test
    @Statement(17)
    void cutsBeforeAnOvershootAtOnceAlsoWithADelay() {
        SchedulerFixture fixture = batcher(16, "preferred_batch_size: 4 max_queue_delay_microseconds: 1000");
        fixture.submit("a", 3);
        assertThat(fixture.busy()).isZero();
        fixture.submit("b", 3);
        assertThat(fixture.busy()).isEqualTo(1);
        fixture.finish(0);
        assertThat(fixture.batches).containsExactly(List.of("a"));
    }

    @Test
    @Statement({17, 19})
    void growsBeyondThePreferredSizesOnceTheDelayIsOver() {
        SchedulerFixture fixture = busy(batcher(16, "preferred_batch_size: 4 max_queue_delay_microseconds: 1000"));
        fixture.submit("a", 3);
        fixture.submit("b", 3);
        fixture.clock.advanceMicros(1000);
        finishAndForget(fixture);
        fixture.finishAll();
        assertThat(fixture.batches).containsExactly(List.of("a", "b"));
    }

    @Test
    @Statement(23)
    void holdsALoneRequestForTheDelay() {
        SchedulerFixture fixture = batcher(8, "max_queue_delay_microseconds: 500");
        fixture.submit("a");
        fixture.clock.advanceMicros(499);
        assertThat(fixture.busy()).isZero();
        fixture.clock.advanceMicros(1);
        assertThat(fixture.busy()).isEqualTo(1);
    }

    @Test
    @Statement(19)
    void sendsWhatFitsWhenTheOldestHasWaitedForTheDelay() {
        SchedulerFixture fixture = batcher(8, "preferred_batch_size: 4 max_queue_delay_microseconds: 500");
        fixture.submit("a");
        fixture.clock.advanceMicros(300);
        fixture.submit("b");
        fixture.clock.advanceMicros(199);
        assertThat(fixture.busy()).isZero();
        fixture.clock.advanceMicros(1);
        fixture.finishAll();
        assertThat(fixture.batches).containsExactly(List.of("a", "b"));
    }

    @Test
    @Statement(20)
    void sendsTheLargestPreferredSizeWithoutDelay() {
        SchedulerFixture fixture = batcher(8, "preferred_batch_size: [ 2, 4 ] max_queue_delay_microseconds: 500");
        fixture.submit("a", 4);
        assertThat(fixture.busy()).isEqualTo(1);
    }

    @Test
    @Statement(21)
    void addsNoDelayWhereTheOldestHasWaitedLongEnoughForAnInstance() {
        SchedulerFixture fixture = busy(batcher(8, "max_queue_delay_microseconds: 500"));
        fixture.submit("a");
        fixture.clock.advanceMicros(600);
        fixture.submit("b");
        finishAndForget(fixture);
        assertThat(fixture.busy()).isEqualTo(1);
        fixture.finishAll();
        assertThat(fixture.batches).containsExactly(List.of("a", "b"));
    }

    @Test
    @Statement(22)
    void mayWaitLongerThanTheDelayForABusyInstance() {
        SchedulerFixture fixture = busy(batcher(8, "max_queue_delay_microseconds: 500"));
        fixture.submit("a");
        fixture.clock.advanceMicros(5000);
        assertThat(fixture.answers).isEmpty();
        finishAndForget(fixture);
        fixture.finishAll();
        assertThat(fixture.answers).containsEntry("a", "ok");
    }

    @Test
    @Statement(27)
    void takesHigherPrioritiesFirstAndFillsTheRestOfTheBatchWithLowerOnes() {
        SchedulerFixture fixture = busy(batcher(3, "priority_levels: 3 default_priority_level: 2"));
        Shape one = Shape.of(1, 2);
        fixture.submit("low", one, 3, 0);
        fixture.submit("default", one, 0, 0);
        fixture.submit("beyond", one, 9, 0);
        fixture.submit("high", one, 1, 0);
        finishAndForget(fixture);
        fixture.finishAll();
        assertThat(fixture.batches).containsExactly(List.of("high", "default", "beyond"), List.of("low"));
    }

    @Test
    @Statement(28)
    void letsANewRequestOfHigherPriorityGoFirstWhileABatchWaits() {
        SchedulerFixture fixture =
                batcher(2, "priority_levels: 2 default_priority_level: 2 max_queue_delay_microseconds: 500");
        Shape one = Shape.of(1, 2);
        fixture.submit("late", one, 2, 0);
        fixture.clock.advanceMicros(100);
        fixture.submit("early", one, 1, 0);
        fixture.finishAll();
        assertThat(fixture.batches).containsExactly(List.of("early", "late"));
    }

    @Test
    @Statement(32)
    void closesABatchAtARequestOfAnotherShape() {
        SchedulerFixture fixture = busy(batcher(1, 8, "max_queue_delay_microseconds: 500", "dims: -1"));
        fixture.submit("a", Shape.of(1, 2), 0, 0);
        fixture.submit("b", Shape.of(1, 3), 0, 0);
        fixture.submit("c", Shape.of(1, 2), 0, 0);
        finishAndForget(fixture);
        assertThat(fixture.busy()).as("sent at once, without a further delay").isEqualTo(1);
        fixture.finish(0);
        fixture.finish(0);
        assertThat(fixture.batches).containsExactly(List.of("a"), List.of("b"));
    }

    @Test
    @Statement(33)
    void comparesNoShapesWhereTheyMayBeRagged() {
        SchedulerFixture fixture = busy(batcher(1, 8, "", "dims: -1 allow_ragged_batch: true"));
        fixture.submit("a", Shape.of(1, 2), 0, 0);
        fixture.submit("b", Shape.of(1, 3), 0, 0);
        finishAndForget(fixture);
        fixture.finishAll();
        assertThat(fixture.batches).containsExactly(List.of("a", "b"));
    }

    @Test
    @Statement(51)
    void answersACancelledRequestWithoutRunningIt() {
        SchedulerFixture fixture = busy(batcher(8, ""));
        fixture.submit("a");
        fixture.submit("b").cancel();
        fixture.submit("c");
        finishAndForget(fixture);
        fixture.finishAll();
        assertThat(fixture.batches).containsExactly(List.of("a", "c"));
        assertThat(fixture.answers.get("b")).startsWith("CANCELLED");
        assertThat(fixture.statistics.snapshot().pendingCount()).isZero();
    }
}
