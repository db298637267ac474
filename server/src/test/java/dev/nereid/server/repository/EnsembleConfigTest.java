package dev.nereid.server.repository;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.nereid.proto.inference.ModelConfig;
import dev.nereid.server.ConfigText;
import dev.nereid.server.repository.config.ModelConfigChecks;
import dev.nereid.server.repository.folders.ModelId;
import dev.nereid.server.repository.folders.ModelLoadException;
import dev.nereid.server.statement.Statement;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Configs of ensembles that do not load, and why. */
class EnsembleConfigTest {
    private static final String TENSORS = "max_batch_size: 4 input { name: 'X' data_type: TYPE_FP32 dims: 2 } "
            + "output { name: 'Y' data_type: TYPE_FP32 dims: 2 } ";

    private static final String A = "step { model_name: 'a' model_version: -1 input_map { key: 'I' value: 'X' } "
            + "output_map { key: 'O' value: 'M' } } ";
    private static final String B = "step { model_name: 'b' model_version: -1 input_map { key: 'I' value: 'M' } "
            + "output_map { key: 'O' value: 'Y' } } ";

    private static ModelConfig parse(String text) {
        return ConfigText.parse(text);
    }

    private static ModelConfig ensemble(String steps, String more) {
        return parse("name: 'e' platform: 'ensemble' " + TENSORS + "ensemble_scheduling { " + steps + "} " + more);
    }

    private static void refuses(ModelConfig config, String message) {
        assertThatThrownBy(() -> ModelConfigChecks.check(config))
                .isInstanceOf(ModelLoadException.class)
                .hasMessage(message);
    }

    @Test
    @Statement({92, 93})
    void takesAChainOfSteps() {
        assertThatCode(() -> ModelConfigChecks.check(ensemble(B + A, ""))).doesNotThrowAnyException();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '~',
            value = {
                "backend: 'onnxruntime' | Ensemble model 'e' must have platform type 'ensemble' and empty backend type",
                "instance_group { count: 1 } | instance group should not be specified for ensemble 'e'",
                "optimization { priority: PRIORITY_MAX } | optimization should not be specified for ensemble 'e'",
                "model_warmup { name: 'w' } | model_warmup can not be specified for ensemble 'e'",
            })
    @Statement(92)
    void refusesWhatAnEnsembleHasNot(String more, String message) {
        refuses(ensemble(A + B, more), message);
    }

    @Test
    @Statement(92)
    void needsThePlatformAndTheSteps() {
        refuses(
                parse("name: 'e' platform: 'ensemble' " + TENSORS),
                "ensemble scheduling must be set for ensemble e whose platform is ensemble");
        refuses(
                parse("name: 'e' platform: 'onnxruntime_onnx' " + TENSORS + "ensemble_scheduling { " + A + B + "}"),
                "ensemble scheduling cannot be set for model 'e' whose platform is not ensemble");
        refuses(
                parse("name: 'e' " + TENSORS + "ensemble_scheduling { " + A + B + "}"),
                "ensemble scheduling cannot be set for model 'e' whose platform is not ensemble");
        refuses(ensemble("", ""), "must specify 'step' for ensemble 'e'");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '~',
            value = {
                "input_map { key: 'I' value: 'M' } output_map { key: 'O' value: 'Y' } "
                        + "| must specify 'model_name' in step 1 of ensemble 'e'",
                "model_name: 'b' output_map { key: 'O' value: 'Y' } | must specify 'input_map' in step 1 of ensemble 'e'",
                "model_name: 'b' input_map { key: 'I' value: 'M' } | must specify 'output_map' in step 1 of ensemble 'e'",
            })
    @Statement(92)
    void needsTheFieldsOfEachStep(String step, String message) {
        refuses(ensemble(A + "step { " + step + "} ", ""), message);
    }

    @Test
    @Statement(93)
    void refusesTwoWritersOfATensor() {
        refuses(
                ensemble(A + B + A, ""),
                "ensemble tensor 'M' can appear in an output map only once for ensemble 'e' step 2");
        refuses(
                ensemble(A.replace("'M'", "'X'") + B, ""),
                "ensemble input 'X' cannot be written by a step for ensemble 'e' step 0");
    }

    @Test
    @Statement(93)
    void refusesInputsThatNobodyReadsAndOutputsThatNobodyWrites() {
        refuses(
                ensemble(A + B, "input { name: 'W' data_type: TYPE_FP32 dims: 2 }"),
                "ensemble input 'W' for ensemble e' is not used");
        refuses(
                ensemble(A + B, "output { name: 'Z' data_type: TYPE_FP32 dims: 2 }"),
                "ensemble output 'Z' for ensemble e' is not used");
        refuses(
                ensemble(A + B.replace("'M'", "'N'"), ""),
                "output 'Y' for ensemble 'e' is not written: at least one of its depending tensors, 'N', is not connected");
    }

    @Test
    @Statement(93)
    void refusesStepsInACircle() {
        refuses(
                ensemble(A.replace("'X'", "'Y'") + B + B.replace("'M'", "'X'").replace("'Y'", "'Z'"), ""),
                "output 'Y' for ensemble 'e' is not written: at least one of its depending tensors, 'M', is not connected");
    }

    @Test
    @Statement(93)
    void refusesTensorsThatNobodyReads() {
        refuses(ensemble(A + B + A.replace("'M'", "'N'"), ""), "ensemble tensor 'N' is unused in ensemble 'e'");
    }

    private static final String ONE = "max_batch_size: 4 input { name: 'I' data_type: TYPE_FP32 dims: 2 } "
            + "output { name: 'O' data_type: TYPE_FP32 dims: 2 } ";
    private static final String DECOUPLED = "model_transaction_policy { decoupled: true } ";

    private static boolean check(ModelConfig ensemble, Map<String, String> models) {
        return EnsembleTensors.check(
                ModelId.of(ensemble.getName()),
                ensemble,
                step -> parse("name: '" + step.getModelName() + "' "
                        + Objects.requireNonNull(models.get(step.getModelName()))));
    }

    private static void disagrees(String b, String message) {
        assertThatThrownBy(() -> check(ensemble(A + B, ""), Map.of("a", ONE, "b", b)))
                .isInstanceOf(ModelLoadException.class)
                .hasMessage(message);
    }

    @Test
    @Statement(94)
    void takesStepsWhoseTensorsAgree() {
        assertThat(check(ensemble(A + B, ""), Map.of("a", ONE, "b", ONE))).isFalse();
        assertThat(check(ensemble(A + B, ""), Map.of("a", ONE, "b", ONE.replace("dims: 2", "dims: -1"))))
                .isFalse();
        // A model without batches sees the batch as any other dim.
        assertThat(check(
                        ensemble(A + B, ""),
                        Map.of(
                                "a",
                                ONE,
                                "b",
                                ONE.replace("max_batch_size: 4", "").replace("dims: 2", "dims: [ -1, 2 ]"))))
                .isFalse();
    }

    @Test
    @Statement(94)
    void refusesTensorsThatDisagree() {
        disagrees(
                ONE.replace("'I' data_type: TYPE_FP32", "'I' data_type: TYPE_INT32"),
                "in ensemble e, ensemble tensor M: inconsistent data type: TYPE_FP32 is inferred from model a while "
                        + "TYPE_INT32 is inferred from model b");
        disagrees(
                ONE.replace("name: 'I' data_type: TYPE_FP32 dims: 2", "name: 'I' data_type: TYPE_FP32 dims: 3"),
                "in ensemble e, ensemble tensor M: inconsistent shape: [-1,2] is inferred from model a while [-1,3] is "
                        + "inferred from model b");
        disagrees(
                ONE.replace("'O' data_type: TYPE_FP32", "'O' data_type: TYPE_FP16"),
                "in ensemble e, ensemble tensor Y: inconsistent data type: TYPE_FP32 is inferred from model e while "
                        + "TYPE_FP16 is inferred from model b");
        disagrees(
                ONE.replace("max_batch_size: 4", "max_batch_size: 3"),
                "ensemble e allows maximum batch size 4, but it contains model b which only allows maximum batch size to "
                        + "be 3");
    }

    @Test
    @Statement(94)
    void refusesMapsThatDoNotFitTheModel() {
        disagrees(
                ONE.replace("'I'", "'K'"),
                "in ensemble e, ensemble tensor M is mapping to non-existing input I in model b");
        disagrees(
                ONE.replace("'O'", "'K'"),
                "in ensemble e, ensemble tensor Y is mapped from non-existing output O in model b");
        disagrees(
                ONE + "input { name: 'J' data_type: TYPE_FP32 dims: 2 } ",
                "in ensemble e, input J in model b is not mapped to any ensemble tensors");
        assertThat(check(
                        ensemble(A + B, ""),
                        Map.of(
                                "a",
                                ONE,
                                "b",
                                ONE + "input { name: 'J' data_type: TYPE_FP32 dims: 2 optional: true } ")))
                .isFalse();
    }

    @Test
    @Statement(102)
    void isDecoupledIfAStepIs() {
        assertThat(check(ensemble(A + B, ""), Map.of("a", ONE + DECOUPLED, "b", ONE)))
                .isTrue();
        assertThat(check(ensemble(A + B, ""), Map.of("a", ONE, "b", ONE + DECOUPLED)))
                .isTrue();
    }

    @Test
    @Statement(102)
    void refusesAStepThatJoinsDecoupledModels() {
        String join = "step { model_name: 'c' model_version: -1 input_map { key: 'I' value: 'M' } "
                + "input_map { key: 'J' value: '%s' } output_map { key: 'O' value: 'Y' } } ";
        String two = ONE + "input { name: 'J' data_type: TYPE_FP32 dims: 2 } ";
        String message = "in ensemble e, step of model 'c' receives inputs originated from different decoupled models";
        assertThatThrownBy(() -> check(
                        ensemble(A + B.replace("'M'", "'X'").replace("'Y'", "'N'") + join.formatted("N"), ""),
                        Map.of("a", ONE + DECOUPLED, "b", ONE + DECOUPLED, "c", two)))
                .hasMessage(message);
        assertThatThrownBy(() -> check(ensemble(A + join.formatted("X"), ""), Map.of("a", ONE + DECOUPLED, "c", two)))
                .as("the client's tensor has one iteration only")
                .hasMessage(message);
    }

    @Test
    @Statement(102)
    void refusesOutputsOfDifferentDecoupledModels() {
        ModelConfig ensemble = ensemble(A + B, "output { name: 'M' data_type: TYPE_FP32 dims: 2 }");
        assertThatThrownBy(() -> check(ensemble, Map.of("a", ONE, "b", ONE + DECOUPLED)))
                .hasMessage(
                        "in ensemble e, step of model 'e' receives inputs originated from different decoupled models");
    }
}
