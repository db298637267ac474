package dev.nereid.server.repository;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.nereid.server.protocol.InferException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class VersionNumberTest {
    @Test
    void anEmptyTextIsTheServersChoice() {
        assertThat(VersionNumber.of("")).isEqualTo(VersionNumber.ANY);
    }

    @ParameterizedTest
    @CsvSource({
        "1, 1",
        "'1abc', 1",
        "' 1', 1",
        "'\t\n1 ', 1",
        "+2, 2",
        "007, 7",
        "'1.9', 1",
        "0x10, 0",
        "9223372036854775807, 9223372036854775807"
    })
    void readsWhatStolReads(String text, long number) {
        assertThat(VersionNumber.of(text)).isEqualTo(number);
    }

    @ParameterizedTest
    @ValueSource(strings = {"abc", " ", "+", "a1", "99999999999999999999", "-99999999999999999999"})
    void refusesWhatStolRefuses(String text) {
        assertThatThrownBy(() -> VersionNumber.of(text))
                .isInstanceOfSatisfying(
                        InferException.class, e -> assertThat(e.code()).isEqualTo(InferException.Code.INVALID_ARG))
                .hasMessage("failed to get model version from specified version string '" + text
                        + "' (details: stol), version should be an integral value > 0");
    }

    @ParameterizedTest
    @ValueSource(strings = {"-1", " -7x"})
    void refusesNegativeNumbers(String text) {
        assertThatThrownBy(() -> VersionNumber.of(text))
                .hasMessage("invalid model version specified '" + text + "' , version should be an integral value > 0");
    }
}
