package dev.nereid.cuda.placement;

import static dev.nereid.models.operators.ModelSketch.bool;
import static dev.nereid.models.operators.ModelSketch.floats;
import static dev.nereid.models.operators.ModelSketch.graph;
import static dev.nereid.models.operators.ModelSketch.longs;
import static dev.nereid.models.operators.ModelSketch.node;
import static dev.nereid.models.operators.ModelSketch.number;
import static org.assertj.core.api.Assertions.assertThat;

import dev.nereid.models.device.PlacementReport;
import dev.nereid.proto.onnx.AttributeProto;
import dev.nereid.proto.onnx.TensorProto;
import dev.nereid.tensor.DataType;
import dev.nereid.tensor.Shape;
import dev.nereid.tensor.Tensor;
import java.lang.foreign.Arena;
import java.lang.foreign.ValueLayout;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** The arithmetic of masks, positions and labels stays on the GPU, and gives the CPU's bits. */
@Tag("cuda")
class IntegerPlacementTest {
    @AutoClose
    private final OnBoth both = OnBoth.open("integers on a GPU");

    private static AttributeProto to(TensorProto.DataType type) {
        return number("to", type.getNumber());
    }

    private static Tensor tokens(int least, int most, long... dims) {
        Shape shape = Shape.of(dims);
        long[] values = new Random(dims[0]).longs(shape.elements(), least, most).toArray();
        return Tensor.of(DataType.INT64, shape, Arena.ofAuto().allocateFrom(ValueLayout.JAVA_LONG, values));
    }

    private static Tensor scores(int n, int t) {
        float[] values = new float[n * t * t];
        for (int i = 0; i < values.length; i++) {
            values[i] = i % 7 - 3;
        }
        return Tensor.of(DataType.FP32, Shape.of(n, t, t), Arena.ofAuto().allocateFrom(ValueLayout.JAVA_FLOAT, values));
    }

    @Test
    void keepsTheMasksOfAnExporterOnTheGpu() {
        PlacementReport report = both.check(
                graph(
                        "tokens:i[n,t] positions:i[t] scores:f[n,t,t]",
                        "y:f[n,t,t] clipped:i[n,t] pairs:i[n,t]",
                        longs("padding", 0),
                        longs("low", -2),
                        longs("high", 3),
                        longs("two", 2),
                        longs("last", 1),
                        longs("row", 0),
                        floats("off", -1e9f),
                        node("isPadding = Equal(tokens, padding)"),
                        node("isToken = Not(isPadding)"),
                        node("keys = Unsqueeze(isToken, last)"),
                        node("across = Unsqueeze(positions, row)"),
                        node("down = Unsqueeze(positions, last)"),
                        node("causal = LessOrEqual(across, down)"),
                        node("mask = And(keys, causal)"),
                        node("y = Where(mask, scores, off)"),
                        node("clipped = Clip(tokens, low, high)"),
                        node("half = Div(tokens, two)"),
                        node("rest = Mod(tokens, two)"),
                        node("most = Max(half, rest, padding)"),
                        node("small = Cast(most)", to(TensorProto.DataType.INT32)),
                        node("doubled = Add(small, small)"),
                        node("wide = Cast(doubled)", to(TensorProto.DataType.INT64)),
                        node("opposite = Neg(wide)"),
                        node("pairs = Where(isToken, opposite, tokens)")),
                List.of(
                        List.of(tokens(-3, 4, 2, 5), tokens(0, 5, 5), scores(2, 5)),
                        List.of(tokens(-3, 4, 1, 3), tokens(0, 3, 3), scores(1, 3))));
        assertThat(report.fallenBack()).isEmpty();
        assertThat(report.regions()).isEqualTo(1);
    }

    @Test
    void dividesByZeroAsTheCpuDoes() {
        PlacementReport report = both.check(
                graph(
                        "x:i[n] y:i[n]",
                        "q:i[n] r:i[n] f:i[n] odd:i[n]",
                        node("q = Div(x, y)"),
                        node("r = Mod(x, y)"),
                        node("f = Mod(x, y)", number("fmod", 1)),
                        node("b = Cast(r)", to(TensorProto.DataType.BOOL)),
                        bool("true", true),
                        node("e = Xor(b, true)"),
                        node("odd = Cast(e)", to(TensorProto.DataType.INT64))),
                List.of(List.of(tokens(-9, 10, 40), tokens(-2, 3, 40))));
        assertThat(report.fallenBack()).isEmpty();
    }

    @Test
    void makesOneHotVectorsTrianglesAndRangesOnTheGpu() {
        PlacementReport report = both.check(
                graph(
                        "tokens:i[n,t] scores:f[n,t,t]",
                        "hot:f[n,4,t] upper:f[n,t,t] lower:f[n,t,t] steps:i[7]",
                        longs("depth", 4),
                        longs("one", 1),
                        longs("start", 3),
                        longs("limit", 24),
                        longs("delta", 3),
                        floats("values", -1f, 1f),
                        node("moved = Add(tokens, one)"),
                        node("hot = OneHot(moved, depth, values)", number("axis", 1)),
                        node("positive = Relu(scores)"),
                        node("upper = Trilu(positive, one)"),
                        node("lower = Trilu(positive)", number("upper", 0)),
                        node("range = Range(start, limit, delta)"),
                        node("steps = Neg(range)")),
                List.of(List.of(tokens(-6, 6, 2, 5), scores(2, 5))));
        assertThat(report.fallenBack()).isEmpty();
    }
}
