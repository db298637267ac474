package dev.nereid.perf.measure;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class EarlyStoppingTest {
    /** 662 is also MLPerf's own least number of queries for the 99th percentile. */
    @ParameterizedTest
    @CsvSource({
        "90, 0, 44",
        "90, 1, 64",
        "90, 10, 197",
        "90, 200, 2337",
        "95, 0, 90",
        "95, 5, 259",
        "95, 100, 2504",
        "99, 0, 459",
        "99, 1, 662",
        "99, 2, 838",
        "99, 50, 6898",
        "99, 200, 23527"
    })
    void requestsNeededAreThoseOfTheBinomialRule(double percentile, long over, long needed) {
        assertThat(EarlyStopping.needed(over, percentile)).isEqualTo(needed);
    }

    @Test
    void runOfTooFewRequestsProvesNothing() {
        assertThat(EarlyStopping.passes(458, 0, 99)).isFalse();
        assertThat(EarlyStopping.passes(459, 0, 99)).isTrue();
        assertThat(EarlyStopping.passes(0, 0, 99)).isFalse();
        assertThat(EarlyStopping.passes(1000, 30, 99)).isFalse();
    }
}
