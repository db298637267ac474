package dev.nereid.models.optimize.packed;

import static dev.nereid.models.operators.ModelSketch.floats;
import static dev.nereid.models.operators.ModelSketch.graph;
import static dev.nereid.models.operators.ModelSketch.longs;
import static dev.nereid.models.operators.ModelSketch.node;
import static dev.nereid.models.operators.ModelSketch.number;
import static dev.nereid.models.operators.ModelSketch.numbers;
import static org.assertj.core.api.Assertions.assertThat;

import dev.nereid.kernels.parallel.Workers;
import dev.nereid.memory.SlabPool;
import dev.nereid.models.LoadOptions;
import dev.nereid.models.LoadedModel;
import dev.nereid.models.TextPacking;
import dev.nereid.models.execute.RunResult;
import dev.nereid.models.operators.ModelSketch;
import dev.nereid.proto.onnx.AttributeProto;
import dev.nereid.proto.onnx.GraphProto;
import dev.nereid.proto.onnx.NodeProto;
import dev.nereid.proto.onnx.TensorProto;
import dev.nereid.tensor.DataType;
import dev.nereid.tensor.Shape;
import dev.nereid.tensor.Tensor;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Small graphs over x: [batch, tokens, 6] that can be packed give each text what it gets alone; others say why not. */
class PackTextsTest {
    private static final int WIDTH = 6;
    private static final int[] LENGTHS = {3, 1, 8, 2, 8};
    private static final Random RANDOM = new Random(11);

    private static final NodeProto WEIGHTS = node("w = Reshape(ws, sh)");

    static Stream<Arguments> packable() {
        return Stream.of(
                packable(
                        "elementwise",
                        "[b,s,6]",
                        floats("c", 1, 2, 3, 4, 5, 6),
                        node("t = Mul(x, c)"),
                        node("y = Tanh(t)")),
                packable("a scalar", "[b,s,6]", floats("c", 3), node("y = Div(x, c)")),
                packable("product", "[b,s,3]", weights(), shape("sh", 6, 3), WEIGHTS, node("y = MatMul(x, w)")),
                packable(
                        "product with a bias of more axes",
                        "[b,s,3]",
                        weights(),
                        shape("sh", 6, 3),
                        WEIGHTS,
                        floats("c", 1, 2, 3),
                        shape("csh", 1, 1, 3),
                        node("bias = Reshape(c, csh)"),
                        node("t = MatMul(x, w)"),
                        node("y = Add(t, bias)")),
                packable(
                        "heads and back",
                        "[b,s,6]",
                        behindDims(
                                shape("h", 2),
                                shape("k", 3),
                                node("to = Concat(u0, u1, h, k)", number("axis", 0)),
                                node("r = Reshape(x, to)"),
                                node("t = Transpose(r)", numbers("perm", 0L, 2L, 1L, 3L)),
                                node("e = Exp(t)"),
                                node("v = Transpose(e)", numbers("perm", 0L, 2L, 1L, 3L)),
                                shape("six", 6),
                                node("back = Concat(u0, u1, six)", number("axis", 0)),
                                node("y = Reshape(v, back)"))),
                packable("attention", "[b,s,6]", attention(node("scores = Div(p, scale)"))),
                packable(
                        "attention with a mask",
                        "[b,s,6]",
                        attention(
                                shape("last", -1),
                                node("mean = ReduceMean(x, last)", number("keepdims", 0)),
                                node("low = Abs(mean)"),
                                node("lower = Neg(low)"),
                                shape("front", 1, 2),
                                node("mask = Unsqueeze(lower, front)"),
                                node("scaled = Div(p, scale)"),
                                node("scores = Add(scaled, mask)"))),
                packable(
                        "tokens of all batches in a row and back",
                        "[b,s,6]",
                        node("d = Shape(x)"),
                        shape("flat", -1, 6),
                        node("r = Reshape(x, flat)"),
                        node("e = Neg(r)"),
                        node("y = Reshape(e, d)")),
                packable("softmax over what a token has", "[b,s,6]", node("y = Softmax(x)", number("axis", 2))),
                packable("mean of a text", "[b,6]", node("y = ReduceMean(x, a)", number("keepdims", 0)), shape("a", 1)),
                packable(
                        "weighted mean, with the length of a vector 1",
                        "[b,6]",
                        floats("c", 2),
                        node("m = Mul(x, c)"),
                        shape("a", 1),
                        node("n = ReduceSum(m, a)", number("keepdims", 0)),
                        node("l = ReduceL2(n, a)"),
                        node("y = Div(n, l)")),
                packable("greatest of a text", "[b,1,6]", shape("a", 1), node("y = ReduceMax(x, a)")),
                packable(
                        "sum of all a text has",
                        "[b,1]",
                        shape("a", 1, -1),
                        node("r = ReduceSum(x, a)", number("keepdims", 1)),
                        shape("q", 2),
                        node("y = Squeeze(r, q)")),
                packable(
                        "mean over what a token has",
                        "[b,s]",
                        shape("a", -1),
                        node("y = ReduceMean(x, a)", number("keepdims", 0))),
                packable("the first token", "[b,6]", longs("i", 0), node("y = Gather(x, i)", number("axis", 1))),
                packable("the last token", "[b,6]", longs("i", -1), node("y = Gather(x, i)", number("axis", 1))),
                packable(
                        "the first token, cut and multiplied",
                        "[b,3]",
                        weights(),
                        shape("sh", 6, 3),
                        WEIGHTS,
                        shape("zero", 0),
                        shape("one", 1),
                        node("p = Slice(x, zero, one, one)"),
                        node("f = Squeeze(p, one)"),
                        node("g = MatMul(f, w)"),
                        node("y = Tanh(g)")),
                packable(
                        "mean and first token side by side",
                        "[b,12]",
                        longs("i", 0),
                        node("f = Gather(x, i)", number("axis", 1)),
                        shape("a", 1),
                        node("m = ReduceMean(x, a)", number("keepdims", 0)),
                        node("y = Concat(f, m)", number("axis", 1))),
                packable(
                        "places from a table",
                        "[b,s,6]",
                        table(),
                        node("d = Shape(x)"),
                        longs("i1", 1),
                        node("n1 = Gather(d, i1)"),
                        shape("z", 0),
                        node("u1 = Unsqueeze(n1, z)"),
                        shape("one", 1),
                        shape("tsh", 1, 8, 6),
                        node("t = Reshape(table, tsh)"),
                        node("p = Slice(t, z, u1, one)"),
                        node("y = Add(x, p)")),
                packable(
                        "places counted",
                        "[b,s,6]",
                        table(),
                        node("d = Shape(x)"),
                        longs("i1", 1),
                        longs("i0", 0),
                        node("n1 = Gather(d, i1)"),
                        node("r = Range(i0, n1, i1)"),
                        shape("tsh", 8, 6),
                        node("t = Reshape(table, tsh)"),
                        node("p = Gather(t, r)"),
                        node("y = Add(x, p)")),
                packable(
                        "pieces of what a token has",
                        "[b,s,4]",
                        shape("two", 2),
                        shape("end", 6),
                        node("p = Slice(x, two, end, two)"),
                        node("y = Neg(p)")));
    }

    static Stream<Arguments> unpackable() {
        return Stream.of(
                unpackable(
                        "(ReduceMean) mixes the texts of a batch",
                        "[b,s,6]",
                        shape("a", 0),
                        node("m = ReduceMean(x, a)"),
                        node("y = Sub(x, m)")),
                unpackable("(Softmax) normalises", "[b,s,6]", node("y = Softmax(x)", number("axis", 0))),
                unpackable(
                        "mixes the texts of a batch",
                        "[b,s,6]",
                        shape("a", 1),
                        node("u = Unsqueeze(x, a)"),
                        node("t = Add(x, u)"),
                        shape("zero", 0),
                        node("y = ReduceSum(t, zero)", number("keepdims", 0))),
                unpackable(
                        "(Softmax) normalises over the tokens", "[b,s,6]", node("y = Softmax(x)", number("axis", 1))),
                unpackable("(CumSum) may mix the tokens", "[b,s,6]", longs("a", 1), node("y = CumSum(x, a)")),
                unpackable(
                        "(MatMul) multiplies tokens with tokens",
                        "[b,s,s]",
                        node("t = Transpose(x)", numbers("perm", 0L, 2L, 1L)),
                        node("y = MatMul(x, t)")),
                unpackable(
                        "picks tokens other than the first or the last",
                        "[b,6]",
                        longs("i", 1),
                        node("y = Gather(x, i)", number("axis", 1))),
                unpackable(
                        "puts tokens together with something else",
                        "[b,s,6]",
                        shape("a", 1),
                        node("m = ReduceMean(x, a)"),
                        node("y = Sub(x, m)")),
                unpackable(
                        "puts tokens together with something else",
                        "[b,?,6]",
                        shape("a", 1),
                        node("m = ReduceMean(x, a)", number("keepdims", 0)),
                        node("y = Add(x, m)")),
                unpackable("puts everything together", "[1,1,1]", node("y = ReduceMean(x)")),
                unpackable("output 'y' INT64[3]", "[b]", node("y = Shape(x)")),
                unpackable(
                        "reads a text's length",
                        "[b,s,6]",
                        node("d = Shape(x)"),
                        longs("i1", 1),
                        node("n = Gather(d, i1)"),
                        node("f = Cast(n)", number("to", 1)),
                        node("y = Div(x, f)")),
                unpackable(
                        "cuts a text",
                        "[b,?,6]",
                        shape("one", 1),
                        shape("end", 4),
                        node("y = Slice(x, one, end, one)")),
                unpackable("(RandomUniformLike) may mix the tokens", "[b,s,6]", node("y = RandomUniformLike(x)")),
                unpackable(
                        "mixes tokens with what lies beside them",
                        "[b,6,s]",
                        behindDims(
                                shape("six", 6),
                                node("to = Concat(u0, six, u1)", number("axis", 0)),
                                node("y = Reshape(x, to)"))),
                unpackable(
                        "of a batch does not begin with the batch",
                        "[1,?,6]",
                        table(),
                        shape("one", 1),
                        shape("tsh", 1, 8, 6),
                        node("t = Reshape(table, tsh)"),
                        shape("zero", 0),
                        node("d = Shape(x)"),
                        node("n = Gather(d, one)"),
                        node("y = Slice(t, zero, n, one)")),
                unpackable("output 'y'", "[6,b,s]", node("y = Transpose(x)", numbers("perm", 2L, 0L, 1L))));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("packable")
    void packedTextsGetWhatTheyGetAlone(String what, GraphProto graph) {
        try (Arena arena = Arena.ofConfined();
                SlabPool pool = new SlabPool(1 << 20);
                LoadedModel alone = ModelSketch.load(graph, LoadOptions.DEFAULT, pool);
                LoadedModel packed = ModelSketch.load(graph, LoadOptions.PACKED, pool)) {
            assertThat(packed.packing()).as(what).isInstanceOf(TextPacking.Packed.class);
            int tokens = Arrays.stream(LENGTHS).sum();
            Tensor all = random(arena, tokens);
            try (RunResult together = packed.run(List.of(all, ends(arena)), Workers.single())) {
                long from = 0;
                long row = 0;
                for (int length : LENGTHS) {
                    Tensor text = Tensor.of(
                            DataType.FP32,
                            Shape.of(1, length, WIDTH),
                            all.segment().asSlice(row * WIDTH * 4, (long) length * WIDTH * 4));
                    row += length;
                    try (RunResult single = alone.run(List.of(text), Workers.single())) {
                        Tensor expected = single.outputs().getFirst();
                        assertThat(content(together.outputs().getFirst(), from, expected.byteSize()))
                                .as("%s, %d tokens", what, length)
                                .isEqualTo(content(expected, 0, expected.byteSize()));
                        from += expected.byteSize();
                    }
                }
                assertThat(from).isEqualTo(together.outputs().getFirst().byteSize());
            }
        }
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("unpackable")
    void graphsThatMixTextsSayWhy(String reason, GraphProto graph) {
        try (SlabPool pool = new SlabPool(1 << 20);
                LoadedModel model = ModelSketch.load(graph, LoadOptions.PACKED, pool)) {
            assertThat(model.packing())
                    .isInstanceOfSatisfying(
                            TextPacking.Refused.class,
                            refused -> assertThat(refused.reason()).contains(reason));
        }
    }

    private static Arguments packable(String what, String output, NodeProto... nodes) {
        return Arguments.of(what, graph("x:f[b,s,6]", "y:f" + output, sorted(nodes)));
    }

    private static Arguments unpackable(String reason, String output, NodeProto... nodes) {
        String type = nodes[nodes.length - 1].getOpType().equals("Shape") ? "i" : "f";
        return Arguments.of(reason, graph("x:f[b,s,6]", "y:" + type + output, sorted(nodes)));
    }

    /** Constants first. */
    private static NodeProto[] sorted(NodeProto... nodes) {
        List<NodeProto> all = new ArrayList<>(List.of(nodes));
        all.sort((a, b) -> Boolean.compare(
                !a.getOpType().equals("Constant"), !b.getOpType().equals("Constant")));
        return all.toArray(NodeProto[]::new);
    }

    /** A constant of INT64 of rank 1. */
    private static NodeProto shape(String name, long... values) {
        TensorProto.Builder tensor = TensorProto.newBuilder()
                .setDataType(TensorProto.DataType.INT64.getNumber())
                .addDims(values.length);
        Arrays.stream(values).forEach(tensor::addInt64Data);
        return node(
                name + " = Constant()",
                AttributeProto.newBuilder()
                        .setName("value")
                        .setType(AttributeProto.AttributeType.TENSOR)
                        .setT(tensor)
                        .build());
    }

    /**
     * Attention of two heads spelled out, over x as queries, keys and values.
     *
     * @param scoring makes scores of the products p
     */
    private static NodeProto[] attention(NodeProto... scoring) {
        List<NodeProto> nodes = new ArrayList<>(List.of(
                floats("scale", 1.7f),
                shape("h", 2),
                shape("k", 3),
                node("to = Concat(u0, u1, h, k)", number("axis", 0)),
                node("rq = Reshape(x, to)"),
                node("rk = Reshape(x, to)"),
                node("rv = Reshape(x, to)"),
                node("q = Transpose(rq)", numbers("perm", 0L, 2L, 1L, 3L)),
                node("kt = Transpose(rk)", numbers("perm", 0L, 2L, 3L, 1L)),
                node("v = Transpose(rv)", numbers("perm", 0L, 2L, 1L, 3L)),
                node("p = MatMul(q, kt)")));
        nodes.addAll(List.of(scoring));
        nodes.addAll(List.of(
                node("weights = Softmax(scores)", number("axis", 3)),
                node("mixed = MatMul(weights, v)"),
                node("tokens = Transpose(mixed)", numbers("perm", 0L, 2L, 1L, 3L)),
                shape("six", 6),
                node("back = Concat(u0, u1, six)", number("axis", 0)),
                node("y = Reshape(tokens, back)")));
        return behindDims(nodes.toArray(NodeProto[]::new));
    }

    /** Nodes that read u0 and u1, of rank 1: how many texts x has and how many tokens each. */
    private static NodeProto[] behindDims(NodeProto... nodes) {
        List<NodeProto> all = new ArrayList<>(List.of(
                node("d = Shape(x)"),
                longs("i0", 0),
                longs("i1", 1),
                node("n0 = Gather(d, i0)"),
                node("n1 = Gather(d, i1)"),
                shape("z", 0),
                node("u0 = Unsqueeze(n0, z)"),
                node("u1 = Unsqueeze(n1, z)")));
        all.addAll(List.of(nodes));
        return all.toArray(NodeProto[]::new);
    }

    private static NodeProto weights() {
        return randomFloats("ws", 18);
    }

    private static NodeProto table() {
        return randomFloats("table", 48);
    }

    private static NodeProto randomFloats(String name, int count) {
        float[] values = new float[count];
        for (int i = 0; i < count; i++) {
            values[i] = RANDOM.nextFloat(-1, 1);
        }
        return floats(name, values);
    }

    private static Tensor random(Arena arena, int tokens) {
        MemorySegment segment = arena.allocate(4L * tokens * WIDTH, 64);
        for (int i = 0; i < tokens * WIDTH; i++) {
            segment.setAtIndex(ValueLayout.JAVA_FLOAT, i, RANDOM.nextFloat(-2, 2));
        }
        return Tensor.of(DataType.FP32, Shape.of(1, tokens, WIDTH), segment);
    }

    private static Tensor ends(Arena arena) {
        MemorySegment segment = arena.allocate(8L * LENGTHS.length, 64);
        long end = 0;
        for (int i = 0; i < LENGTHS.length; i++) {
            end += LENGTHS[i];
            segment.setAtIndex(ValueLayout.JAVA_LONG, i, end);
        }
        return Tensor.of(DataType.INT64, Shape.of(LENGTHS.length), segment);
    }

    private static float[] content(Tensor tensor, long from, long bytes) {
        return tensor.segment().asSlice(from, bytes).toArray(ValueLayout.JAVA_FLOAT);
    }
}
