package dev.nereid.cuda.placement;

import static dev.nereid.models.operators.ModelSketch.graph;
import static dev.nereid.models.operators.ModelSketch.longs;
import static dev.nereid.models.operators.ModelSketch.microsoft;
import static dev.nereid.models.operators.ModelSketch.node;
import static dev.nereid.models.operators.ModelSketch.number;
import static dev.nereid.models.operators.ModelSketch.numbers;
import static dev.nereid.models.operators.ModelSketch.real;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.nereid.kernels.parallel.Workers;
import dev.nereid.models.LoadOptions;
import dev.nereid.models.LoadedModel;
import dev.nereid.models.device.PlacementReport;
import dev.nereid.proto.onnx.AttributeProto;
import dev.nereid.proto.onnx.GraphProto;
import dev.nereid.proto.onnx.NodeProto;
import dev.nereid.proto.onnx.TensorProto;
import dev.nereid.tensor.DataType;
import dev.nereid.tensor.Shape;
import dev.nereid.tensor.Tensor;
import java.lang.foreign.Arena;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The operators of attention, with their caches, on the GPU. */
@Tag("cuda")
class AttentionPlacementTest {
    private static final float NEAR = 0x1p-17f;

    @AutoClose
    private final OnBoth both = OnBoth.open("operators of attention on a GPU", LoadOptions.UNOPTIMIZED, 24);

    private static Tensor random(long... dims) {
        Shape shape = Shape.of(dims);
        float[] values = new float[Math.toIntExact(shape.elements())];
        Random random = new Random(values.length);
        for (int i = 0; i < values.length; i++) {
            values[i] = (float) random.nextGaussian();
        }
        return Tensor.of(DataType.FP32, shape, Arena.ofAuto().allocateFrom(ValueLayout.JAVA_FLOAT, values));
    }

    private static Tensor longTensor(Shape shape, long... values) {
        return Tensor.of(DataType.INT64, shape, Arena.ofAuto().allocateFrom(ValueLayout.JAVA_LONG, values));
    }

    /** Ones for the first tokens of each item. */
    private static Tensor lengths(long total, long... each) {
        long[] ones = new long[Math.toIntExact(total * each.length)];
        for (int i = 0; i < ones.length; i++) {
            ones[i] = i % total < each[(int) (i / total)] ? 1 : 0;
        }
        return longTensor(Shape.of(each.length, total), ones);
    }

    private void staysOnTheGpu(float near, GraphProto graph, List<List<Tensor>> runs) {
        PlacementReport report = both.checkNear(near, graph, runs);
        assertThat(report.fallenBack()).isEmpty();
        assertThat(report.regions()).isEqualTo(1);
    }

    private static AttributeProto to(TensorProto.DataType type) {
        return number("to", type.getNumber());
    }

    /** The lengths of items and their total as exporters make them of a mask. */
    private static List<NodeProto> ofMask() {
        return List.of(
                longs("along", 1),
                longs("one", 1),
                node("alongs = Unsqueeze(along, zero)"),
                node("counts = ReduceSum(mask, alongs)", number("keepdims", 0)),
                node("less = Sub(counts, one)"),
                node("lengths = Cast(less)", to(TensorProto.DataType.INT32)),
                node("shape = Shape(mask)"),
                node("most = Gather(shape, along)"),
                node("total = Cast(most)", to(TensorProto.DataType.INT32)));
    }

    private static GraphProto grouped(String inputs, String outputs, NodeProto attention) {
        List<NodeProto> nodes = new ArrayList<>();
        nodes.add(longs("nought", 0));
        nodes.add(node("zero = Unsqueeze(nought, nought)"));
        nodes.addAll(ofMask());
        nodes.add(microsoft(attention));
        return graph(inputs, outputs, nodes.toArray(NodeProto[]::new));
    }

    /** A cache that is as long as the past, and one with room. */
    @ParameterizedTest
    @CsvSource({"0,0", "1,0", "0,3"})
    void groupQueriesContinueFromTheirCaches(long neighbours, long window) {
        GraphProto graph = grouped(
                "q:f[n,t,32] k:f[n,t,16] v:f[n,t,16] pk:f[n,2,p,8] pv:f[n,2,p,8] mask:i[n,total] cos:f[64,3] sin:f[64,3]",
                "y:f ck:f cv:f",
                node(
                        "y,ck,cv = GroupQueryAttention(q, k, v, pk, pv, lengths, total, cos, sin)",
                        number("num_heads", 4),
                        number("kv_num_heads", 2),
                        number("do_rotary", 1),
                        number("rotary_interleaved", neighbours),
                        number("local_window_size", window > 0 ? window : -1)));
        Tensor cos = random(64, 3);
        Tensor sin = random(64, 3);
        staysOnTheGpu(
                NEAR,
                graph,
                List.of(
                        // The next token of two items of different lengths.
                        run(2, 1, 40, lengths(34, 34, 7), cos, sin),
                        // A prompt, the second item of which has padding.
                        run(2, 9, 40, lengths(9, 9, 5), cos, sin),
                        // A prompt without a cache.
                        run(1, 20, 0, lengths(20, 20), cos, sin),
                        // Some tokens behind a past that fills its cache.
                        run(1, 5, 33, lengths(38, 38), cos, sin)));
    }

    private static List<Tensor> run(long n, long t, long room, Tensor mask, Tensor cos, Tensor sin) {
        return List.of(
                random(n, t, 32),
                random(n, t, 16),
                random(n, t, 16),
                random(n, 2, room, 8),
                random(n, 2, room, 8),
                mask,
                cos,
                sin);
    }

    /** Weights are rounded to FP16 before they are summed up. */
    @Test
    void groupQueriesOfSixteenBitsHaveKernelsOfTheirOwn() {
        TensorProto.DataType half = TensorProto.DataType.FLOAT16;
        List<NodeProto> nodes = new ArrayList<>();
        nodes.add(longs("nought", 0));
        nodes.add(node("zero = Unsqueeze(nought, nought)"));
        nodes.addAll(ofMask());
        for (String name : List.of("x", "pk", "pv", "cos", "sin")) {
            nodes.add(node(name + "h = Cast(" + name + ")", to(half)));
        }
        nodes.add(microsoft(node(
                "yh,ckh,cvh = GroupQueryAttention(xh,,, pkh, pvh, lengths, total, cosh, sinh)",
                number("num_heads", 4),
                number("kv_num_heads", 2),
                number("do_rotary", 1))));
        for (String name : List.of("y", "ck", "cv")) {
            nodes.add(node(name + " = Cast(" + name + "h)", to(TensorProto.DataType.FLOAT)));
        }
        GraphProto graph = graph(
                "x:f[n,t,64] pk:f[n,2,p,8] pv:f[n,2,p,8] mask:i[n,total] cos:f[64,4] sin:f[64,4]",
                "y:f ck:f cv:f",
                nodes.toArray(NodeProto[]::new));
        List<Tensor> inputs = List.of(
                random(2, 1, 64),
                random(2, 2, 40, 8),
                random(2, 2, 40, 8),
                lengths(34, 34, 7),
                random(64, 4),
                random(64, 4));
        staysOnTheGpu(0x1p-9f, graph, List.of(inputs));
        // What makes lengths, casts of five inputs and three outputs, then q and k turned, two caches, and attention.
        assertThat(both.launches(graph, inputs)).isEqualTo(3 + 5 + 3 + 2 + 2 + 1);
    }

    @Test
    void aPastThatIsLongerThanItsCacheFailsTheRunAlone() {
        GraphProto graph = grouped(
                "q:f[n,t,32] k:f[n,t,16] v:f[n,t,16] pk:f[n,2,p,8] pv:f[n,2,p,8] mask:i[n,total]",
                "y:f ck:f cv:f",
                node(
                        "y,ck,cv = GroupQueryAttention(q, k, v, pk, pv, lengths, total)",
                        number("num_heads", 4),
                        number("kv_num_heads", 2)));
        try (LoadedModel model = both.onGpu(graph)) {
            List<Tensor> wrong =
                    run(1, 1, 5, lengths(9, 9), random(1), random(1)).subList(0, 6);
            assertThatThrownBy(() -> model.run(wrong, Workers.single())).hasMessageContaining("outside");
            List<Tensor> right =
                    run(1, 1, 5, lengths(6, 6), random(1), random(1)).subList(0, 6);
            model.run(right, Workers.single()).close();
        }
    }

    /** Masks, of truth values as well, that are shorter than the keys; some hide everything from a query. */
    @Test
    void attentionHidesWhatItsMaskForbids() {
        GraphProto graph = graph(
                "q:f[n,4,t,16] k:f[n,2,s,16] v:f[n,2,s,24] pk:f[n,2,p,16] pv:f[n,2,p,24] m:i[t,u] " + "count:i[n]",
                "y:f ck:f cv:f z:f",
                node("allowed = Cast(m)", to(TensorProto.DataType.BOOL)),
                node("y,ck,cv = Attention(q, k, v, allowed, pk, pv)", number("is_causal", 1)),
                node("z = Attention(q, k, v, , , , count)", number("is_causal", 1)));
        List<List<Tensor>> runs = new ArrayList<>();
        for (long[] sizes : new long[][] {{1, 5, 7, 4}, {2, 40, 70, 0}, {1, 1, 1, 90}}) {
            long n = sizes[0];
            long t = sizes[1];
            long s = sizes[2];
            long p = sizes[3];
            long u = Math.max(1, s + p - 2);
            long[] mask = new long[Math.toIntExact(t * u)];
            for (int i = 0; i < mask.length; i++) {
                mask[i] = i < u ? 0 : i % 3;
            }
            long[] counts = new long[(int) n];
            for (int item = 0; item < n; item++) {
                counts[item] = item == 0 ? s : 3;
            }
            runs.add(List.of(
                    random(n, 4, t, 16),
                    random(n, 2, s, 16),
                    random(n, 2, s, 24),
                    random(n, 2, p, 16),
                    random(n, 2, p, 24),
                    longTensor(Shape.of(t, u), mask),
                    longTensor(Shape.of(n), counts)));
        }
        staysOnTheGpu(NEAR, graph, runs);
    }

    @Test
    void attentionOfJoinedHeadsAddsItsMask() {
        GraphProto graph = graph(
                "q:f[n,t,32] k:f[n,s,16] v:f[n,s,24] m:f[n,1,1,s]",
                "y:f ck:f cv:f",
                node(
                        "y,ck,cv = Attention(q, k, v, m)",
                        number("q_num_heads", 4),
                        number("kv_num_heads", 2),
                        number("left_window_size", 10),
                        number("right_window_size", 20)));
        staysOnTheGpu(
                NEAR,
                graph,
                List.of(
                        List.of(random(2, 7, 32), random(2, 9, 16), random(2, 9, 24), random(2, 1, 1, 9)),
                        List.of(random(1, 70, 32), random(1, 70, 16), random(1, 70, 24), random(1, 1, 1, 70))));
    }

    @Test
    void tokensTurnToTheirPositions() {
        GraphProto graph = graph(
                "x:f[n,t,48] z:f[n,3,t,16] at:i[n,t] first:i[1] cos:f[50,8] sin:f[50,8] c:f[50,4] s:f[50,4]",
                "a:f b:f c1:f",
                node("a = RotaryEmbedding(x, cos, sin, at)", number("num_heads", 3)),
                node("b = RotaryEmbedding(z, c, s, at)", number("interleaved", 1), number("rotary_embedding_dim", 8)),
                microsoft(node("c1 = RotaryEmbedding(x, first, cos, sin)", number("num_heads", 3))));
        long[] positions = new long[2 * 5];
        for (int i = 0; i < positions.length; i++) {
            positions[i] = i * 7L % 50;
        }
        staysOnTheGpu(
                NEAR,
                graph,
                List.of(List.of(
                        random(2, 5, 48),
                        random(2, 3, 5, 16),
                        longTensor(Shape.of(2, 5), positions),
                        longTensor(Shape.of(1), 40),
                        random(50, 8),
                        random(50, 8),
                        random(50, 4),
                        random(50, 4))));
    }

    @Test
    void aPositionThatIsNotThereFailsTheRunAlone() {
        GraphProto graph = graph(
                "x:f[n,t,48] at:i[n,t] cos:f[50,8] sin:f[50,8]",
                "a:f",
                node("a = RotaryEmbedding(x, cos, sin, at)", number("num_heads", 3)));
        try (LoadedModel model = both.onGpu(graph)) {
            for (long position : new long[] {50, -1, 49}) {
                List<Tensor> inputs =
                        List.of(random(1, 1, 48), longTensor(Shape.of(1, 1), position), random(50, 8), random(50, 8));
                if (position == 49) {
                    model.run(inputs, Workers.single()).close();
                } else {
                    assertThatThrownBy(() -> model.run(inputs, Workers.single()))
                            .hasMessageContaining("outside");
                }
            }
        }
    }

    @Test
    void normsAddWhatComesBesideThem() {
        GraphProto graph = graph(
                "x:f[n,t,20] r:f[n,t,20] one:f[1,t,20] g:f[20] b:f[20] a:f[20]",
                "y:f s:f z:f u:f",
                microsoft(node("y,,,s = SkipLayerNormalization(x, r, g, b, a)")),
                microsoft(node("z = SkipSimplifiedLayerNormalization(s, one, g)")),
                node("u = SimplifiedLayerNormalization(z, g)"));
        staysOnTheGpu(
                NEAR,
                graph,
                List.of(List.of(
                        random(2, 3, 20), random(2, 3, 20), random(1, 3, 20), random(20), random(20), random(20))));
    }

    /** Each projection by itself with its bias, all in one, and keys as a cache has them. */
    @Test
    void projectionsOfAllLayoutsAttend() {
        GraphProto graph = graph(
                "q:f[n,t,32] k:f[n,s,32] v:f[n,s,48] b:f[112] seen:i[n,u] pk:f[n,4,p,8] pv:f[n,4,p,12] "
                        + "all:f[n,t,96] k4:f[n,4,s,8] v4:f[n,4,s,12] more:f[1,4,t,s]",
                "y:f ck:f cv:f z:f zk:f w:f",
                node("mask = Cast(seen)", to(TensorProto.DataType.INT32)),
                microsoft(node(
                        "y,ck,cv = MultiHeadAttention(q, k, v, b, mask, , pk, pv)",
                        number("num_heads", 4),
                        number("unidirectional", 1))),
                microsoft(node("z,zk = MultiHeadAttention(all)", number("num_heads", 4))),
                microsoft(node("w = MultiHeadAttention(q, k4, v4, , , more)", number("num_heads", 4))));
        List<List<Tensor>> runs = new ArrayList<>();
        for (long[] sizes : new long[][] {{2, 5, 7, 3}, {1, 66, 66, 0}}) {
            long n = sizes[0];
            long t = sizes[1];
            long s = sizes[2];
            long p = sizes[3];
            runs.add(List.of(
                    random(n, t, 32),
                    random(n, s, 32),
                    random(n, s, 48),
                    random(112),
                    n == 2 ? lengths(s + p, s + p, 4) : lengths(s + p, s + p - 1),
                    random(n, 4, p, 8),
                    random(n, 4, p, 12),
                    random(n, t, 96),
                    random(n, 4, s, 8),
                    random(n, 4, s, 12),
                    random(1, 4, t, s)));
        }
        staysOnTheGpu(NEAR, graph, runs);
    }

    @Test
    void tokensAreProjectedAndContinueFromTheirCache() {
        GraphProto graph = graph(
                "x:f[n,t,20] w:f[20,96] b:f[96] past:f[2,n,4,p,8] more:f[n,1,t,u] v:f[20,80] seen:i[n,t,t]",
                "y:f c:f z:f",
                node("mask = Cast(seen)", to(TensorProto.DataType.INT32)),
                microsoft(node(
                        "y,c = Attention(x, w, b, , past, more)", number("num_heads", 4), number("unidirectional", 1))),
                microsoft(node(
                        "z = Attention(x, v, , mask)",
                        number("num_heads", 2),
                        numbers("qkv_hidden_sizes", 32L, 32L, 16L))));
        List<List<Tensor>> runs = new ArrayList<>();
        for (long[] sizes : new long[][] {{2, 5, 3}, {1, 66, 0}}) {
            long n = sizes[0];
            long t = sizes[1];
            long p = sizes[2];
            long[] seen = new long[Math.toIntExact(n * t * t)];
            for (int i = 0; i < seen.length; i++) {
                seen[i] = i % 4;
            }
            runs.add(List.of(
                    random(n, t, 20),
                    random(20, 96),
                    random(96),
                    random(2, n, 4, p, 8),
                    random(n, 1, t, t + p),
                    random(20, 80),
                    longTensor(Shape.of(n, t, t), seen)));
        }
        staysOnTheGpu(0x1p-14f, graph, runs);
    }

    /** Scores that are bent, or asked for, and sizes that no kernel takes. */
    @Test
    void whatKernelsDoNotKnowStaysOnTheCpu() {
        GraphProto graph = graph(
                "q:f[n,4,t,16] large:f[n,1,t,136] x:f[n,t,20] g:f[20]",
                "y:f s:f z:f u:f m:f",
                node("y = Attention(q, q, q)", real("softcap", 2)),
                node("a,,,s = Attention(q, q, q)"),
                node("z = Attention(large, large, large)"),
                microsoft(node("u,m = SkipLayerNormalization(x, x, g)")));
        PlacementReport report = both.checkNear(
                NEAR, graph, List.of(List.of(random(2, 4, 5, 16), random(2, 1, 5, 136), random(2, 5, 20), random(20))));
        assertThat(report.fallenBack()).containsEntry("Attention", 3);
        assertThat(report.fallenBack()).containsEntry("com.microsoft.SkipLayerNormalization", 1);
        assertThat(report.nodes()).isZero();
    }
}
