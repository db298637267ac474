package dev.nereid.server.backend;

import static org.assertj.core.api.Assertions.assertThat;

import dev.nereid.models.lowering.DeviceTurn;
import dev.nereid.server.Until;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

/** Which batch of an instance waits for which. */
class BatchOrderTest {
    private final AtomicLong clock = new AtomicLong();
    private final BatchOrder order = new BatchOrder();

    private BatchOrder.Turn begun() {
        BatchOrder.Turn turn = order.newTurn(clock::get);
        turn.begin();
        return turn;
    }

    /** A thread that waits; fails where it does not. */
    private static CompletableFuture<Void> waiting(BatchOrder.Turn turn, Runnable wait) {
        CompletableFuture<Void> done = CompletableFuture.runAsync(wait).orTimeout(60, TimeUnit.SECONDS);
        Until.until("it waits", () -> turn.isWaiting() || done.isDone());
        assertThat(done).isNotDone();
        return done;
    }

    @Test
    void letsTheFirstComputeAtOnceAndTheSecondBehindIt() {
        BatchOrder.Turn first = begun();
        BatchOrder.Turn second = begun();
        first.awaitCompute();
        CompletableFuture<Void> computes = waiting(second, second::awaitCompute);
        clock.set(7);
        first.computed();
        computes.join();
        assertThat(second.waitedNanos()).isEqualTo(7);
        assertThat(first.waitedNanos()).isZero();
    }

    @Test
    void endsAWaitWithTheBatchThatIsWaitedForWhateverItCameTo() {
        BatchOrder.Turn first = begun();
        BatchOrder.Turn second = begun();
        CompletableFuture<Void> computes = waiting(second, second::awaitCompute);
        first.end();
        computes.join();
        assertThat(second.isAwaited()).isFalse();
    }

    @Test
    void waitsForAllBeforeAndNotForTheLastOfThemAlone() {
        BatchOrder.Turn first = begun();
        BatchOrder.Turn failed = begun();
        failed.end();
        BatchOrder.Turn third = begun();
        CompletableFuture<Void> computes = waiting(third, third::awaitCompute);
        first.computed();
        computes.join();
    }

    @Test
    void takesMemoryInOrder() {
        BatchOrder.Turn first = begun();
        BatchOrder.Turn second = begun();
        first.awaitPlace();
        CompletableFuture<Void> places = waiting(second, second::awaitPlace);
        first.placed();
        places.join();
        CompletableFuture<Void> computes = waiting(second, second::awaitCompute);
        first.computed();
        computes.join();
    }

    @Test
    void waitsForMemoryUntilThoseBeforeHaveEnded() {
        BatchOrder.Turn first = begun();
        BatchOrder.Turn second = begun();
        first.placed();
        first.computed();
        CompletableFuture<Void> hasMemory =
                waiting(second, () -> assertThat(second.awaitMemory()).isTrue());
        first.end();
        hasMemory.join();
    }

    @Test
    void givesAPlaceBehindOthersToABatchThatComputesAgain() {
        BatchOrder.Turn first = begun();
        BatchOrder.Turn second = begun();
        first.awaitCompute();
        first.computed();
        second.awaitCompute();
        CompletableFuture<Void> again = waiting(first, first::awaitCompute);
        assertThat(second.isAwaited()).isTrue();
        second.computed();
        again.join();
    }

    @Test
    void keepsATurnForALaterRunOfTheSameBatch() {
        BatchOrder.Turn first = begun();
        BatchOrder.Turn second = begun();
        DeviceTurn nonSignalling = first.nonSignalling();
        nonSignalling.awaitPlace();
        nonSignalling.placed();
        nonSignalling.awaitCompute();
        assertThat(nonSignalling.isAwaited()).isFalse();
        nonSignalling.computed();
        CompletableFuture<Void> places = waiting(second, second::awaitPlace);
        first.computed();
        places.join();
        assertThat(DeviceTurn.ALONE.nonSignalling()).isSameAs(DeviceTurn.ALONE);
        assertThat(DeviceTurn.ALONE.awaitMemory()).isFalse();
    }

    @Test
    void isBusyWhileABatchHasNotEnded() {
        assertThat(order.isBusy()).isFalse();
        clock.set(3);
        BatchOrder.Turn first = begun();
        clock.set(5);
        BatchOrder.Turn second = begun();
        assertThat(order.busySinceNanos()).isEqualTo(3);
        first.end();
        assertThat(order.busySinceNanos()).isEqualTo(5);
        second.end();
        assertThat(order.isBusy()).isFalse();
    }
}
