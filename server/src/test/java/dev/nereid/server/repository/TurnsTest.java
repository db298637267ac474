package dev.nereid.server.repository;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;

class TurnsTest {
    private final Turns turns = new Turns();

    @Test
    void letsOperationsWithoutACommonModelRunSideBySide() {
        try (Turns.Turn first = turns.await(() -> Set.of("a", "b"));
                Turns.Turn second = turns.await(() -> Set.of("c", "d"))) {
            assertThat(first.names()).containsExactlyInAnyOrder("a", "b");
            assertThat(second.names()).containsExactlyInAnyOrder("c", "d");
        }
    }

    @Test
    void letsAnOperationOnOneModelPassAtAnyTime() {
        try (Turns.Turn _ = turns.await(() -> Set.of("a"));
                Turns.Turn _ = turns.await(() -> Set.of("a", "b"));
                Turns.Turn third = turns.await(() -> Set.of("a"))) {
            assertThat(third.names()).containsExactly("a");
        }
    }

    @Test
    void makesAnOperationWaitForItsModelsAndAsksAgainWhichTheyAre() {
        AtomicReference<Set<String>> wanted = new AtomicReference<>(Set.of("b", "c"));
        CompletableFuture<Void> asked = new CompletableFuture<>();
        CompletableFuture<Set<String>> waiting;
        try (Turns.Turn _ = turns.await(() -> Set.of("a", "b"))) {
            waiting = CompletableFuture.supplyAsync(
                    () -> {
                        try (Turns.Turn turn = turns.await(() -> {
                            asked.complete(null);
                            return wanted.get();
                        })) {
                            return turn.names();
                        }
                    },
                    Thread.ofVirtual()::start);
            asked.join();
            wanted.set(Set.of("b", "c", "d"));
            assertThat(waiting).isNotDone();
        }
        assertThat(waiting.orTimeout(30, TimeUnit.SECONDS).join()).containsExactlyInAnyOrder("b", "c", "d");
    }
}
