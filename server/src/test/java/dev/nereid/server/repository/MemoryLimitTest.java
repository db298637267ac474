package dev.nereid.server.repository;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.nereid.memory.NativeMemory;
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

    @Test
    void countsWhatOtherLoadsHaveSetAside() {
        MemoryLimit limit = MemoryLimit.ofBytes(NativeMemory.liveBytes() + 1000);
        try (MemoryLimit.Reservation _ = limit.reserve(600, "model 'a'")) {
            assertThatThrownBy(() -> limit.reserve(600, "model 'b'"))
                    .isInstanceOf(ModelLoadException.class)
                    .hasMessageStartingWith("model 'b' needs about ");
        }
        limit.reserve(600, "model 'b'").close();
    }
}
