package dev.nereid.memory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("found-5")
class MemoryBudgetTest {
    private static final long MIB = 1L << 20;

    @Test
    void keepsAReserveForSmallAmounts() {
        MemoryBudget budget = MemoryBudget.of(256 * MIB);
        assertThat(budget.take(241 * MIB)).isFalse();
        assertThat(budget.take(240 * MIB)).isTrue();
        assertThat(budget.take(2 * MIB)).as("a large amount beside it").isFalse();
        assertThat(budget.take(MIB)).as("a small amount beside it").isTrue();
        budget.giveBack(241 * MIB);
        assertThat(budget.used()).isZero();
    }

    @Test
    void smallAmountsTogetherStayWithinTheLimit() {
        MemoryBudget budget = MemoryBudget.of(256 * MIB);
        for (int i = 0; i < 256; i++) {
            assertThat(budget.take(MIB)).isTrue();
        }
        assertThat(budget.take(1)).isFalse();
    }

    /** Each of the amounts would fit alone. */
    @Test
    void ofTwoAmountsThatDoNotFitTogetherOneIsTaken() throws InterruptedException {
        for (int round = 0; round < 200; round++) {
            MemoryBudget budget = MemoryBudget.of(100 * MIB);
            AtomicInteger taken = new AtomicInteger();
            CountDownLatch start = new CountDownLatch(1);
            List<Thread> threads = new ArrayList<>();
            for (int i = 0; i < 4; i++) {
                threads.add(Thread.ofPlatform().start(() -> {
                    try {
                        start.await();
                    } catch (InterruptedException e) {
                        throw new IllegalStateException(e);
                    }
                    if (budget.take(60 * MIB)) {
                        taken.incrementAndGet();
                    }
                }));
            }
            start.countDown();
            for (Thread thread : threads) {
                thread.join();
            }
            assertThat(taken).hasValue(1);
        }
    }

    @Test
    void theProcessesNativeMemoryIsBoundByTheLeastLimit() {
        long used = NativeMemory.budget().used();
        try (NativeMemory.Limit _ = NativeMemory.limit(used + 512 * MIB);
                NativeMemory.Limit _ = NativeMemory.limit(used + 256 * MIB)) {
            assertThatExceptionOfType(NoMemoryException.class)
                    .isThrownBy(() -> NativeMemory.allocate(300 * MIB))
                    .withMessageStartingWith((300 * MIB) + " bytes of native memory were asked for: of the limit of "
                            + (used + 256 * MIB) + " bytes, ");
            assertThatExceptionOfType(NoMemoryException.class).isThrownBy(() -> NativeMemory.collected(300 * MIB));
            NativeMemory.allocate(100 * MIB).close();
        }
        assertThat(NativeMemory.budget().used()).isEqualTo(used);
    }
}
