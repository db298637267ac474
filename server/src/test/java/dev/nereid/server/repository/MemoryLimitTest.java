package dev.nereid.server.repository;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.nereid.memory.MemoryBudget;
import dev.nereid.memory.NativeMemory;
import dev.nereid.server.repository.folders.ModelLoadException;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class MemoryLimitTest {
    @ParameterizedTest
    @CsvSource({"4096, 4096", "2K, 2048", "3m, 3145728", "1G, 1073741824", "1T, 1099511627776"})
    void readsBytesWithAndWithoutAUnit(String text, long bytes) {
        assertThat(MemoryLimit.parse(text).bytes()).isEqualTo(bytes);
    }

    @Test
    void readsPercentages() {
        assertThat(MemoryLimit.parse("50%").bytes())
                .isCloseTo(MemoryLimit.parse("100%").bytes() / 2, org.assertj.core.data.Offset.offset(1L));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "x", "-1", "0", "0%", "101%", "4.5G", "9999999T"})
    void refusesWhatIsNoAmountOfMemory(String text) {
        assertThatThrownBy(() -> MemoryLimit.parse(text))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageEndingWith("got '" + text + "'");
    }

    /** Without a reserve for them, all small models would be refused while a large one loads. */
    @Test
    @Tag("found-5")
    void refusesNoSmallModelBecauseALargeOneHoldsNearlyAll() {
        long used = NativeMemory.budget().used();
        MemoryLimit limit = MemoryLimit.ofBytes(used + (256L << 20));
        long nearlyAll = MemoryBudget.of(limit.bytes()).mostAtOnce() - used - (1L << 20);
        try (MemoryLimit.Reservation _ = limit.reserve(nearlyAll, "model 'a'")) {
            limit.reserve(100_000, "model 'b'").close();
            assertThatThrownBy(() -> limit.reserve(8L << 20, "model 'c'"))
                    .hasMessageMatching("model 'c' needs about 8 MiB of memory, but of the limit of [0-9]+ MiB "
                            + "\\(--memory-limit\\) only .* are free; unload other models, or raise the limit")
                    .hasMessageNotContaining(" 0 MiB");
        }
    }

    /** A load takes what it has set aside. */
    @Test
    @Tag("found-5")
    void countsOnceWhatALoadHasTaken() {
        MemoryLimit limit = MemoryLimit.ofBytes(NativeMemory.budget().used() + (256L << 20));
        try (MemoryLimit.Reservation _ = limit.reserve(100L << 20, "model 'a'");
                NativeMemory _ = NativeMemory.allocate(90L << 20)) {
            limit.reserve(100L << 20, "model 'b'").close();
        }
    }

    @Test
    void countsWhatOtherLoadsHaveSetAside() {
        MemoryLimit limit = MemoryLimit.ofBytes(NativeMemory.budget().used() + (64L << 20));
        try (MemoryLimit.Reservation _ = limit.reserve(40L << 20, "model 'a'")) {
            assertThatThrownBy(() -> limit.reserve(40L << 20, "model 'b'"))
                    .isInstanceOf(ModelLoadException.class)
                    .hasMessageStartingWith("model 'b' needs about ");
        }
        limit.reserve(40L << 20, "model 'b'").close();
    }
}
