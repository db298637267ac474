package dev.nereid.server.torchserve;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class OpenSequencesTest {
    private final AtomicLong now = new AtomicLong();
    private final List<String> ended = new CopyOnWriteArrayList<>();

    private OpenSequences sequences(int most, int mostWaiting, int lifetimeMillis) {
        return new OpenSequences(
                new OpenSequences.Limits(most, mostWaiting, Duration.ofMillis(100), Duration.ofMillis(lifetimeMillis)),
                ended::add,
                now::get);
    }

    private void pass(int millis) {
        now.addAndGet(TimeUnit.MILLISECONDS.toNanos(millis));
    }

    /** Sends a request through; returns whether it began a sequence. */
    private static boolean step(OpenSequences sequences, String id, boolean start, boolean end) {
        OpenSequences.Turn turn = sequences.enter(id, start, end);
        turn.submitted();
        turn.close();
        return turn.start();
    }

    private static boolean step(OpenSequences sequences, String id) {
        return step(sequences, id, false, false);
    }

    @Test
    void theFirstRequestOfAnIdBeginsASequence() {
        OpenSequences sequences = sequences(10, 1, 0);
        assertThat(step(sequences, "a")).isTrue();
        assertThat(step(sequences, "a")).isFalse();
        assertThat(step(sequences, "b")).isTrue();
        assertThat(step(sequences, "a", true, false)).isTrue();
    }

    @Test
    void theLastRequestEndsIt() {
        OpenSequences sequences = sequences(1, 1, 0);
        assertThat(step(sequences, "a", false, true)).isTrue();
        assertThat(step(sequences, "b")).isTrue();
        assertThat(step(sequences, "b", false, true)).isFalse();
        assertThat(step(sequences, "b")).isTrue();
        assertThat(ended).isEmpty();
    }

    @Test
    void idleSequencesEnd() {
        OpenSequences sequences = sequences(1, 1, 0);
        step(sequences, "a");
        pass(99);
        assertThat(step(sequences, "a")).isFalse();
        pass(99);
        assertThat(step(sequences, "a")).isFalse();
        pass(100);
        assertThat(step(sequences, "a")).isTrue();
        pass(100);
        assertThat(step(sequences, "b")).isTrue();
        assertThat(ended).as("those that did not end themselves").containsExactly("a", "a");
    }

    @Test
    void sequencesThatLiveTooLongEnd() {
        OpenSequences sequences = sequences(1, 1, 150);
        step(sequences, "a");
        pass(80);
        assertThat(step(sequences, "a")).isFalse();
        pass(80);
        assertThat(step(sequences, "a")).isTrue();
    }

    @Test
    void moreThanTheMostAreRefused() {
        OpenSequences sequences = sequences(2, 1, 0);
        step(sequences, "a");
        step(sequences, "b");
        assertThatThrownBy(() -> step(sequences, "c"))
                .isInstanceOf(TorchServeException.class)
                .hasMessage("2 sequences are open, as many as maxNumSequence allows");
        sequences.end("a");
        assertThat(step(sequences, "c")).isTrue();
    }

    @Test
    void moreThanTheMostThatWaitAreRefused() {
        OpenSequences sequences = sequences(2, 1, 0);
        OpenSequences.Turn running = sequences.enter("a", false, false);
        running.submitted();
        OpenSequences.Turn waiting = sequences.enter("a", false, false);
        waiting.submitted();
        assertThatThrownBy(() -> sequences.enter("a", false, false))
                .isInstanceOf(TorchServeException.class)
                .hasMessageContaining("maxSequenceJobQueueSize");
        running.close();
        OpenSequences.Turn next = sequences.enter("a", false, false);
        next.submitted();
        next.close();
        waiting.close();
    }

    @Test
    void aRequestInFlightKeepsItsSequenceOpen() {
        OpenSequences sequences = sequences(1, 1, 0);
        OpenSequences.Turn running = sequences.enter("a", false, false);
        running.submitted();
        pass(1000);
        assertThat(step(sequences, "a")).isFalse();
        running.close();
        assertThat(step(sequences, "a")).isFalse();
    }

    @Test
    void afterAFirstRequestThatFailedTheNextIsTheFirst() {
        OpenSequences sequences = sequences(1, 1, 0);
        OpenSequences.Turn failed = sequences.enter("a", false, false);
        failed.submitted();
        failed.failed(false);
        failed.close();
        assertThat(step(sequences, "b")).as("the failed one holds no place").isTrue();
        sequences.end("b");
        OpenSequences.Turn unsent = sequences.enter("a", false, false);
        unsent.close();
        assertThat(step(sequences, "a")).isTrue();
    }

    @Test
    void alaterRequestThatFailsLeavesItsSequenceOpenUnlessItWasCancelled() {
        OpenSequences sequences = sequences(1, 1, 0);
        step(sequences, "a");
        OpenSequences.Turn failed = sequences.enter("a", false, false);
        failed.submitted();
        failed.failed(false);
        failed.close();
        assertThat(step(sequences, "a")).isFalse();
        OpenSequences.Turn cancelled = sequences.enter("a", false, false);
        cancelled.submitted();
        cancelled.failed(true);
        cancelled.close();
        assertThat(step(sequences, "a")).isTrue();
    }

    @Test
    void aSecondRequestWaitsUntilTheEngineHasTheFirst() throws Exception {
        OpenSequences sequences = sequences(1, 5, 0);
        OpenSequences.Turn first = sequences.enter("a", false, false);
        CompletableFuture<Boolean> second = new CompletableFuture<>();
        Thread thread = Thread.ofVirtual().start(() -> second.complete(step(sequences, "a")));
        assertThat(second.completeOnTimeout(true, 50, TimeUnit.MILLISECONDS).get())
                .as("it does not go before the first")
                .isTrue();
        first.submitted();
        first.close();
        thread.join();
        assertThat(step(sequences, "a")).isFalse();
    }
}
