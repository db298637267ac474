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
}
