package dev.nereid.server.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.nereid.server.cli.CommandLineException;
import dev.nereid.server.cli.FlagParser;
import dev.nereid.server.cli.ParsedFlags;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class MetricsFlagsTest {
    private static ParsedFlags flags(String... arguments) {
        return new FlagParser(ServeFlags.all()).parse(List.of(arguments));
    }

    @ParameterizedTest
    @ValueSource(strings = {"summary_latencies", "summary_latencies=", "=true", "metrics,summary_latencies=true"})
    void refusesWhatHasNotTheFormOfASetting(String text) {
        assertThatThrownBy(() -> MetricsFlags.latencies(flags("--metrics-config=" + text)))
                .isInstanceOf(CommandLineException.class)
                .hasMessage(
                        "Bad option: \"--metrics-config\". --metrics-config option format is <setting>=<value>. Got "
                                + text);
    }

    /** So Triton starts with them, and shows what they say. */
    @Test
    void acceptsSettingsThatThereAreNotAndNamesThem() {
        ParsedFlags flags = flags(
                "--metrics-config=nothing=true",
                "--metrics-config=summary_quantiles=0.5,0.7:0.01",
                "--metrics-config=summary_latencies=true");
        assertThat(MetricsFlags.latencies(flags).summaries()).isTrue();
        assertThat(MetricsFlags.latencies(flags).quantiles()).containsExactly(0.7);
        assertThat(MetricsFlags.warnings(flags))
                .containsExactly(
                        "--metrics-config: expected counter_latencies, histogram_latencies, summary_latencies or "
                                + "summary_quantiles, got 'nothing': it has no effect",
                        "--metrics-config: Invalid option: [0.5]. No ':' delimiter found. Expected format is "
                                + "<quantile>:<error>");
    }

    @Test
    void namesQuantilesBeyondZeroAndOne() {
        ParsedFlags flags = flags("--metrics-config=summary_quantiles=-1:0.1,0:0.1,1:0.1,2:0.1");
        assertThat(MetricsFlags.latencies(flags).quantiles()).containsExactly(-1.0, 0.0, 1.0, 2.0);
        assertThat(MetricsFlags.warnings(flags))
                .containsExactly(
                        "--metrics-config: summary_quantiles are from 0 to 1, got [-1:0.1]: it shows the least value",
                        "--metrics-config: summary_quantiles are from 0 to 1, got [2:0.1]: it shows the greatest value");
    }
}
