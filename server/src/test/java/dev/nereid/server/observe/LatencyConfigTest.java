package dev.nereid.server.observe;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What Triton makes of settings and values: its core looks for a few and at nothing else. */
class LatencyConfigTest {
    private static final LatencyConfig DEFAULT = LatencyConfig.DEFAULT;

    @Test
    void eachSwitchMovesFromItsDefault() {
        assertThat(DEFAULT.with("counter_latencies", "false").counters()).isFalse();
        assertThat(DEFAULT.with("histogram_latencies", "true").histograms()).isTrue();
        assertThat(DEFAULT.with("summary_latencies", "true").summaries()).isTrue();
    }

    @ParameterizedTest
    @CsvSource({
        "counter_latencies, true",
        "histogram_latencies, false",
        "summary_latencies, false",
        "counter_latencies, FALSE",
        "counter_latencies, 0",
        "summary_latencies, 1",
        "summary_latencies, True",
        "summary_latencies, on",
        "histogram_latencies, maybe",
        "summaries, true",
        "summary_quantiles, 0.5",
        "summary_quantiles, 'a:0.1,0.5:b,:'"
    })
    void otherValuesAndOtherSettingsChangeNothing(String setting, String value) {
        assertThat(DEFAULT.with(setting, value)).isEqualTo(DEFAULT);
    }

    @Test
    void aSwitchHasNoWayBack() {
        assertThat(DEFAULT.with("counter_latencies", "false").with("counter_latencies", "true"))
                .isEqualTo(DEFAULT.with("counter_latencies", "false"));
        assertThat(DEFAULT.with("summary_latencies", "true").with("summary_latencies", "false"))
                .isEqualTo(DEFAULT.with("summary_latencies", "true"));
    }

    @Test
    void quantilesTakeThePlaceOfThoseBefore() {
        assertThat(DEFAULT.with("summary_quantiles", "0.5:0.05")
                        .with("summary_quantiles", "0.75:0.01,0.25:0.01")
                        .quantiles())
                .containsExactly(0.25, 0.75);
    }

    @ParameterizedTest
    @CsvSource({
        "'0.1:0.0.1,0.7:0.01', '[0.1, 0.7]'",
        "'0.5,0.7:0.01', '[0.7]'",
        "'0.7:0.01,', '[0.7]'",
        "'1.5:0.1,-1:2', '[-1.0, 1.5]'",
        "' .5e0:1,5e-1x:1', '[0.5]'"
    })
    void pairsThatAreNoneAreLeftOut(String value, String quantiles) {
        assertThat(DEFAULT.with("summary_quantiles", value).quantiles()).hasToString(quantiles);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "summary_quantiles | 0.7:0.1,0.5 | Invalid option: [0.5]. No ':' delimiter found. Expected format is "
                        + "<quantile>:<error>",
                "summary_quantiles | x:0.1 | Invalid option: [x:0.1]. Error: stod",
                "summary_quantiles | 0.1: | Invalid option: [0.1:]. Error: stod",
                "summary_latencies | 1 | summary_latencies is true or false, got '1': it has no effect",
                "nothing | true | expected counter_latencies, histogram_latencies, summary_latencies or "
                        + "summary_quantiles, got 'nothing': it has no effect"
            })
    void saysWhatHasNoEffect(String setting, String value, String sentence) {
        assertThat(LatencyConfig.complaints(setting, value)).containsExactly(sentence);
    }

    @ParameterizedTest
    @CsvSource({
        "counter_latencies, false",
        "counter_latencies, true",
        "histogram_latencies, true",
        "summary_latencies, false",
        "summary_quantiles, '0.5:0.05,0.99:0.001'"
    })
    void saysNothingOfWhatCounts(String setting, String value) {
        assertThat(LatencyConfig.complaints(setting, value)).isEmpty();
    }
}
