package dev.nereid.server.observe;

import static org.assertj.core.api.Assertions.assertThat;

import dev.nereid.server.observe.ModelStatistics.ComputeTimes;
import dev.nereid.server.observe.ModelStatistics.FailureReason;
import dev.nereid.server.observe.StatisticsSnapshot.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class ModelStatisticsTest {
    private static final ComputeTimes TIMES = new ComputeTimes(1, 20, 3);

    private final ModelStatistics statistics = new ModelStatistics();

    @Test
    void beginsWithEveryFailureReasonAtZero() {
        assertThat(statistics.snapshot().failures())
                .isEqualTo(Map.of(
                        FailureReason.REJECTED, 0L,
                        FailureReason.CANCELED, 0L,
                        FailureReason.BACKEND, 0L,
                        FailureReason.OTHER, 0L));
    }

    @Test
    void countsEightRequestsInOneBatchAsEightInferencesAndOneExecution() {
        for (int i = 0; i < 8; i++) {
            statistics.recordSuccess(1, 100, 10, TIMES);
        }
        statistics.recordExecution(8, TIMES, 5);
        StatisticsSnapshot snapshot = statistics.snapshot();
        assertThat(snapshot.inferenceCount()).isEqualTo(8);
        assertThat(snapshot.executionCount()).isEqualTo(1);
        assertThat(snapshot.compute().infer()).isEqualTo(new Duration(8, 160));
        assertThat(snapshot.batches().keySet()).containsExactly(8L);
    }

    @Test
    void countsAnEmptyBatchAsOne() {
        statistics.recordSuccess(0, 100, 10, TIMES);
        statistics.recordExecution(0, TIMES, 5);
        assertThat(statistics.snapshot().inferenceCount()).isEqualTo(1);
        assertThat(statistics.snapshot().batches().keySet()).containsExactly(1L);
    }

    @Test
    void countsACacheHitAsASuccessWithoutInference() {
        statistics.recordCacheHit(100, 10, 7);
        statistics.recordCacheMiss(9);
        StatisticsSnapshot snapshot = statistics.snapshot();
        assertThat(snapshot.success()).isEqualTo(new Duration(1, 100));
        assertThat(snapshot.queue()).isEqualTo(new Duration(1, 10));
        assertThat(snapshot.cacheHit()).isEqualTo(new Duration(1, 7));
        assertThat(snapshot.cacheMiss()).isEqualTo(new Duration(1, 9));
        assertThat(snapshot.inferenceCount()).isZero();
        assertThat(snapshot.executionCount()).isZero();
        assertThat(snapshot.compute().infer()).isEqualTo(new Duration(0, 0));
    }

    @Test
    void countsAFailureInNoOtherField() {
        statistics.recordFailure(FailureReason.OTHER, 50);
        StatisticsSnapshot snapshot = statistics.snapshot();
        assertThat(snapshot.fail()).isEqualTo(new Duration(1, 50));
        assertThat(snapshot.failures()).containsEntry(FailureReason.OTHER, 1L);
        assertThat(snapshot.success().count()).isZero();
        assertThat(snapshot.queue().count()).isZero();
    }

    @Test
    void keepsTheLatestInferenceAlsoWhereExecutionsOvertakeEachOther() {
        statistics.recordExecution(1, TIMES, 20);
        statistics.recordExecution(1, TIMES, 10);
        assertThat(statistics.snapshot().lastInferenceMillis()).isEqualTo(20);
    }

    @Test
    void losesNoCountUnderConcurrency() throws InterruptedException {
        List<Thread> threads = new ArrayList<>();
        for (int i = 0; i < 4; i++) {
            threads.add(Thread.ofPlatform().start(() -> {
                for (int j = 0; j < 10_000; j++) {
                    statistics.enterQueue();
                    statistics.recordSuccess(2, 3, 1, TIMES);
                    statistics.recordExecution(j % 5, TIMES, j);
                    statistics.leaveQueue();
                }
            }));
        }
        for (Thread thread : threads) {
            thread.join();
        }
        StatisticsSnapshot snapshot = statistics.snapshot();
        assertThat(snapshot.success()).isEqualTo(new Duration(40_000, 120_000));
        assertThat(snapshot.inferenceCount()).isEqualTo(80_000);
        assertThat(snapshot.executionCount()).isEqualTo(40_000);
        assertThat(snapshot.batches().values().stream()
                        .mapToLong(batch -> batch.infer().count())
                        .sum())
                .isEqualTo(40_000);
        assertThat(snapshot.pendingCount()).isZero();
    }

    @Test
    void lateResponsesShareTheLastCounters() {
        ResponseStatistics responses = new ResponseStatistics();
        for (int index : new int[] {0, 4094, 4095, 4096, Integer.MAX_VALUE}) {
            responses.record(index, ResponseStatistics.Outcome.SUCCESS, 1, 1);
        }
        assertThat(responses.snapshot()).containsOnlyKeys(0, 4094, 4095);
        assertThat(responses.snapshot().lastEntry().getValue().success().count())
                .isEqualTo(3);
    }
}
