package dev.nereid.models;

import static dev.nereid.models.operators.ModelSketch.graph;
import static dev.nereid.models.operators.ModelSketch.load;
import static dev.nereid.models.operators.ModelSketch.node;
import static dev.nereid.models.operators.ModelSketch.number;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.nereid.kernels.parallel.Workers;
import dev.nereid.memory.SlabPool;
import dev.nereid.models.execute.ExecutionException;
import dev.nereid.models.execute.RunResult;
import dev.nereid.models.operators.Tensors;
import dev.nereid.proto.onnx.GraphProto;
import dev.nereid.tensor.Tensor;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Tag("found-10")
class DistinctInputDimsTest {
    private static final Tensor TWO = Tensors.floats(new float[] {1, 2}, 2);
    private static final Tensor THREE = Tensors.floats(new float[] {3, 4, 5}, 3);

    private static final GraphProto CONCAT = graph(
            "a:f[n] b:f[n]",
            "y:f[m] twice:f[n]",
            node("y = Concat(a, b)", number("axis", 0)),
            node("twice = Add(b, b)"));

    private static List<String> run(GraphProto graph, LoadOptions options, Tensor... inputs) {
        try (SlabPool pool = new SlabPool(1 << 20);
                LoadedModel model = load(graph, options, pool);
                RunResult result = model.run(List.of(inputs), Workers.single())) {
            return result.outputs().stream().map(Tensors::text).toList();
        }
    }

    private static LoadOptions apart(boolean optimize) {
        return (optimize ? LoadOptions.DEFAULT : LoadOptions.UNOPTIMIZED).withInputsApart(true);
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void dimsOfOneNameMayDiffer(boolean optimize) {
        assertThat(run(CONCAT, apart(optimize), TWO, THREE))
                .containsExactly("FP32[5] [1.0, 2.0, 3.0, 4.0, 5.0]", "FP32[3] [6.0, 8.0, 10.0]");
        assertThat(run(CONCAT, apart(optimize), THREE, THREE)).last().isEqualTo("FP32[3] [6.0, 8.0, 10.0]");
        assertThatThrownBy(() -> run(CONCAT, LoadOptions.DEFAULT, TWO, THREE))
                .isInstanceOf(ExecutionException.class)
                .hasMessage("input 'b': dim 'n' is 3 here and 2 in another place");
    }

    /** An output may be declared with the name too. */
    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void oneOfThemMayBeRepeated(boolean optimize) {
        GraphProto sum = graph("a:f[n] b:f[n]", "y:f[n]", node("y = Add(a, b)"));
        assertThat(run(sum, apart(optimize), Tensors.floats(new float[] {1}, 1), THREE))
                .containsExactly("FP32[3] [4.0, 5.0, 6.0]");
        assertThatThrownBy(() -> run(sum, apart(optimize), TWO, THREE))
                .isInstanceOf(ExecutionException.class)
                .hasMessageContaining("[2]")
                .hasMessageContaining("[3]");
    }

    @Test
    void axesOfOneInputDifferToo() {
        GraphProto graph = graph("a:f[n,m,m] b:f[m]", "y:f[n,m,m] z:f[m]", node("y = Abs(a)"), node("z = Abs(b)"));
        assertThat(run(graph, apart(true), Tensors.floats(new float[] {1, -2}, 1, 1, 2), THREE))
                .containsExactly("FP32[1,1,2] [1.0, 2.0]", "FP32[3] [3.0, 4.0, 5.0]");
    }
}
