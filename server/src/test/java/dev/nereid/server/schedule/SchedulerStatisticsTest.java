package dev.nereid.server.schedule;

import static org.assertj.core.api.Assertions.assertThat;

import dev.nereid.server.observe.ModelStatistics.FailureReason;
import dev.nereid.server.observe.StatisticsSnapshot;
import dev.nereid.server.observe.StatisticsSnapshot.Duration;
import dev.nereid.server.protocol.InferRequest;
import dev.nereid.server.statement.Statement;
import dev.nereid.tensor.Shape;
import java.util.List;
import org.junit.jupiter.api.Test;

class SchedulerStatisticsTest {
    private static final String BATCHER =
            "max_batch_size: 8 input { name: 'X' data_type: TYPE_INT32 dims: 2 } dynamic_batching {}";

    private static SchedulerFixture timed() {
        SchedulerFixture fixture = new SchedulerFixture(1, BATCHER);
        fixture.inputMicros = 10;
        fixture.inferMicros = 100;
        fixture.outputMicros = 5;
        return fixture;
    }

    @Test
    @Statement({145, 146, 149, 151})
    void countsTheWholeBatchsTimesForEachOfItsRequests() {
        SchedulerFixture fixture = timed();
        fixture.submit("a");
        fixture.submit("b");
        fixture.submit("c", 2);
        fixture.finishAll();
        assertThat(fixture.batches).containsExactly(List.of("a"), List.of("b", "c"));

        StatisticsSnapshot statistics = fixture.statistics.snapshot();
        assertThat(statistics.inferenceCount()).isEqualTo(4);
        assertThat(statistics.executionCount()).isEqualTo(2);
        assertThat(statistics.success()).isEqualTo(new Duration(3, (115 + 230 + 230) * 1000));
        assertThat(statistics.queue()).isEqualTo(new Duration(3, (0 + 115 + 115) * 1000));
        assertThat(statistics.compute().input()).isEqualTo(new Duration(3, 30_000));
        assertThat(statistics.compute().infer()).isEqualTo(new Duration(3, 300_000));
        assertThat(statistics.compute().output()).isEqualTo(new Duration(3, 15_000));
        assertThat(statistics.batches().keySet()).containsExactly(1L, 3L);
        assertThat(statistics.batches().sequencedValues().getLast().infer()).isEqualTo(new Duration(1, 100_000));
        assertThat(statistics.lastInferenceMillis()).isEqualTo(fixture.clock.epochMillis());
    }

    @Test
    @Statement(147)
    void countsAFailedBatchAsNoExecution() {
        SchedulerFixture fixture = timed();
        fixture.failing = true;
        fixture.submit("a", 4);
        fixture.finishAll();
        StatisticsSnapshot statistics = fixture.statistics.snapshot();
        assertThat(statistics.success().count()).isZero();
        assertThat(statistics.fail()).isEqualTo(new Duration(1, 115_000));
        assertThat(statistics.inferenceCount()).isZero();
        assertThat(statistics.executionCount()).isZero();
        assertThat(statistics.batches()).isEmpty();
        assertThat(statistics.failures())
                .containsEntry(FailureReason.BACKEND, 1L)
                .containsEntry(FailureReason.REJECTED, 0L)
                .containsEntry(FailureReason.CANCELED, 0L)
                .containsEntry(FailureReason.OTHER, 0L);
    }

    @Test
    @Statement(147)
    void countsACancelledRequestAsCancelled() {
        SchedulerFixture fixture = timed();
        fixture.submit("a");
        fixture.submit("b").cancel();
        fixture.finishAll();
        assertThat(fixture.statistics.snapshot().failures()).containsEntry(FailureReason.CANCELED, 1L);
    }

    @Test
    @Statement(145)
    void countsAClientsBatchLikeSoManyRequests() {
        SchedulerFixture fixture = new SchedulerFixture(1, "max_batch_size: 8");
        fixture.submit("a", 1);
        fixture.submit("b", 8);
        fixture.finishAll();
        assertThat(fixture.statistics.snapshot().inferenceCount()).isEqualTo(9);
        assertThat(fixture.statistics.snapshot().executionCount()).isEqualTo(2);
    }

    /** Triton returns such a refusal as the status of the call and counts it nowhere: load that was shed is invisible. */
    @Test
    @Statement(147)
    void countsARefusalAtTheQueuesDoorAsRejected() {
        SchedulerFixture fixture = new SchedulerFixture(
                1,
                "max_batch_size: 1 input { name: 'X' data_type: TYPE_INT32 dims: 2 } "
                        + "dynamic_batching { default_queue_policy { max_queue_size: 1 } }");
        for (String id : List.of("running", "waiting", "refused")) {
            fixture.submit(id);
        }
        assertThat(fixture.answers).containsOnlyKeys("refused");
        fixture.scheduler.refuse();
        fixture.submit("late");
        assertThat(fixture.statistics.snapshot().failures()).containsEntry(FailureReason.REJECTED, 2L);
        assertThat(fixture.statistics.snapshot().fail().count()).isEqualTo(2);
        assertThat(fixture.statistics.snapshot().pendingCount()).isEqualTo(1);
    }

    @Test
    @Statement({9, 31})
    void countsARequestAsPendingUntilItLeavesTheQueueWhateverTheReason() {
        SchedulerFixture fixture = new SchedulerFixture(
                1,
                "max_batch_size: 1 input { name: 'X' data_type: TYPE_INT32 dims: 2 } dynamic_batching { "
                        + "default_queue_policy { max_queue_size: 3 default_timeout_microseconds: 100 } }");
        fixture.submit("running");
        assertThat(fixture.statistics.snapshot().pendingCount()).isZero();
        fixture.submit("taken");
        fixture.submit("expired", Shape.of(1, 2), 0, 0);
        InferRequest cancelled = fixture.submit("cancelled");
        fixture.submit("refused");
        assertThat(fixture.statistics.snapshot().pendingCount()).isEqualTo(3);
        fixture.finish(0);
        assertThat(fixture.statistics.snapshot().pendingCount()).isEqualTo(2);
        fixture.clock.advanceMicros(99);
        cancelled.cancel();
        fixture.clock.advanceMicros(1);
        fixture.finishAll();
        assertThat(fixture.statistics.snapshot().pendingCount()).isZero();
        assertThat(fixture.answers)
                .containsEntry("expired", "UNAVAILABLE Request timeout expired")
                .containsEntry("taken", "ok");
    }

    @Test
    @Statement({156, 157})
    void answersACancelledRequestOnceUnlessItWasHandedOverBefore() {
        SchedulerFixture fixture = timed();
        InferRequest handedOver = fixture.submit("handed-over");
        InferRequest waiting = fixture.submit("waiting");
        fixture.submit("other");
        handedOver.cancel();
        waiting.cancel();
        waiting.cancel();
        fixture.finishAll();
        assertThat(fixture.heard)
                .containsExactlyInAnyOrder("handed-over ok", "waiting CANCELLED Request cancelled", "other ok");
        assertThat(fixture.batches).containsExactly(List.of("handed-over"), List.of("other"));
    }

    @Test
    @Statement(7)
    void closesAfterTheQueueIsEmptyAndRefusesNewRequests() throws InterruptedException {
        SchedulerFixture fixture = timed();
        fixture.submit("a");
        fixture.submit("b");
        Thread closing = Thread.ofPlatform().start(fixture.scheduler::close);
        while (closing.getState() != Thread.State.WAITING) {
            Thread.onSpinWait();
        }
        fixture.submit("c");
        assertThat(fixture.answers).containsOnlyKeys("c");
        assertThat(fixture.answers.get("c"))
                .isEqualTo("UNAVAILABLE [request id: c] Server is stopping, scheduler for model has stopped accepting "
                        + "new inference requests");
        fixture.finishAll();
        closing.join();
        assertThat(fixture.answers).containsEntry("a", "ok").containsEntry("b", "ok");
        assertThat(fixture.closedInstances).hasValue(1);
    }
}
