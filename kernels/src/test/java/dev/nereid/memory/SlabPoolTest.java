package dev.nereid.memory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class SlabPoolTest {
    private static final long MIB = 1L << 20;

    private final SlabPool pool = new SlabPool(Long.MAX_VALUE);

    @AfterEach
    void close() {
        assertThat(pool.usedBytes()).isZero();
        pool.close();
    }

    /** Up to 64 MiB by powers of two, then by eighths of them. Bytes asked for, bytes held. */
    @ParameterizedTest
    @CsvSource({
        "0, 256",
        "1, 256",
        "256, 256",
        "257, 512",
        "1000000, 1048576",
        "33554433, 67108864",
        "67108864, 67108864",
        "67108865, 75497472",
        "75497472, 75497472",
        "75497473, 83886080",
        "134217728, 134217728",
        "134217729, 150994944"
    })
    void holdsTheNextSize(long bytes, long held) {
        try (SlabPool.Slab slab = pool.take(bytes)) {
            assertThat(slab.segment().byteSize()).isEqualTo(bytes);
            assertThat(slab.heldBytes()).isEqualTo(held);
            assertThat(pool.usedBytes()).isEqualTo(held);
        }
        assertThat(pool.retainedBytes()).isEqualTo(held);
    }

    @ParameterizedTest
    @ValueSource(longs = {1 << 12, 70 << 20})
    void givesTheSameMemoryAgain(long bytes) {
        long address;
        try (SlabPool.Slab slab = pool.take(bytes)) {
            address = slab.segment().address();
        }
        try (SlabPool.Slab slab = pool.take(bytes - 1)) {
            assertThat(slab.segment().address()).isEqualTo(address);
        }
    }

    @ParameterizedTest
    @ValueSource(longs = {1L << 46, (1L << 46) + 1, Long.MAX_VALUE})
    void saysWhatThereIsWhereItIsAskedForMore(long bytes) {
        assertThatExceptionOfType(NoMemoryException.class)
                .isThrownBy(() -> pool.take(bytes))
                .withMessageStartingWith(bytes + " bytes of native memory were asked for")
                .withMessageContaining(Long.toString(MachineMemory.bytes()));
    }

    @Test
    void givesUpWhatItKeepsBeforeItRefuses() {
        pool.take(MIB).close();
        assertThat(pool.retainedBytes()).isEqualTo(MIB);
        try (NativeMemory.Limit _ = NativeMemory.limit(64 * MIB);
                SlabPool.Slab _ = pool.take(32 * MIB)) {
            assertThatExceptionOfType(NoMemoryException.class).isThrownBy(() -> pool.take(32 * MIB));
            assertThat(pool.retainedBytes()).isZero();
        }
        pool.take(MIB).close();
    }

    @Test
    @Tag("found-5")
    void givesUpWhatOtherPoolsKeepBeforeItRefuses() {
        pool.take(32 * MIB).close();
        try (NativeMemory.Limit _ = NativeMemory.limit(64 * MIB);
                SlabPool other = new SlabPool(0);
                SlabPool.Slab _ = other.take(32 * MIB)) {
            assertThat(pool.retainedBytes()).isZero();
        }
    }

    @Test
    @Tag("found-4")
    void handsOutNoMoreThanItsBudget() {
        MemoryBudget budget = MemoryBudget.of(16 * MIB);
        try (SlabPool bounded = new SlabPool(0, budget);
                SlabPool.Slab _ = bounded.take(8 * MIB)) {
            assertThatExceptionOfType(NoMemoryException.class)
                    .isThrownBy(() -> bounded.take(8 * MIB))
                    .withMessageContaining("of the limit of 16777216 bytes, 8388608 are in use")
                    .matches(NoMemoryException::isPossibleLater);
            assertThatExceptionOfType(NoMemoryException.class)
                    .isThrownBy(() -> bounded.take(32 * MIB))
                    .matches(refusal -> !refusal.isPossibleLater());
        }
        assertThat(budget.used()).isZero();
    }
}
