package dev.nereid.server.repository;

import static org.assertj.core.api.Assertions.assertThat;

import dev.nereid.server.repository.folders.ModelId;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class ModelOperationOrderTest {
    private final ModelOperationOrder turns = new ModelOperationOrder();

    private static Set<ModelId> ids(String... names) {
        return Stream.of(names).map(ModelId::of).collect(Collectors.toSet());
    }

    @Test
    void letsOperationsWithoutACommonModelRunSideBySide() {
        try (ModelOperationOrder.Turn first = turns.await(() -> ids("a", "b"));
                ModelOperationOrder.Turn second = turns.await(() -> ids("c", "d"))) {
            assertThat(first.models()).isEqualTo(ids("a", "b"));
            assertThat(second.models()).isEqualTo(ids("c", "d"));
        }
    }

    @Test
    void keepsOperationsOnAModelInTheOrderInWhichTheyCame() throws InterruptedException {
        List<String> done = Collections.synchronizedList(new ArrayList<>());
        List<Thread> waiting = new ArrayList<>();
        try (ModelOperationOrder.Turn _ = turns.await(() -> ids("a"))) {
            for (String name : List.of("first", "second", "third")) {
                Thread thread = Thread.ofPlatform().start(() -> {
                    try (ModelOperationOrder.Turn _ = turns.await(() -> ids("a", name))) {
                        done.add(name);
                    }
                });
                waiting.add(thread);
                awaitWaiting(thread);
            }
            assertThat(done).isEmpty();
        }
        for (Thread thread : waiting) {
            thread.join();
        }
        assertThat(done).containsExactly("first", "second", "third");
    }

    private static void awaitWaiting(Thread thread) {
        while (thread.getState() != Thread.State.WAITING) {
            Thread.onSpinWait();
        }
    }

    @Test
    void makesAnOperationWaitForOneThatCameLaterAndHasWhatItWantsByThen() throws InterruptedException {
        AtomicReference<Set<ModelId>> wanted = new AtomicReference<>(ids("a"));
        CompletableFuture<Set<ModelId>> earlier = new CompletableFuture<>();
        Thread waiting;
        ModelOperationOrder.Turn later;
        try (ModelOperationOrder.Turn _ = turns.await(() -> ids("a"))) {
            waiting = Thread.ofPlatform().start(() -> {
                try (ModelOperationOrder.Turn turn = turns.await(wanted::get)) {
                    earlier.complete(turn.models());
                }
            });
            awaitWaiting(waiting);
            later = turns.await(() -> ids("b"));
            wanted.set(ids("a", "b"));
        }
        try (later) {
            awaitWaiting(waiting);
            assertThat(earlier).isNotDone();
        }
        waiting.join();
        assertThat(earlier).isCompletedWithValue(ids("a", "b"));
    }

    @Test
    void anOperationThatCannotSayWhatItConcernsKeepsNobodyWaiting() throws InterruptedException {
        AtomicReference<Supplier<Set<ModelId>>> wanted = new AtomicReference<>(() -> ids("a", "b"));
        CompletableFuture<Throwable> failure = new CompletableFuture<>();
        Thread waiting;
        try (ModelOperationOrder.Turn _ = turns.await(() -> ids("a"))) {
            waiting = Thread.ofPlatform().start(() -> {
                try (ModelOperationOrder.Turn _ = turns.await(() -> wanted.get().get())) {
                    failure.cancel(false);
                } catch (IllegalStateException e) {
                    failure.complete(e);
                }
            });
            awaitWaiting(waiting);
            wanted.set(() -> {
                throw new IllegalStateException("gone");
            });
        }
        waiting.join();
        assertThat(failure.join()).hasMessage("gone");
        try (ModelOperationOrder.Turn turn = turns.await(() -> ids("b"))) {
            assertThat(turn.models()).isEqualTo(ids("b"));
        }
    }

    @Test
    void makesAnOperationWaitForItsModelsAndAsksAgainWhichTheyAre() {
        AtomicReference<Set<ModelId>> wanted = new AtomicReference<>(ids("b", "c"));
        CompletableFuture<Void> asked = new CompletableFuture<>();
        CompletableFuture<Set<ModelId>> waiting;
        try (ModelOperationOrder.Turn _ = turns.await(() -> ids("a", "b"))) {
            waiting = CompletableFuture.supplyAsync(
                    () -> {
                        try (ModelOperationOrder.Turn turn = turns.await(() -> {
                            asked.complete(null);
                            return wanted.get();
                        })) {
                            return turn.models();
                        }
                    },
                    Thread.ofVirtual()::start);
            asked.join();
            wanted.set(ids("b", "c", "d"));
            assertThat(waiting).isNotDone();
        }
        assertThat(waiting.orTimeout(30, TimeUnit.SECONDS).join()).isEqualTo(ids("b", "c", "d"));
    }
}
