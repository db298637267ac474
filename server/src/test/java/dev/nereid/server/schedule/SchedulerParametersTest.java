package dev.nereid.server.schedule;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.nereid.proto.inference.ModelConfig;
import dev.nereid.server.protocol.InferException;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SchedulerParametersTest {
    private static ModelConfig config(String rest) {
        return SchedulerFixture.config("max_batch_size: 8 input { name: 'X' data_type: TYPE_INT32 dims: 2 } " + rest);
    }

    private static String parameter(String key, String value) {
        return " parameters { key: 'scheduler." + key + "' value { string_value: '" + value + "' } }";
    }

    @Test
    void withoutParametersThePolicyIsTritons() {
        assertThat(SchedulerParameters.of(config("")).adaptive()).isFalse();
    }

    @Test
    void readsAllParameters() {
        SchedulerParameters parameters = SchedulerParameters.of(config(parameter("policy", "adaptive")
                + parameter("slo_ms", "12.5")
                + parameter("token_input", "X")
                + parameter("max_batch_tokens", "4096")
                + parameter("length_ratio", "1.5")
                + parameter("weight", "3")
                + parameter("max_instances", "4")));
        assertThat(parameters.adaptive()).isTrue();
        assertThat(parameters.sloMillis()).hasValue(12.5);
        assertThat(parameters.tokenInput()).hasValue("X");
        assertThat(parameters.maxBatchTokens()).hasValue(4096);
        assertThat(parameters.lengthRatio()).hasValue(1.5);
        assertThat(parameters.weight()).isEqualTo(3);
        assertThat(parameters.maxInstances()).hasValue(4);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '"', textBlock = """
                policy           | fair     | expected triton or adaptive, got 'fair'
                slo_ms           | 0        | expected a number above 0, got '0'
                slo_ms           | soon     | expected a number above 0, got 'soon'
                slo_ms           | Infinity | expected a number above 0, got 'Infinity'
                weight           | -1       | expected a number above 0, got '-1'
                token_input      | Y        | expected the name of an input, got 'Y'
                cores            | 0        | expected a whole number of at least 1, got '0'
                cores            | 1.5      | expected a whole number of at least 1, got '1.5'
                max_instances    | 0        | expected a whole number of at least 1, got '0'
                max_instances    | 4        | expected parameter 'scheduler.slo_ms' beside it, got 'none'
                max_batch_tokens | 64       | expected parameter 'scheduler.token_input' beside it, to count tokens in, got 'none'
                slo              | 50       | expected one of [scheduler.policy, scheduler.slo_ms, scheduler.token_input, scheduler.max_batch_tokens, scheduler.length_ratio, scheduler.padding, scheduler.weight, scheduler.cores, scheduler.max_instances], got 'scheduler.slo'
                """)
    void refusesWhatMakesNoSense(String key, String value, String reason) {
        assertThatThrownBy(() -> SchedulerParameters.of(config(parameter(key, value))))
                .isInstanceOf(InferException.class)
                .hasMessage("parameter 'scheduler." + key + "' of model 'm': " + reason);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '"', textBlock = """
                X        | expected input=value,input=value with names of inputs, got X
                Y=0      | expected input=value,input=value with names of inputs, got Y=0
                X=0,     | expected input=value,input=value with names of inputs, got X=0,
                X=       | expected a value of TYPE_INT32 for input 'X', got
                X=0.5    | expected a value of TYPE_INT32 for input 'X', got 0.5
                X=1<<31  | expected a value of TYPE_INT32 for input 'X', got 1<<31
                FIXED=0  | expected input 'FIXED' to have dims that begin with their only -1, got input 'FIXED' of dims [2]
                LATE=0   | expected input 'LATE' to have dims that begin with their only -1, got input 'LATE' of dims [2, -1]
                RAGGED=0 | expected input 'RAGGED' to have dims that begin with their only -1, got input 'RAGGED' of dims [-1], which may be ragged
                X=0      | expected a value for each input of variable size, got input 'LATE' of dims [2, -1]
                """)
    void refusesPaddingThatInputsDoNotTake(String value, String reason) {
        String inputs = "max_batch_size: 8 dynamic_batching { } input { name: 'X' data_type: TYPE_INT32 dims: -1 } "
                + "input { name: 'FIXED' data_type: TYPE_FP32 dims: 2 } "
                + "input { name: 'LATE' data_type: TYPE_FP32 dims: [ 2, -1 ] } "
                + "input { name: 'RAGGED' data_type: TYPE_FP32 dims: -1 allow_ragged_batch: true }";
        ModelConfig config =
                SchedulerFixture.config(inputs + parameter("policy", "adaptive") + parameter("padding", value));
        assertThatThrownBy(() -> SchedulerParameters.of(config))
                .isInstanceOf(InferException.class)
                .hasMessage(("parameter 'scheduler.padding' of model 'm': " + reason
                        + (reason.endsWith("got") ? " " : "")));
    }

    @Test
    void paddingNeedsThePolicyThatLooksAtLengths() {
        String input = "max_batch_size: 8 input { name: 'X' data_type: TYPE_INT32 dims: -1 } ";
        String adaptive = parameter("policy", "adaptive");
        String padding = parameter("padding", "X=0");
        for (String rest : List.of(
                "dynamic_batching { }" + parameter("policy", "triton"),
                "dynamic_batching { max_queue_delay_microseconds: 5 }" + adaptive,
                adaptive)) {
            assertThatThrownBy(() -> SchedulerParameters.of(SchedulerFixture.config(input + rest + padding)))
                    .as(rest)
                    .hasMessage(
                            "parameter 'scheduler.padding' of model 'm': expected parameter 'scheduler.policy' to be "
                                    + "adaptive, and dynamic_batching without max_queue_delay_microseconds, got X=0");
        }
        assertThat(SchedulerParameters.of(SchedulerFixture.config(input + "dynamic_batching { }" + adaptive + padding))
                        .padding()
                        .map(each -> each.elements().keySet()))
                .hasValue(Set.of("X"));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '"', textBlock = """
                dynamic_batching { priority_levels: 2 default_priority_level: 1 } | priority_levels
                dynamic_batching { preferred_batch_size: 4 }                      | preferred_batch_size
                sequence_batching { }                                             | sequence_batching
                dynamic_batching { default_queue_policy { default_timeout_microseconds: 9 } } | default_timeout_microseconds (scheduler.slo_ms says when an answer is due)
                """)
    void refusesWhatThePolicyDoesNotKnow(String rest, String name) {
        ModelConfig config = config(rest);
        assertThatThrownBy(() -> SchedulerParameters.of(config.toBuilder()
                        .putAllParameters(
                                config(parameter("policy", "adaptive")).getParametersMap())
                        .build()))
                .isInstanceOf(InferException.class)
                .hasMessage("parameter 'scheduler.policy' of model 'm': adaptive cannot go with " + name);
        assertThat(Schedulers.preferAdaptive(config)).isEqualTo(config);
    }

    @Test
    void thePreferenceOfTheServerIsForModelsThatNameNoPolicy() {
        ModelConfig silent = config("dynamic_batching { }");
        ModelConfig triton = config("dynamic_batching { }" + parameter("policy", "triton"));
        assertThat(SchedulerParameters.of(Schedulers.preferAdaptive(silent)).adaptive())
                .isTrue();
        assertThat(Schedulers.preferAdaptive(triton)).isEqualTo(triton);
    }

    @Test
    void refusesFewerInstancesThanTheGroupsHave() {
        ModelConfig config = config("instance_group [ { count: 2 }, { count: 1 }, { passive: true count: 5 } ]"
                + parameter("slo_ms", "50") + parameter("max_instances", "2"));
        assertThatThrownBy(() -> SchedulerParameters.of(config))
                .hasMessage("parameter 'scheduler.max_instances' of model 'm': "
                        + "expected at least 3, the instances of instance_group, got '2'");
    }

    @Test
    void theNumberOfInstancesIsThePolicysOnlyUnderTheAdaptiveOne() {
        String bounds = parameter("slo_ms", "50") + parameter("max_instances", "4");
        String adaptive = parameter("policy", "adaptive");
        assertThat(Schedulers.mostInstances(config(bounds))).isEmpty();
        assertThat(Schedulers.mostInstances(config(adaptive + bounds))).hasValue(4);
        assertThat(Schedulers.mostInstances(config(adaptive))).isEmpty();
        assertThat(Schedulers.mostInstances(
                        config("dynamic_batching { max_queue_delay_microseconds: 9 }" + adaptive + bounds)))
                .isEmpty();
    }
}
