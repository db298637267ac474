package dev.nereid.server;

import static org.assertj.core.api.Assertions.assertThat;

import dev.nereid.server.IdleCollection.Heap;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class IdleCollectionTest {
    private static final long MIB = 1 << 20;

    private Heap heap = new Heap(0, 0, 0, 0);
    private int collected;

    private IdleCollection collection() {
        return new IdleCollection(() -> Optional.of(heap), () -> {
            collected++;
            heap = new Heap(heap.collections() + 1, 0, 20 * MIB, 20 * MIB);
        });
    }

    @Test
    void collectsOnceWhenGarbageIsLeftAndNothingIsAllocated() {
        try (IdleCollection idle = collection()) {
            heap = new Heap(9, 3 * MIB, 500 * MIB, 20 * MIB);
            idle.check();
            assertThat(collected).isZero();
            heap = new Heap(9, 4 * MIB, 500 * MIB, 20 * MIB);
            idle.check();
            assertThat(collected).isEqualTo(1);
            idle.check();
            idle.check();
            assertThat(collected).isEqualTo(1);
        }
    }

    @Test
    void leavesABusyServerAlone() {
        try (IdleCollection idle = collection()) {
            for (int i = 1; i < 20; i++) {
                heap = new Heap(i, 0, 500 * MIB, 20 * MIB);
                idle.check();
            }
            for (int i = 1; i < 6; i++) {
                heap = new Heap(20, i * 10L * MIB, 500 * MIB, 20 * MIB);
                idle.check();
            }
            assertThat(collected).isZero();
        }
    }

    @Test
    void leavesAHeapWithoutMuchGarbageAlone() {
        try (IdleCollection idle = collection()) {
            heap = new Heap(1, 0, 51 * MIB, 20 * MIB);
            idle.check();
            idle.check();
            idle.check();
            assertThat(collected).isZero();
        }
    }
}
