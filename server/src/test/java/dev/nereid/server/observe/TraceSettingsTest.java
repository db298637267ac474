package dev.nereid.server.observe;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.nereid.server.protocol.InferException;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class TraceSettingsTest {
    private final TraceSettings settings = new TraceSettings(
            new TraceConfig(TraceConfig.TRITON, "f", Map.of(TraceSetting.RATE, List.of("500")), Map.of()));

    private void set(String model, TraceSetting setting, String... values) {
        settings.change(model, Map.of(setting, Optional.of(List.of(values))));
    }

    private void clear(String model, TraceSetting setting) {
        settings.change(model, Map.of(setting, Optional.empty()));
    }

    private String rate(String model) {
        return settings.of(model).getOrDefault(TraceSetting.RATE, List.of()).getFirst();
    }

    @Test
    void aModelHasItsOwnThenTheServersThenTheCommandLines() {
        assertThat(rate("m")).isEqualTo("500");
        set("", TraceSetting.RATE, "100");
        assertThat(rate("m")).isEqualTo("100");
        set("m", TraceSetting.RATE, "7");
        assertThat(rate("m")).isEqualTo("7");
        assertThat(rate("other")).isEqualTo("100");
        clear("", TraceSetting.RATE);
        assertThat(rate("m")).isEqualTo("7");
        assertThat(rate("")).isEqualTo("500");
        clear("m", TraceSetting.RATE);
        assertThat(rate("m")).isEqualTo("500");
    }

    @Test
    void dropsLevelsThatItDoesNotKnow() {
        set("", TraceSetting.LEVEL, "TENSORS", "FOO", "TIMESTAMPS", "TENSORS");
        assertThat(settings.of("")).containsEntry(TraceSetting.LEVEL, List.of("TIMESTAMPS", "TENSORS"));
        set("", TraceSetting.LEVEL, "FOO");
        assertThat(settings.of("")).containsEntry(TraceSetting.LEVEL, List.of("TIMESTAMPS", "TENSORS"));
        assertThatThrownBy(() -> set("", TraceSetting.LEVEL, "OFF", "TENSORS"))
                .hasMessage("Expect only one trace level 'OFF' is specified");
    }

    @Test
    void changesAllOrNothing() {
        assertThatThrownBy(() -> settings.change(
                        "",
                        Map.of(
                                TraceSetting.LEVEL, Optional.of(List.of("TENSORS")),
                                TraceSetting.COUNT, Optional.of(List.of("x")))))
                .isInstanceOf(InferException.class);
        assertThat(settings.of("")).containsEntry(TraceSetting.LEVEL, List.of("OFF"));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "RATE | abc | Unable to parse 'trace_rate', got: abc",
                "RATE | '' | 'Unable to parse ''trace_rate'', got: '",
                "RATE | 2147483648 | Unable to parse 'trace_rate', value is out of range [ 0, 4294967295 ], got: 2147483648",
                "RATE | 99999999999999999999 | Unable to parse 'trace_rate', value is out of range [ 0, 4294967295 ], got: 99999999999999999999",
                "COUNT | -2 | Unable to parse 'trace_count'. Expecting value >= -1, got:-2",
                "COUNT | 2147483648 | Unable to parse 'trace_count', value is out of range [ -1, 2147483647 ], got: 2147483648",
                "LOG_FREQUENCY | .5 | Unable to parse 'log_frequency', got: .5",
            })
    void refusesNumbersThatAreNone(TraceSetting setting, String value, String text) {
        assertThatThrownBy(() -> set("", setting, value)).hasMessage(text);
    }

    @ParameterizedTest
    @CsvSource({
        "RATE, 12abc, 12",
        "RATE, ' +7', 7",
        "RATE, -1, 4294967295",
        "COUNT, 5.5, 5",
        "COUNT, -1, -1",
        "LOG_FREQUENCY, -5, 4294967291"
    })
    void readsNumbersAsTritonDoes(TraceSetting setting, String value, String kept) {
        set("", setting, value);
        assertThat(settings.of("")).containsEntry(setting, List.of(kept));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "f | RATE | 0 | sample rate must be non-zero",
                "'' | RATE | 5 | trace file name is not given",
                "f | COUNT | 0 | ''"
            })
    void refusesALevelThatTracesNothing(String file, TraceSetting setting, String value, String reason) {
        TraceSettings fresh = new TraceSettings(new TraceConfig(TraceConfig.TRITON, file, Map.of(), Map.of()));
        fresh.change("", Map.of(setting, Optional.of(List.of(value)))); // while the level is OFF
        assertThatThrownBy(() -> fresh.change("m", Map.of(TraceSetting.LEVEL, Optional.of(List.of("TIMESTAMPS")))))
                .isInstanceOf(InferException.class)
                .hasMessage("Attempting to set invalid trace setting :" + reason);
        assertThat(fresh.of("m")).containsEntry(TraceSetting.LEVEL, List.of("OFF"));
    }

    @Test
    void aModelWhoseLevelIsOffMayBeAtRateZero() {
        set("", TraceSetting.LEVEL, "TIMESTAMPS");
        set("m", TraceSetting.LEVEL, "OFF");
        set("m", TraceSetting.RATE, "0");
        assertThat(rate("m")).isEqualTo("0");
        assertThatThrownBy(() -> clear("m", TraceSetting.LEVEL))
                .hasMessage("Attempting to set invalid trace setting :sample rate must be non-zero");
        assertThat(settings.of("m")).containsEntry(TraceSetting.LEVEL, List.of("OFF"));
    }

    @Test
    void wantsOneValueOfANumber() {
        assertThatThrownBy(() -> set("", TraceSetting.RATE, "1", "2"))
                .hasMessage("expect only 1 value for 'trace_rate'");
    }

    @Test
    void showsWhatItsModeHas() {
        TraceConfig open = new TraceConfig(TraceConfig.OPENTELEMETRY, "", Map.of(), Map.of("url", "u"));
        assertThat(open.fixed()).isEqualTo(Map.of("url", "u", "trace_mode", "opentelemetry"));
        assertThat(open.shows(TraceSetting.LOG_FREQUENCY)).isFalse();
        assertThat(settings.config().fixed()).isEqualTo(Map.of("trace_file", "f", "trace_mode", "triton"));
    }
}
