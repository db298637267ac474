package dev.nereid.server.repository.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.nereid.proto.inference.ModelConfig;
import dev.nereid.server.ConfigText;
import dev.nereid.server.repository.folders.ModelLoadException;
import dev.nereid.server.statement.Statement;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Configs of sequence models that do not load, and why. */
class SequenceConfigTest {
    private static final String TENSORS = "max_batch_size: 4 input { name: 'X' data_type: TYPE_FP32 dims: 2 } "
            + "output { name: 'Y' data_type: TYPE_FP32 dims: 2 } ";

    private static ModelConfig config(String text) {
        ModelConfig written = ConfigText.parse("name: 'm' backend: 'onnxruntime' " + TENSORS + text);
        return ModelConfigDefaults.apply(written);
    }

    private static void refuses(String text, String message) {
        assertThatThrownBy(() -> ModelConfigChecks.check(config(text)))
                .isInstanceOf(ModelLoadException.class)
                .hasMessage(message);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '~',
            value = {
                "control_input { control { kind: CONTROL_SEQUENCE_START int32_false_true: [ 0, 1 ] } }"
                        + "| sequence batching control tensor must have a name for m",
                "control_input { name: 'C' control { kind: CONTROL_SEQUENCE_START int32_false_true: [ 0, 1 ] } } "
                        + "control_input { name: 'C' control { kind: CONTROL_SEQUENCE_END int32_false_true: [ 0, 1 ] } }"
                        + "| sequence batching control tensor 'C' is specified for multiple control kinds for m",
                "control_input { name: 'C' control { kind: CONTROL_SEQUENCE_START int32_false_true: [ 0, 1 ] } "
                        + "control { kind: CONTROL_SEQUENCE_END int32_false_true: [ 0, 1 ] } }"
                        + "| sequence batching control tensor 'C' is specified for multiple control kinds for m",
                "control_input { name: 'A' control { kind: CONTROL_SEQUENCE_START int32_false_true: [ 0, 1 ] } } "
                        + "control_input { name: 'B' control { kind: CONTROL_SEQUENCE_START int32_false_true: [ 0, 1 ] }"
                        + " } | sequence batching specifies multiple CONTROL_SEQUENCE_START tensors for m",
                "control_input { name: 'C' control { kind: CONTROL_SEQUENCE_READY } }"
                        + "| sequence batching must specify either 'int32_false_true', 'fp32_false_true' or "
                        + "'bool_false_true' for CONTROL_SEQUENCE_READY for m",
                "control_input { name: 'C' control { kind: CONTROL_SEQUENCE_READY int32_false_true: [ 0, 1 ] "
                        + "bool_false_true: [ false, true ] } }"
                        + "| sequence batching specifies more than one from 'int32_false_true', 'fp32_false_true' and "
                        + "'bool_false_true' for CONTROL_SEQUENCE_READY for m",
                "control_input { name: 'C' control { kind: CONTROL_SEQUENCE_END fp32_false_true: [ 0, 1, 2 ] } }"
                        + "| sequence batching control 'fp32_false_true' must have exactly 2 entries for "
                        + "CONTROL_SEQUENCE_END for m",
                "control_input { name: 'C' control { kind: CONTROL_SEQUENCE_CORRID data_type: TYPE_UINT64 "
                        + "int32_false_true: [ 0, 1 ] } }"
                        + "| sequence batching must not specify either 'int32_false_true', 'fp32_false_true' or "
                        + "'bool_false_true' for CONTROL_SEQUENCE_CORRID for m",
                "control_input { name: 'C' control { kind: CONTROL_SEQUENCE_CORRID } }"
                        + "| unexpected data type for control CONTROL_SEQUENCE_CORRID for m. Allowed data types are "
                        + "TYPE_UINT64, TYPE_INT64, TYPE_UINT32, TYPE_INT32 and TYPE_STRING",
            })
    @Statement({70, 72})
    void refusesControlsThatContradictThemselves(String batching, String message) {
        refuses("sequence_batching { " + batching + " }", message);
    }

    @Test
    @Statement(74)
    void refusesAControlThatIsAlsoAnInput() {
        refuses(
                "sequence_batching { control_input { name: 'X' control { kind: CONTROL_SEQUENCE_START "
                        + "int32_false_true: [ 0, 1 ] } } }",
                "input 'X' is a control or a state of sequence batching and must not be listed as a model input for m");
    }

    @ParameterizedTest
    @CsvSource({"-0.1", "1.1"})
    @Statement(79)
    void refusesAUtilizationThatIsNoPart(String utilization) {
        refuses(
                "sequence_batching { direct { minimum_slot_utilization: " + utilization + " } }",
                "sequence batching minimum slot utilization must be in range (0.0, 1.0] for m");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "preferred_batch_size: 0 | sequence batching preferred batch size must be positive for m",
                "preferred_batch_size: 5 | sequence batching preferred batch size must be <= max batch size for m",
                "max_candidate_sequences: -1 "
                        + "| sequence batching max_candidate_sequences must not be negative, got -1 for m",
            })
    @Statement(83)
    void refusesSizesThatNoBatchCanHave(String oldest, String message) {
        refuses("sequence_batching { oldest { " + oldest + " } }", message);
    }

    @Test
    @Statement({65, 83})
    void writesDefaultsOut() {
        ModelConfig config = config("sequence_batching { oldest {} }");
        assertThat(config.getSequenceBatching().getOldest().getPreferredBatchSizeList())
                .containsExactly(4);
        assertThat(config.getSequenceBatching().getMaxSequenceIdleMicroseconds())
                .isEqualTo(1_000_000);
    }

    @Test
    @Statement({69, 137})
    void refusesAResponseCache() {
        refuses(
                "sequence_batching {} response_cache { enable: true }",
                "Response Cache does not currently support model m with sequence batching scheduler. Please disable the "
                        + "response cache.");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '~',
            value = {
                "initial_state { name: 'i' data_type: TYPE_INT32 dims: [ 1, 2 ] zero_data: true } "
                        + "initial_state { name: 'j' data_type: TYPE_INT32 dims: [ 1, 2 ] zero_data: true }"
                        + "| initial_state field for state input 'S' must contain exactly one or zero element. Found '2' "
                        + "elements.",
                "initial_state { name: 'i' data_type: TYPE_FP32 dims: [ 1, 2 ] zero_data: true }"
                        + "| The data type used for 'initial_state' field of state 'S' does not match the state data "
                        + "type.",
                "initial_state { data_type: TYPE_INT32 dims: [ 1, 2 ] zero_data: true }"
                        + "| Field 'name' must be set when using initial_state for state input 'S'.",
                "initial_state { name: 'i' data_type: TYPE_INT32 dims: 2 zero_data: true }"
                        + "| Number of dimensions in 'initial_state' doesn't match the size of 'state' dimensions for "
                        + "state input 'S'. 1 != 2",
                "initial_state { name: 'i' data_type: TYPE_INT32 dims: [ -1, 2 ] zero_data: true }"
                        + "| 'initial_state' field for state input name 'S' contains variable dimensions.",
                "initial_state { name: 'i' data_type: TYPE_INT32 dims: [ 1, 3 ] zero_data: true }"
                        + "| 'initial_state' dim for input name 'S' doesn't match 'state' dim description. 3 != 2",
                "initial_state { name: 'i' data_type: TYPE_INT32 dims: [ 1, 2 ] }"
                        + "| initial_state setting expects state'S' to have state_data set",
            })
    @Statement(86)
    void refusesInitialStatesThatDoNotFit(String initial, String message) {
        refuses(
                "sequence_batching { state { input_name: 'S' output_name: 'T' data_type: TYPE_INT32 dims: [ -1, 2 ] "
                        + initial + " } }",
                message);
    }

    @Test
    @Statement(87)
    void refusesGrowableMemoryForItIsOfGpusAlone() {
        String state = "sequence_batching { state { input_name: 'S' output_name: 'T' data_type: TYPE_INT32 dims: 1 "
                + "use_growable_memory: true %s } }";
        refuses(
                state.formatted(""),
                "sequence batching state 'S' must set 'use_same_buffer_for_input_output' to use 'use_growable_memory' "
                        + "for m");
        refuses(
                state.formatted("use_same_buffer_for_input_output: true"),
                "sequence batching state 'S' must not set 'use_growable_memory', which only states in GPU memory can "
                        + "have for m");
    }

    @Test
    void acceptsAllControlsAndStatesTogether() {
        String text = "sequence_batching { oldest { max_candidate_sequences: 3 preferred_batch_size: [ 2, 4 ] } "
                + "control_input { name: 'A' control { kind: CONTROL_SEQUENCE_START int32_false_true: [ 0, 1 ] } } "
                + "control_input { name: 'B' control { kind: CONTROL_SEQUENCE_CORRID data_type: TYPE_STRING } } "
                + "state { input_name: 'S' output_name: 'Y' data_type: TYPE_FP32 dims: 2 } }";
        assertThatCode(() -> ModelConfigChecks.check(config(text))).doesNotThrowAnyException();
    }
}
