package dev.nereid.models.execute;

import static dev.nereid.models.operators.ModelSketch.floats;
import static dev.nereid.models.operators.ModelSketch.graph;
import static dev.nereid.models.operators.ModelSketch.node;
import static dev.nereid.models.operators.ModelSketch.number;
import static dev.nereid.models.operators.ModelSketch.run;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.nereid.models.execute.ExecutionException.Fault;
import dev.nereid.models.operators.Tensors;
import dev.nereid.proto.onnx.GraphProto;
import dev.nereid.tensor.Shape;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Inputs that a model's types admit and its operators cannot take. */
class UnsuitableShapesTest {
    private static final GraphProto WINDOW =
            graph("x:f[1,1,n]", "y:f", floats("w", Shape.of(1, 1, 3), 1, 1, 1), node("y = Conv(x, w)"));

    @Test
    void anInputSmallerThanAWindowIsTheCallersFault() {
        assertThat(run(WINDOW, Tensors.counting(1, 1, 4))).containsExactly("FP32[1,1,2] [3.0, 6.0]");
        assertThatExceptionOfType(ExecutionException.class)
                .isThrownBy(() -> run(WINDOW, Tensors.counting(1, 1, 1)))
                .satisfies(e -> assertThat(e.fault()).isEqualTo(Fault.INPUT))
                .withMessageContaining("[1,1,1]")
                .withMessageContaining("value 'y")
                .withMessageContaining("has a negative dim");
    }

    @Test
    @Tag("found-22")
    void aFusedNodeKeepsTheNameThatTheFileGivesIt() {
        GraphProto layer = graph(
                "x:f[1,c,8,8]",
                "y:f",
                floats("w", Shape.of(2, 3, 1, 1), 1, 1, 1, 1, 1, 1),
                node("z = Conv(x, w)").toBuilder().setName("layer one").build(),
                node("y = Relu(z)").toBuilder().setName("after it").build());
        assertThatExceptionOfType(ExecutionException.class)
                .isThrownBy(() -> run(layer, Tensors.counting(1, 4, 8, 8)))
                .satisfies(e -> assertThat(e.fault()).isEqualTo(Fault.INPUT))
                .withMessageContaining("'layer one'");
    }

    @Test
    void anAxisIsNotSplitIntoMorePartsThanItHas() {
        GraphProto split = graph("x:f[n]", "a:f b:f c:f", node("a, b, c = Split(x)", number("num_outputs", 3)));
        assertThat(run(split, Tensors.counting(5)))
                .containsExactly("FP32[2] [0.0, 1.0]", "FP32[2] [2.0, 3.0]", "FP32[1] [4.0]");
        assertThatExceptionOfType(ExecutionException.class)
                .isThrownBy(() -> run(split, Tensors.counting(1)))
                .withMessageContaining("'c'");
    }

    /** A server must not be ended by its system for what one request asks for. */
    @Test
    void aShapeThatNoMemoryHoldsIsRefusedByItsNode() {
        GraphProto spread = graph("x:f[1] r:i[1]", "y:f", node("y = Tile(x, r)"));
        assertThat(run(spread, Tensors.counting(1), Tensors.longs(3))).containsExactly("FP32[3] [0.0, 0.0, 0.0]");
        assertThatExceptionOfType(ExecutionException.class)
                .isThrownBy(() -> run(spread, Tensors.counting(1), Tensors.longs(1L << 42)))
                .satisfies(e -> assertThat(e.fault()).isEqualTo(Fault.STEP))
                .withMessageContaining("Tile")
                .withMessageContaining((1L << 44) + " bytes of native memory were asked for");
    }
}
