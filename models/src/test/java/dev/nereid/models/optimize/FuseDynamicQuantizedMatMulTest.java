package dev.nereid.models.optimize;

import static org.assertj.core.api.Assertions.assertThat;

import dev.nereid.kernels.KernelSet;
import dev.nereid.models.graph.Attributes;
import dev.nereid.models.graph.Attributes.Attribute;
import dev.nereid.models.graph.Graph;
import dev.nereid.models.graph.Node;
import dev.nereid.models.operators.quantized.GraphSketch;
import dev.nereid.tensor.DataType;
import dev.nereid.tensor.Shape;
import dev.nereid.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;

class FuseDynamicQuantizedMatMulTest {
    private static final int K = 9;
    private static final int N = 5;

    @AutoClose
    private final GraphSketch sketch = new GraphSketch();

    private final SplittableRandom random = new SplittableRandom(7);

    @Test
    void fusesEveryProductOfTheSameRowsIntoOneNode() {
        quantizedRows();
        product("p", N, true);
        product("q", N, false);
        Graph graph = sketch.graph("p", "q");
        Graph fused = new FuseDynamicQuantizedMatMul().apply(graph);
        assertThat(fused.nodes()).extracting(Node::operator).containsExactly("DynamicQuantizedMatMul");
        assertThat(fused.outputs()).isEqualTo(graph.outputs());
    }

    @Test
    void computesTheSameBits() {
        quantizedRows();
        product("p", N, true);
        product("q", 1, false);
        Graph graph = sketch.graph("p", "q");
        List<Tensor> expected = sketch.run(graph, KernelSet.scalar());
        List<Tensor> actual = sketch.run(new FuseDynamicQuantizedMatMul().apply(graph), KernelSet.scalar());
        for (int i = 0; i < expected.size(); i++) {
            assertThat(actual.get(i).shape()).isEqualTo(expected.get(i).shape());
            assertThat(MemorySegment.mismatch(
                            actual.get(i).segment(),
                            0,
                            actual.get(i).byteSize(),
                            expected.get(i).segment(),
                            0,
                            expected.get(i).byteSize()))
                    .isEqualTo(-1);
        }
    }

    @Test
    void leavesAloneWhatHasAnotherUse() {
        quantizedRows();
        product("p", N, true);
        for (String other : List.of("rows", "scale", "zero", "p.sums", "p.floats", "p.scales")) {
            Graph graph = sketch.graph("p", other);
            assertThat(new FuseDynamicQuantizedMatMul().apply(graph)).as(other).isSameAs(graph);
        }
    }

    @Test
    void leavesAloneAMatrixThatIsNoConstant() {
        quantizedRows();
        sketch.input(
                "p.matrix",
                sketch.bytes(DataType.INT8, Shape.of(K, N), random.ints(K * N).toArray()));
        chain("p", N, false);
        Graph graph = sketch.graph("p");
        assertThat(new FuseDynamicQuantizedMatMul().apply(graph)).isSameAs(graph);
    }

    private void quantizedRows() {
        float[] rows = new float[2 * 3 * K];
        for (int i = 0; i < rows.length; i++) {
            rows[i] = (float) random.nextDouble(-2, 3);
        }
        sketch.input("a", sketch.floats(Shape.of(2, 3, K), rows))
                .node("DynamicQuantizeLinear", 11, List.of("a"), List.of("rows", "scale", "zero"), Attributes.NONE);
    }

    private void product(String name, int scales, boolean bias) {
        sketch.constant(
                name + ".matrix",
                sketch.bytes(DataType.INT8, Shape.of(K, N), random.ints(K * N).toArray()));
        chain(name, scales, bias);
    }

    /** The chain that a quantisation tool writes; its result is called {@code name}. */
    private void chain(String name, int scales, boolean bias) {
        String product = bias ? name + ".product" : name;
        float[] scale = new float[scales];
        for (int i = 0; i < scales; i++) {
            scale[i] = (float) random.nextDouble(0.001, 0.1);
        }
        sketch.constant(name + ".zero", sketch.bytes(DataType.INT8, Shape.of(N), 0, 1, -1, 0, 100))
                .constant(name + ".scale", sketch.floats(scales == 1 ? Shape.SCALAR : Shape.of(scales), scale))
                .node("Mul", 7, List.of("scale", name + ".scale"), name + ".scales")
                .node("MatMulInteger", 10, List.of("rows", name + ".matrix", "zero", name + ".zero"), name + ".sums")
                .node(
                        "Cast",
                        9,
                        List.of(name + ".sums"),
                        List.of(name + ".floats"),
                        new Attributes(Map.of("to", new Attribute.Int(1))))
                .node("Mul", 7, List.of(name + ".floats", name + ".scales"), product);
        if (bias) {
            sketch.constant(name + ".bias", sketch.floats(Shape.of(N), 1f, -2f, 0.25f, 1e-3f, -0f))
                    .node("Add", 7, List.of(name + ".bias", product), name);
        }
    }
}
