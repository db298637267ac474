package dev.nereid.models.execute;

import static dev.nereid.models.operators.ModelSketch.body;
import static dev.nereid.models.operators.ModelSketch.graph;
import static dev.nereid.models.operators.ModelSketch.node;
import static dev.nereid.models.operators.ModelSketch.run;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.nereid.memory.NativeMemory;
import dev.nereid.models.operators.Tensors;
import dev.nereid.proto.onnx.GraphProto;
import dev.nereid.tensor.Shape;
import dev.nereid.tensor.Tensor;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Runs that want more memory than the process may have. */
@Tag("found-5")
class RunMemoryLimitTest {
    private static final long LIMIT = 64L << 20;
    private static final long ELEMENTS = LIMIT;

    /** Each gives as many elements as its last input says. */
    @ParameterizedTest
    @CsvSource({
        "Expand, x:f[1] r:i[1], y:f, 'y = Expand(x, r)'",
        "Tile, x:f[1] r:i[1], y:f, 'y = Tile(x, r)'",
        "ConstantOfShape, x:f[1] r:i[1], y:f, 'y = ConstantOfShape(r)'",
    })
    void aNodeThatAsksForMoreIsRefusedByName(String operator, String inputs, String outputs, String node) {
        GraphProto graph = graph(inputs, outputs, node(node));
        try (NativeMemory.Limit limit = NativeMemory.limit(NativeMemory.budget().used() + LIMIT)) {
            assertThatExceptionOfType(ExecutionException.class)
                    .isThrownBy(() -> run(graph, Tensors.counting(1), Tensors.longs(ELEMENTS)))
                    .withMessageContaining(operator)
                    .withMessageContaining(4 * ELEMENTS + " bytes of native memory were asked for: of the limit of "
                            + limit.bytes() + " bytes");
            assertThat(run(graph, Tensors.counting(1), Tensors.longs(3)))
                    .as("what asks for little")
                    .hasSize(1);
        }
    }

    /** Its frame is too large, and not what a node allocates. */
    @Test
    void aFrameThatIsTooLargeNamesItsLargestValue() {
        GraphProto outer =
                graph("x:f[n,1]", "y:f", node("t = Transpose(x)"), node("z = Mul(x, t)"), node("y = Exp(z)"));
        try (NativeMemory.Limit _ = NativeMemory.limit(NativeMemory.budget().used() + LIMIT)) {
            assertThatExceptionOfType(ExecutionException.class)
                    .isThrownBy(() -> run(outer, Tensors.counting(10_000, 1)))
                    .withMessageContaining("a run of inputs of these shapes has no memory: ")
                    .withMessageContaining("FP32[10000,10000] of 400000000 bytes");
        }
    }

    /** The bytes of the first do not fit a long, the elements of the second do not either. */
    @ParameterizedTest
    @ValueSource(longs = {1L << 31, 1L << 40})
    @Tag("found-22")
    void aTensorLargerThanAnyMemoryIsNoOverflow(long dim) {
        GraphProto graph = graph("x:f[1] r:i[2]", "y:f", node("y = Expand(x, r)"));
        assertThatExceptionOfType(ExecutionException.class)
                .isThrownBy(() -> run(graph, Tensors.counting(1), Tensors.longs(dim, dim)))
                .withMessageContaining("Expand")
                .withMessageContaining(Long.toString(dim))
                .withMessageNotContaining("long overflow");
    }

    /** A tensor of strings is an array of references, which would be more than the heap has. */
    @Test
    void aTensorOfStringsIsBoundByTheHeap() {
        GraphProto graph = graph("x:s[1] r:i[1]", "y:s", node("y = Expand(x, r)"));
        assertThatExceptionOfType(ExecutionException.class)
                .isThrownBy(() -> run(graph, Tensors.strings("a"), Tensors.longs(2_000_000_000)))
                .withMessageContaining("Expand")
                .withMessageContaining("-Xmx");
    }

    private static Tensor trips(long count) {
        return Tensors.longs(count).withShape(Shape.SCALAR);
    }

    /** The memory doubles with what comes: the limit holds it, however many runs a model announces. */
    @Test
    void theScanOutputsOfALoopStayWithinTheLimit() {
        GraphProto each = graph("i:i[] c:b[]", "d:b s:f", node("d = Identity(c)"), node("s = Identity(x)"));
        GraphProto loop = graph("m:i[] x:f[n]", "y:f", node("y = Loop(m, )", body("body", each)));
        try (NativeMemory.Limit _ = NativeMemory.limit(NativeMemory.budget().used() + LIMIT)) {
            assertThatExceptionOfType(ExecutionException.class)
                    .isThrownBy(() -> run(loop, trips(1L << 62), Tensors.counting(1 << 16)))
                    .withMessageContaining("Loop")
                    .withMessageContaining("bytes of native memory were asked for");
            assertThat(run(loop, trips(2), Tensors.counting(1 << 16)))
                    .as("what asks for little")
                    .hasSize(1);
        }
    }
}
