package dev.nereid.cuda.placement;

import static dev.nereid.models.operators.ModelSketch.floats;
import static dev.nereid.models.operators.ModelSketch.graph;
import static dev.nereid.models.operators.ModelSketch.longs;
import static dev.nereid.models.operators.ModelSketch.microsoft;
import static dev.nereid.models.operators.ModelSketch.node;
import static dev.nereid.models.operators.ModelSketch.number;
import static org.assertj.core.api.Assertions.assertThat;

import dev.nereid.models.LoadOptions;
import dev.nereid.models.device.PlacementReport;
import dev.nereid.models.operators.ModelSketch;
import dev.nereid.proto.onnx.GraphProto;
import dev.nereid.proto.onnx.NodeProto;
import dev.nereid.proto.onnx.TensorProto;
import dev.nereid.tensor.DataType;
import dev.nereid.tensor.Shape;
import dev.nereid.tensor.Tensor;
import java.lang.foreign.Arena;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** A layer of a language model as generative exporters write it, with weights of four bits, is one region on the GPU. */
@Tag("cuda")
class LanguageModelPlacementTest {
    private static final int WIDTH = 32;
    private static final int BLOCK = 16;
    private static final int TOKENS = 50;

    @AutoClose
    private final OnBoth both = OnBoth.open("a language model on a GPU", LoadOptions.DEFAULT);

    private final Random random = new Random(7);

    private float[] numbers(int length) {
        float[] values = new float[length];
        for (int i = 0; i < length; i++) {
            values[i] = (float) random.nextGaussian() / 4;
        }
        return values;
    }

    private Tensor tensor(long... dims) {
        Shape shape = Shape.of(dims);
        float[] values = numbers(Math.toIntExact(shape.elements()));
        return Tensor.of(DataType.FP32, shape, Arena.ofAuto().allocateFrom(ValueLayout.JAVA_FLOAT, values));
    }

    private static Tensor integers(Shape shape, long... values) {
        return Tensor.of(DataType.INT64, shape, Arena.ofAuto().allocateFrom(ValueLayout.JAVA_LONG, values));
    }

    /** y = x times weights of four bits, [k, n]. */
    private void multiply(List<NodeProto> nodes, String y, String x, int k, int n) {
        int blocks = k / BLOCK;
        Shape packed = Shape.of(n, blocks, BLOCK / 2);
        nodes.add(integersOf(y + "_w", packed));
        nodes.add(floats(y + "_s", Shape.of(n, blocks), numbers(n * blocks)));
        nodes.add(microsoft(node(
                y + " = MatMulNBits(" + x + ", " + y + "_w, " + y + "_s)",
                number("N", n),
                number("K", k),
                number("bits", 4),
                number("block_size", BLOCK))));
    }

    private NodeProto integersOf(String name, Shape shape) {
        return ModelSketch.integers(
                name,
                TensorProto.DataType.UINT8,
                shape,
                random.ints(shape.elements(), 0, 256).toArray());
    }

    private GraphProto layer() {
        List<NodeProto> nodes = new ArrayList<>();
        nodes.add(floats("table", Shape.of(TOKENS, WIDTH), numbers(TOKENS * WIDTH)));
        nodes.add(floats("first", Shape.of(WIDTH), numbers(WIDTH)));
        nodes.add(floats("second", Shape.of(WIDTH), numbers(WIDTH)));
        nodes.add(floats("cos", Shape.of(64, 4), numbers(256)));
        nodes.add(floats("sin", Shape.of(64, 4), numbers(256)));
        nodes.add(longs("nought", 0));
        nodes.add(longs("one", 1));
        nodes.add(node("first_axis = Unsqueeze(nought, nought)"));
        nodes.add(node("tokens_axis = Unsqueeze(one, first_axis)"));
        nodes.add(node("counts = ReduceSum(mask, tokens_axis)", number("keepdims", 0)));
        nodes.add(node("less = Sub(counts, one)"));
        nodes.add(node("lengths = Cast(less)", number("to", TensorProto.DataType.INT32.getNumber())));
        nodes.add(node("shape = Shape(mask)"));
        nodes.add(node("most = Gather(shape, one)"));
        nodes.add(node("total = Cast(most)", number("to", TensorProto.DataType.INT32.getNumber())));
        nodes.add(node("x = Gather(table, ids)"));
        nodes.add(node("normed = SimplifiedLayerNormalization(x, first)"));
        multiply(nodes, "qkv", "normed", WIDTH, 64);
        nodes.add(microsoft(node(
                "mixed,ck,cv = GroupQueryAttention(qkv, , , pk, pv, lengths, total, cos, sin)",
                number("num_heads", 4),
                number("kv_num_heads", 2),
                number("do_rotary", 1))));
        multiply(nodes, "attended", "mixed", WIDTH, WIDTH);
        nodes.add(microsoft(node("inner,,,sum = SkipSimplifiedLayerNormalization(x, attended, second)")));
        multiply(nodes, "gate", "inner", WIDTH, 48);
        multiply(nodes, "up", "inner", WIDTH, 48);
        nodes.add(node("squashed = Sigmoid(gate)"));
        nodes.add(node("swish = Mul(gate, squashed)"));
        nodes.add(node("hidden = Mul(swish, up)"));
        multiply(nodes, "down", "hidden", 48, WIDTH);
        nodes.add(node("y = Add(sum, down)"));
        return graph(
                "ids:i[n,t] pk:f[n,2,p,8] pv:f[n,2,p,8] mask:i[n,total]",
                "y:f ck:f cv:f",
                nodes.toArray(NodeProto[]::new));
    }

    @Test
    void aLayerIsOneRegion() {
        long[] prompt = random.longs(2 * 9, 0, TOKENS).toArray();
        long[] seen = new long[2 * 9];
        for (int i = 0; i < seen.length; i++) {
            seen[i] = i < 14 ? 1 : 0;
        }
        long[] all = new long[20];
        Arrays.fill(all, 1);
        List<List<Tensor>> runs = List.of(
                List.of(
                        integers(Shape.of(2, 9), prompt),
                        tensor(2, 2, 30, 8),
                        tensor(2, 2, 30, 8),
                        integers(Shape.of(2, 9), seen)),
                List.of(
                        integers(Shape.of(1, 1), 7),
                        tensor(1, 2, 30, 8),
                        tensor(1, 2, 30, 8),
                        integers(Shape.of(1, 20), all)));
        PlacementReport report = both.checkNear(0x1p-12f, layer(), runs);
        assertThat(report.fallenBack()).isEmpty();
        assertThat(report.regions()).isEqualTo(1);
    }
}
