package dev.nereid.memory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.util.Set;
import java.util.SortedSet;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class ThreadAffinityTest {
    @BeforeEach
    void skipOnOtherSystems() {
        assumeTrue(ThreadAffinity.isSupported(), "this system cannot pin threads");
    }

    @Test
    void keepsOneThreadOnAProcessorAndLeavesTheOthersAlone() {
        SortedSet<Integer> all = ThreadAffinity.current();
        Set<Integer> one = Set.of(all.last());
        SortedSet<Integer> pinned = CompletableFuture.supplyAsync(
                        () -> {
                            ThreadAffinity.pin(one);
                            return ThreadAffinity.current();
                        },
                        task -> Thread.ofPlatform().start(task))
                .join();
        assertThat(pinned).containsExactlyElementsOf(one);
        assertThat(ThreadAffinity.current()).isEqualTo(all);
    }

    @Test
    void refusesProcessorsThatThereAreNot() {
        assertThatThrownBy(() -> ThreadAffinity.pin(Set.of(8191)))
                .isInstanceOf(UnsupportedOperationException.class)
                .hasMessageContaining("sched_setaffinity failed with errno 22");
        assertThatThrownBy(() -> ThreadAffinity.pin(Set.of(8192))).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void keepsAnotherThreadOffAProcessor() {
        SortedSet<Integer> all = ThreadAffinity.current();
        CompletableFuture<Integer> number = new CompletableFuture<>();
        CompletableFuture<Void> pinned = new CompletableFuture<>();
        CompletableFuture<SortedSet<Integer>> seen = CompletableFuture.supplyAsync(
                () -> {
                    number.complete(ThreadAffinity.thread());
                    pinned.join();
                    return ThreadAffinity.current();
                },
                task -> Thread.ofPlatform().start(task));
        ThreadAffinity.pin(number.join(), Set.of(all.first()));
        pinned.complete(null);
        assertThat(seen.join()).containsExactly(all.first());
        assertThat(ThreadAffinity.current()).isEqualTo(all);
    }

    @Test
    void tellsTheProcessorThatAThreadRunsOn() {
        SortedSet<Integer> all = ThreadAffinity.current();
        try {
            for (int processor : all) {
                ThreadAffinity.pin(Set.of(processor));
                assertThat(ThreadAffinity.processor()).isEqualTo(processor);
            }
        } finally {
            ThreadAffinity.pin(all);
        }
    }
}
