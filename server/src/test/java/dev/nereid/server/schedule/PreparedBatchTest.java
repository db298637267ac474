package dev.nereid.server.schedule;

import static org.assertj.core.api.Assertions.assertThat;

import dev.nereid.server.Until;
import dev.nereid.server.backend.BatchOrder;
import dev.nereid.server.observe.StatisticsSnapshot;
import dev.nereid.server.observe.StatisticsSnapshot.Duration;
import dev.nereid.server.protocol.InferRequest;
import dev.nereid.server.statement.Statement;
import dev.nereid.tensor.Shape;
import java.util.EnumSet;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** Which batches an instance is given that prepares one while it executes another. */
class PreparedBatchTest {
    private static final String DIRECT = "input { name: 'X' data_type: TYPE_INT32 dims: [ 1, 2 ] }";
    private static final String INPUT = "max_batch_size: 4 input { name: 'X' data_type: TYPE_INT32 dims: -1 } ";
    private static final String EAGER = " optimization { eager_batching: true }";

    private static String batching(String text) {
        return INPUT + "dynamic_batching { " + text + " }";
    }

    /** Whose only instance executes a full batch. */
    private static SchedulerFixture busy(String config) {
        SchedulerFixture fixture = SchedulerFixture.preparing(1, config);
        fixture.submit("busy", 4);
        assertThat(fixture.busy()).isEqualTo(1);
        return fixture;
    }

    private static void submit(SchedulerFixture fixture, String... ids) {
        for (String id : ids) {
            fixture.submit(id);
        }
    }

    @Test
    void preparesTheNextRequestWhileTheFirstExecutesAndNoThird() {
        SchedulerFixture fixture = SchedulerFixture.preparing(1, DIRECT);
        submit(fixture, "a", "b", "c");
        assertThat(fixture.busy()).isEqualTo(2);
        assertThat(fixture.statistics.snapshot().pendingCount()).isEqualTo(1);
        fixture.finish(fixture.batches.isEmpty() ? 0 : 1);
        assertThat(fixture.batches).containsExactly(List.of("a"));
        assertThat(fixture.busy()).as("b, and c in the place of a").isEqualTo(2);
        fixture.finishAll();
        assertThat(fixture.batches).hasSize(3);
        assertThat(fixture.answers).hasSize(3).containsValue("ok");
    }

    @Test
    void givesARequestToAnInstanceThatIsFreeRatherThanToOneThatWouldPrepareIt() {
        SchedulerFixture fixture = SchedulerFixture.preparing(3, DIRECT);
        submit(fixture, "a", "b", "c");
        fixture.finishAll();
        assertThat(fixture.instances).containsExactlyInAnyOrder("i0", "i1", "i2");
    }

    @Test
    void preparesForTheInstanceWhoseBatchBeganFirst() {
        SchedulerFixture fixture = SchedulerFixture.preparing(2, DIRECT);
        for (String id : List.of("a", "b", "c", "d")) {
            fixture.submit(id);
            fixture.clock.advanceMicros(10);
        }
        fixture.finishAll();
        int a = fixture.batches.indexOf(List.of("a"));
        int c = fixture.batches.indexOf(List.of("c"));
        int b = fixture.batches.indexOf(List.of("b"));
        assertThat(fixture.instances.get(c)).isEqualTo(fixture.instances.get(a));
        assertThat(fixture.instances.get(b)).isNotEqualTo(fixture.instances.get(a));
    }

    @Test
    void preparesAFullBatch() {
        SchedulerFixture fixture = busy(batching(""));
        submit(fixture, "a", "b", "c");
        assertThat(fixture.busy()).as("busy while three of four wait").isEqualTo(1);
        submit(fixture, "d");
        assertThat(fixture.busy()).isEqualTo(2);
        fixture.finishAll();
        assertThat(fixture.batches).containsExactlyInAnyOrder(List.of("busy"), List.of("a", "b", "c", "d"));
    }

    @Test
    void makesNoBatchSmallerThanItWouldHaveBeen() {
        SchedulerFixture fixture = busy(batching("max_queue_delay_microseconds: 100"));
        submit(fixture, "a", "b");
        fixture.clock.advanceMicros(1000);
        assertThat(fixture.busy()).as("busy after the delay").isEqualTo(1);
        submit(fixture, "c");
        fixture.finish(0);
        fixture.finishAll();
        assertThat(fixture.batches).containsExactly(List.of("busy"), List.of("a", "b", "c"));
    }

    @Test
    @Statement(55)
    void preparesWhateverWaitsWhereTheConfigIsEager() {
        SchedulerFixture fixture = busy(batching("") + EAGER);
        submit(fixture, "a", "b", "c");
        assertThat(fixture.busy()).isEqualTo(2);
        fixture.finishAll();
        assertThat(fixture.batches).containsExactlyInAnyOrder(List.of("busy"), List.of("a"), List.of("b", "c"));
    }

    @Test
    @Statement(55)
    void keepsTheQueueDelayWhereTheConfigIsEager() {
        SchedulerFixture fixture = busy(batching("max_queue_delay_microseconds: 100") + EAGER);
        submit(fixture, "a", "b");
        fixture.clock.advanceMicros(99);
        assertThat(fixture.busy()).isEqualTo(1);
        fixture.clock.advanceMicros(1);
        assertThat(fixture.busy()).isEqualTo(2);
    }

    @Test
    @Statement(55)
    void ignoresEagerBatchingOnInstancesThatHaveOneBatch() {
        SchedulerFixture fixture = new SchedulerFixture(1, batching("") + EAGER);
        submit(fixture, "busy", "a", "b");
        assertThat(fixture.busy()).isEqualTo(1);
        fixture.finishAll();
        assertThat(fixture.batches).containsExactly(List.of("busy"), List.of("a", "b"));
    }

    @Test
    void preparesABatchOfTheLargestPreferredSizeAndNoSmallerOne() {
        SchedulerFixture fixture = busy(batching("preferred_batch_size: [ 2, 3 ]"));
        submit(fixture, "a", "b");
        assertThat(fixture.busy()).isEqualTo(1);
        submit(fixture, "c");
        assertThat(fixture.busy()).isEqualTo(2);
        fixture.finishAll();
        assertThat(fixture.batches).containsExactlyInAnyOrder(List.of("busy"), List.of("a", "b", "c"));
    }

    @Test
    void preparesABatchThatTheNextRequestDoesNotFit() {
        SchedulerFixture fixture = busy(batching(""));
        fixture.submit("a", Shape.of(1, 2), 0, 0);
        assertThat(fixture.busy()).isEqualTo(1);
        fixture.submit("other shape", Shape.of(1, 3), 0, 0);
        assertThat(fixture.busy()).isEqualTo(2);
        fixture.finishAll();
        assertThat(fixture.batches).contains(List.of("a"), List.of("other shape"));

        fixture = busy(batching(""));
        fixture.submit("b", 3);
        assertThat(fixture.busy()).isEqualTo(1);
        fixture.submit("too large", 2);
        assertThat(fixture.busy()).isEqualTo(2);
    }

    @Test
    void leavesPlaceForRequestsOfAHigherPriority() {
        String priorities = "priority_levels: 2 default_priority_level: 2";
        SchedulerFixture fixture = busy(batching(priorities));
        submit(fixture, "a", "b", "c", "d");
        assertThat(fixture.busy()).isEqualTo(1);
        fixture.submit("first", Shape.of(1, 2), 1, 0);
        fixture.finish(0);
        fixture.finishAll();
        assertThat(fixture.batches).containsExactly(List.of("busy"), List.of("first", "a", "b", "c"), List.of("d"));

        SchedulerFixture eager = busy(batching(priorities) + EAGER);
        submit(eager, "a");
        assertThat(eager.busy()).isEqualTo(2);
    }

    @Test
    void leavesPlaceForRequestsThatComeBeforeDelayedOnes() {
        SchedulerFixture fixture =
                busy(batching("default_queue_policy { timeout_action: DELAY default_timeout_microseconds: 10 }"));
        for (String id : List.of("a", "b", "c")) {
            fixture.submit(id);
            fixture.clock.advanceMicros(20);
        }
        submit(fixture, "d");
        assertThat(fixture.busy()).isEqualTo(1);
        submit(fixture, "e");
        fixture.finish(0);
        fixture.finishAll();
        assertThat(fixture.batches).containsExactly(List.of("busy"), List.of("d", "e", "a", "b"), List.of("c"));
    }

    @Test
    void dropsWhatExpiresWhileItsBatchIsNotFull() {
        SchedulerFixture fixture = busy(batching("default_queue_policy { default_timeout_microseconds: 50 }"));
        submit(fixture, "a");
        fixture.clock.advanceMicros(51);
        assertThat(fixture.answers).containsEntry("a", "UNAVAILABLE Request timeout expired");
    }

    @Test
    void answersACancelledRequestThatItWouldHavePrepared() {
        SchedulerFixture fixture = busy(batching(""));
        InferRequest request = fixture.submit("a");
        request.cancel();
        submit(fixture, "b", "c", "d");
        assertThat(fixture.busy()).as("busy with three that are wanted").isEqualTo(1);
        assertThat(fixture.answers).containsKey("a");
        submit(fixture, "e");
        assertThat(fixture.busy()).isEqualTo(2);
    }

    @Test
    void keepsTheOrderOfAnswersWhereTheConfigAsksForIt() {
        SchedulerFixture fixture = busy(batching("preserve_ordering: true"));
        fixture.submit("a", 4);
        assertThat(fixture.busy()).isEqualTo(2);
        int prepared = fixture.lanes.size() - 1 - busyFirst(fixture);
        fixture.finish(prepared);
        assertThat(fixture.batches).containsExactly(List.of("a"));
        assertThat(fixture.heard).isEmpty();
        fixture.finishAll();
        assertThat(fixture.heard).containsExactly("busy ok", "a ok");
    }

    /** The lane that a scheduler of two takes first. */
    private static int busyFirst(SchedulerFixture fixture) {
        SchedulerFixture other = SchedulerFixture.preparing(1, DIRECT);
        other.submit("x");
        assertThat(fixture.lanes).hasSize(2);
        return other.isBusy(0) ? 0 : 1;
    }

    @Test
    void countsTheWaitOfAPreparedBatchAsTimeInTheQueue() {
        SchedulerFixture fixture = SchedulerFixture.preparing(1, DIRECT);
        CompletableFuture<BatchOrder.Turn> waits = new CompletableFuture<>();
        fixture.computing = batch -> {
            BatchOrder.Turn turn = (BatchOrder.Turn) batch.turn();
            waits.complete(turn);
            turn.awaitCompute();
        };
        fixture.inputMicros = 10;
        fixture.inferMicros = 100;
        fixture.outputMicros = 1;
        submit(fixture, "a", "b");
        int first = busyFirst(fixture);
        CompletableFuture<Void> prepared = CompletableFuture.runAsync(() -> fixture.finish(1 - first));
        Until.until("b waits", () -> waits.isDone() && waits.join().isWaiting());
        fixture.clock.advanceMicros(500);
        fixture.finish(first);
        prepared.orTimeout(30, TimeUnit.SECONDS).join();

        assertThat(fixture.heard).containsExactly("a ok", "b ok");
        StatisticsSnapshot statistics = fixture.statistics.snapshot();
        assertThat(statistics.compute().input()).isEqualTo(new Duration(2, 20_000));
        assertThat(statistics.compute().infer()).isEqualTo(new Duration(2, 200_000));
        assertThat(statistics.compute().output()).isEqualTo(new Duration(2, 2_000));
        // a is begun at 510; b waits for it from 10 to 621, with its input before that and the rest after.
        assertThat(statistics.queue()).isEqualTo(new Duration(2, (510 + 611) * 1000));
        assertThat(statistics.success()).isEqualTo(new Duration(2, (621 + 722) * 1000));
        assertThat(statistics.batches().sequencedValues().getFirst().infer()).isEqualTo(new Duration(2, 200_000));
    }

    @Test
    void letsTheNextBatchGoOnWhereOneCouldNotBeStarted() {
        SchedulerFixture fixture = SchedulerFixture.preparing(1, DIRECT);
        int first = busyFirst(fixture);
        fixture.breakThread(first, true);
        submit(fixture, "a");
        assertThat(fixture.answers.get("a")).contains("no thread");
        assertThat(fixture.lanes.getFirst().prepares()).isFalse();
        fixture.breakThread(first, false);
        submit(fixture, "b");
        fixture.finishAll();
        assertThat(fixture.answers).containsEntry("b", "ok");
    }

    @Test
    void finishesBothBatchesBeforeItIsClosed() {
        SchedulerFixture fixture = SchedulerFixture.preparing(1, DIRECT);
        submit(fixture, "a", "b");
        Thread closing = Thread.ofPlatform().start(fixture.scheduler::close);
        for (int lane = 0; lane < 2; lane++) {
            Until.until(
                    "closing waits or has ended",
                    () -> EnumSet.of(Thread.State.WAITING, Thread.State.TERMINATED)
                            .contains(closing.getState()));
            assertThat(fixture.closedInstances).as("closed before " + lane).hasValue(0);
            fixture.finish(lane);
        }
        Until.until("closed", () -> !closing.isAlive());
        assertThat(fixture.closedInstances).hasValue(2);
        assertThat(fixture.answers).hasSize(2).containsEntry("a", "ok").containsEntry("b", "ok");
    }

    @Test
    void takesAnInstanceAwayWhenBothItsBatchesAreDone() {
        SchedulerFixture fixture = SchedulerFixture.preparing(2, DIRECT);
        submit(fixture, "a", "b", "c", "d");
        assertThat(fixture.busy()).isEqualTo(4);
        CompletableFuture<Void> changed = fixture.scheduler.change(List.of(), fixture.lanes.subList(0, 2));
        fixture.finish(0);
        fixture.finish(1);
        Until.until("both lanes are closed", () -> fixture.closedInstances.get() == 2);
        assertThat(changed).succeedsWithin(30, TimeUnit.SECONDS);
        submit(fixture, "e");
        fixture.finishAll();
        assertThat(fixture.instances.getLast()).isEqualTo("i1");
        assertThat(fixture.answers).hasSize(5).containsEntry("e", "ok");
    }
}
