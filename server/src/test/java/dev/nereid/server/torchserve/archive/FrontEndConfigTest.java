package dev.nereid.server.torchserve.archive;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.nereid.server.protocol.InferException;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class FrontEndConfigTest {
    @Test
    void keysOfTheServerAreKeptAndThoseOfHandlersAreNot() {
        FrontEndConfig config = FrontEndConfig.parse("""
                # workers
                minWorkers: 1
                maxWorkers: 4
                batchSize: 8
                maxBatchDelay: 50
                deviceType: "gpu"
                deviceIds: [0, 2]
                useJobTicket: true
                responseTimeout: ~
                handler:
                  top_k: 3
                pt2: {compile: {enable: True}}
                """);

        assertThat(config.numbers())
                .isEqualTo(Map.of("minWorkers", 1L, "maxWorkers", 4L, "batchSize", 8L, "maxBatchDelay", 50L));
        assertThat(config.text("deviceType")).contains("gpu");
        assertThat(config.deviceIds()).isEqualTo(List.of(0L, 2L));
        assertThat(config.flag("useJobTicket")).isTrue();
        assertThat(config.flag("useVenv")).isFalse();
        assertThat(config.number("responseTimeout")).isEqualTo(OptionalLong.empty());
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "# nothing\n", "---\n"})
    void emptyDocumentSetsNothing(String yaml) {
        assertThat(FrontEndConfig.parse(yaml)).isEqualTo(FrontEndConfig.EMPTY);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "batchSize: -1|batchSize: expected a whole number from 0 to 2147483647, got '-1'",
                "batchSize: 1.5|batchSize: expected a whole number from 0 to 2147483647, got '1.5'",
                "maxBatchDelay: 99999999999|maxBatchDelay: expected a whole number from 0 to 2147483647, got '99999999999'",
                "useVenv: 3|useVenv: expected true or false, got '3'",
                "inputs: x|inputs: expected a list of {name: x, dataType: FP32, shape: [-1, 3, 224, 224]}, got 'x'",
                "inputs: [{name: x}]|inputs: expected {name: x, dataType: FP32, shape: [-1, 3, 224, 224]}, got '{name=x}'",
                "inputs: [{name: x, dataType: F, shape: [1]}]|inputs, input 'x': expected a data type such as FP32 or INT64, got 'F'",
                "inputs: [{name: x, dataType: FP32, shape: [-2]}]|inputs, input 'x': expected sizes from 0 on in its shape, or -1 for any, got '-2'",
                "deviceIds: 3|deviceIds: expected a list of numbers, got '3'",
                "deviceIds: [a]|deviceIds: expected a whole number from 0 to 2147483647, got 'a'",
                "- a|expected keys with values",
                "text|expected keys with values"
            })
    void valuesOfAnotherTypeAreRefused(String yaml, String message) {
        assertThatThrownBy(() -> FrontEndConfig.parse(yaml)).hasMessage(message);
    }

    @ParameterizedTest
    @ValueSource(strings = {"a: [", "a: b: c", "\tx: 1", "a: 1\na: 2", "&a [*a", "!!java.io.File x: [}"})
    void textThatIsNoYamlIsRefused(String yaml) {
        assertThatThrownBy(() -> FrontEndConfig.parse(yaml))
                .isInstanceOf(InferException.class)
                .hasMessageStartingWith("it is no YAML: ");
    }

    @Test
    void aliasesThatMultiplyAreRefused() {
        StringBuilder yaml = new StringBuilder("a0: &a0 [x]\n");
        for (int i = 1; i < 60; i++) {
            yaml.append("a%d: &a%d [*a%d,*a%d]\n".formatted(i, i, i - 1, i - 1));
        }

        assertThatThrownBy(() -> FrontEndConfig.parse(yaml.toString())).hasMessageStartingWith("it is no YAML: ");
    }

    @Test
    void deepNestingIsRefused() {
        assertThatThrownBy(() -> FrontEndConfig.parse("[".repeat(100_000) + "]".repeat(100_000)))
                .isInstanceOf(InferException.class);
    }
}
