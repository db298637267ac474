package dev.nereid.server.backend.builtin;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.nereid.memory.SlabPool;
import dev.nereid.proto.inference.ModelConfig;
import dev.nereid.server.ConfigText;
import dev.nereid.server.backend.BackendModel;
import dev.nereid.server.backend.Batch;
import dev.nereid.server.backend.ModelInstance;
import dev.nereid.server.backend.RecordedExecution;
import dev.nereid.server.protocol.InferException;
import dev.nereid.server.protocol.Parameter;
import dev.nereid.tensor.Shape;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class IdentityBackendTest {
    private static final String TWO = "input { name: 'A' data_type: TYPE_FP32 dims: -1 } "
            + "input { name: 'B' data_type: TYPE_STRING dims: -1 } "
            + "output { name: 'X' data_type: TYPE_FP32 dims: -1 } "
            + "output { name: 'Y' data_type: TYPE_STRING dims: -1 } ";

    private static final SlabPool MEMORY = new SlabPool(0);

    private static ModelConfig config(String text) {
        return ConfigText.parse("name: 'm' backend: 'identity' " + text);
    }

    private static void execute(String text, RecordedExecution... executions) {
        try (BackendModel model = new IdentityBackend(MEMORY).load(config(text), Path.of("m", "3"));
                ModelInstance instance = model.newInstance("m_0")) {
            instance.execute(new Batch(List.of(executions)));
        }
    }

    @Test
    void answersEachInputAsTheOutputInTheSamePlace() {
        RecordedExecution execution = new RecordedExecution(
                "id",
                List.of(),
                RecordedExecution.strings("B", Shape.of(1), "b"),
                RecordedExecution.floats("A", Shape.of(2), 1, 2));
        execute(TWO, execution);
        assertThat(execution.floats("X")).containsExactly(1, 2);
        assertThat(execution.strings("Y")).containsExactly("b");
        assertThat(execution.response.orElseThrow().modelVersion()).isEqualTo("3");
        assertThat(execution.response.orElseThrow().parameters())
                .containsExactly(
                        Map.entry("param0", new Parameter.Text("an example string parameter")),
                        Map.entry("param1", new Parameter.Int(42)),
                        Map.entry("param2", new Parameter.Bool(false)),
                        Map.entry("param3", new Parameter.Real(123.123)));
    }

    @Test
    void answersOnlyTheOutputsThatWereAskedFor() {
        RecordedExecution execution = new RecordedExecution(
                "id",
                List.of("Y"),
                RecordedExecution.floats("A", Shape.of(1), 1),
                RecordedExecution.strings("B", Shape.of(1), "b"));
        execute(TWO, execution);
        assertThat(execution.response.orElseThrow().outputs()).hasSize(1);
    }

    @Test
    void answersAnInputAsTheOutputOfTheSameNumber() {
        RecordedExecution execution = new RecordedExecution(
                "id",
                List.of(),
                RecordedExecution.floats("INPUT0", Shape.of(1), 1),
                RecordedExecution.floats("INPUT1", Shape.of(1), 2));
        execute(
                "input { name: 'INPUT0' data_type: TYPE_FP32 dims: -1 } input { name: 'INPUT1' data_type: TYPE_FP32 dims:"
                        + " -1 } output { name: 'OUTPUT1' data_type: TYPE_FP32 dims: -1 } output { name: 'OUTPUT0'"
                        + " data_type: TYPE_FP32 dims: -1 }",
                execution);
        assertThat(execution.floats("OUTPUT0")).containsExactly(1);
        assertThat(execution.floats("OUTPUT1")).containsExactly(2);
    }

    /** The models nop_tunnel_in and nop_tunnel_out of Triton's suite L0_infer_reshape. */
    @Test
    void answersInTheShapeBehindTheReshapesOfInputAndOutput() {
        String tensors = "max_batch_size: 8 input { name: 'INPUT0' data_type: TYPE_FP32 dims: [ %s ] %s } "
                + "output { name: 'OUTPUT0' data_type: TYPE_FP32 dims: [ %s ] %s }";
        assertThat(reshaped(tensors.formatted("2, 3", "reshape { shape: 6 }", "6", ""), Shape.of(2, 2, 3)))
                .as("of the input alone")
                .isEqualTo(Shape.of(2, 6));
        assertThat(reshaped(tensors.formatted("2, 3", "", "6", "reshape { shape: [ 2, 3 ] }"), Shape.of(2, 2, 3)))
                .as("of the output alone")
                .isEqualTo(Shape.of(2, 6));
        assertThat(reshaped(
                        tensors.formatted(
                                "-1, 3", "reshape { shape: [ 3, -1 ] }", "3, 1, -1", "reshape { shape: [ 3, -1 ] }"),
                        Shape.of(2, 2, 3)))
                .as("of both, with a dim of any size")
                .isEqualTo(Shape.of(2, 3, 1, 2));
    }

    private static Shape reshaped(String config, Shape shape) {
        RecordedExecution execution =
                new RecordedExecution("id", List.of(), RecordedExecution.floats("INPUT0", shape, new float[12]));
        execute(config, execution);
        return execution.output("OUTPUT0").shape();
    }

    @Test
    void answersAnOptionalInputThatIsNotGivenAsZeros() {
        RecordedExecution execution =
                new RecordedExecution("id", List.of(), RecordedExecution.floats("A", Shape.of(2, 1), 1, 2));
        execute(
                "max_batch_size: 4 input { name: 'A' data_type: TYPE_FP32 dims: 1 } "
                        + "input { name: 'B' data_type: TYPE_STRING dims: -1 optional: true } "
                        + "input { name: 'C' data_type: TYPE_FP32 dims: 2 optional: true } "
                        + "output { name: 'X' data_type: TYPE_FP32 dims: 1 } "
                        + "output { name: 'Y' data_type: TYPE_STRING dims: -1 } "
                        + "output { name: 'Z' data_type: TYPE_FP32 dims: 2 } ",
                execution);
        assertThat(execution.floats("X")).containsExactly(1, 2);
        assertThat(execution.strings("Y")).containsExactly("", "");
        assertThat(execution.floats("Z")).containsExactly(0, 0, 0, 0);
        assertThat(MEMORY.usedBytes()).isPositive();
        execution.response.orElseThrow().close();
        assertThat(MEMORY.usedBytes()).isZero();
    }

    @Test
    void takesLongerOnTheInstancesBehindTheFirst() {
        String text = TWO + "parameters { key: 'execute_delay_ms' value { string_value: '20' } } "
                + "parameters { key: 'instance_wise_delay_multiplier' value { string_value: '4' } }";
        try (BackendModel model = new IdentityBackend().load(config(text), Path.of("m", "3"))) {
            assertThat(nanos(model, "m_0_1")).isGreaterThanOrEqualTo(80_000_000);
            assertThat(nanos(model, "m_0_0")).isBetween(20_000_000L, nanos(model, "m_0_2"));
        }
    }

    private static long nanos(BackendModel model, String instanceName) {
        try (ModelInstance instance = model.newInstance(instanceName)) {
            long start = System.nanoTime();
            instance.execute(new Batch(List.of(new RecordedExecution("id", List.of()))));
            return System.nanoTime() - start;
        }
    }

    @Test
    void takesAsLongAsItIsTold() {
        long start = System.nanoTime();
        execute(
                TWO + "parameters { key: 'execute_delay_ms' value { string_value: '30' } }",
                new RecordedExecution("id", List.of()));
        assertThat(System.nanoTime() - start).isGreaterThanOrEqualTo(30_000_000);
    }

    @Test
    void takesSoManyTimesLongerForEachNumberOfTheInstance() {
        String config = TWO + "parameters { key: 'execute_delay_ms' value { string_value: '10' } } "
                + "parameters { key: 'instance_wise_delay_multiplier' value { string_value: '4' } }";
        try (BackendModel model = new IdentityBackend().load(config(config), Path.of("m", "3"));
                ModelInstance instance = model.newInstance("m_0_2")) {
            long start = System.nanoTime();
            instance.execute(new Batch(List.of(new RecordedExecution("id", List.of()))));
            assertThat(System.nanoTime() - start).isGreaterThanOrEqualTo(80_000_000);
        }
    }

    @Test
    void isDelayedOnceWhileItLoadsAndNotByEachInstance() {
        String config = TWO + "parameters { key: 'creation_delay_sec' value { string_value: '1' } }";
        long start = System.nanoTime();
        try (BackendModel model = new IdentityBackend().load(config(config), Path.of("m", "3"))) {
            long loaded = System.nanoTime();
            assertThat(loaded - start).isGreaterThanOrEqualTo(1_000_000_000);
            model.newInstance("m_0_0").close();
            assertThat(System.nanoTime() - loaded).isLessThan(1_000_000_000);
        }
    }

    @Test
    void refusesConfigsWhoseOutputsDoNotMatchTheInputs() {
        assertThatThrownBy(() -> execute(TWO + "output { name: 'Z' data_type: TYPE_FP32 dims: -1 }"))
                .isInstanceOf(InferException.class)
                .hasMessage("model configuration must have equal input/output pairs, got 2 inputs and 3 outputs");
        assertThatThrownBy(() -> execute(
                        "input { name: 'A' data_type: TYPE_FP32 } " + "output { name: 'X' data_type: TYPE_INT8 }"))
                .hasMessage("expected input and output datatype to match, got TYPE_FP32 and TYPE_INT8 for input 'A' "
                        + "and output 'X'");
        assertThatThrownBy(() -> execute("input { name: 'INPUT0' data_type: TYPE_FP32 dims: [ 4, 2 ] } "
                        + "output { name: 'OUTPUT0' data_type: TYPE_FP32 dims: 4 reshape { shape: [ 2, 2 ] } }"))
                .hasMessage("expected input and output shape to match, got [4,2] and [2,2] for input 'INPUT0' and "
                        + "output 'OUTPUT0'");
        assertThatThrownBy(() -> execute(TWO + "parameters { key: 'execute_delay_ms' value { string_value: 'x' } }"))
                .hasMessage("parameter 'execute_delay_ms' of model 'm': expected a number, got 'x'");
    }
}
