package dev.nereid.models.operators.quantized;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.nereid.kernels.KernelSet;
import dev.nereid.kernels.VectorKernels;
import dev.nereid.kernels.cpu.Cpu;
import dev.nereid.models.ModelFormatException;
import dev.nereid.models.graph.Attributes;
import dev.nereid.models.graph.Attributes.Attribute;
import dev.nereid.models.graph.Graph;
import dev.nereid.tensor.DataType;
import dev.nereid.tensor.Shape;
import dev.nereid.tensor.Tensor;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;

/** What ONNX's own tests of these operators do not try: groups, batches, zero points and scales of every shape. */
class IntegerOperatorsTest {
    private static final List<KernelSet> KERNELS =
            List.of(KernelSet.scalar(), new VectorKernels(Cpu.detect()).over(KernelSet.scalar()));

    @AutoClose
    private final GraphSketch sketch = new GraphSketch();

    private final SplittableRandom random = new SplittableRandom(42);

    @Test
    void multipliesABatchWithAZeroPointForEachRowAndColumn() {
        int[] a = random(2 * 3 * 5, 0, 256);
        int[] b = random(5 * 4, -128, 128);
        int[] aZero = {3, 0, 255};
        int[] bZero = {-1, 0, 7, -128};
        sketch.input("a", sketch.bytes(DataType.UINT8, Shape.of(2, 3, 5), a))
                .constant("b", sketch.bytes(DataType.INT8, Shape.of(5, 4), b))
                .constant("aZero", sketch.bytes(DataType.UINT8, Shape.of(3), aZero))
                .constant("bZero", sketch.bytes(DataType.INT8, Shape.of(4), bZero))
                .node("MatMulInteger", 10, List.of("a", "b", "aZero", "bZero"), "y");
        int[] expected = new int[2 * 3 * 4];
        for (int i = 0; i < expected.length; i++) {
            for (int k = 0; k < 5; k++) {
                expected[i] += (a[i / 4 * 5 + k] - aZero[i / 4 % 3]) * (b[k * 4 + i % 4] - bZero[i % 4]);
            }
        }
        for (KernelSet kernels : KERNELS) {
            Tensor y = sketch.run(sketch.graph("y"), kernels).getFirst();
            assertThat(y.shape()).isEqualTo(Shape.of(2, 3, 4));
            assertThat(ints(y)).containsExactly(expected);
        }
    }

    @Test
    void multipliesWithABatchOfVariableMatrices() {
        int[] a = random(3 * 6, -128, 128);
        int[] b = random(2 * 6 * 2, 0, 256);
        sketch.input("a", sketch.bytes(DataType.INT8, Shape.of(3, 6), a))
                .input("b", sketch.bytes(DataType.UINT8, Shape.of(2, 6, 2), b))
                .input("bZero", sketch.bytes(DataType.UINT8, Shape.of(2, 1, 2), 1, 2, 3, 250))
                .node("MatMulInteger", 10, List.of("a", "b", "", "bZero"), "y");
        int[] zero = {1, 2, 3, 250};
        int[] expected = new int[2 * 3 * 2];
        for (int i = 0; i < expected.length; i++) {
            int matrix = i / 6;
            for (int k = 0; k < 6; k++) {
                expected[i] += a[i / 2 % 3 * 6 + k] * (b[(matrix * 6 + k) * 2 + i % 2] - zero[matrix * 2 + i % 2]);
            }
        }
        for (KernelSet kernels : KERNELS) {
            assertThat(ints(sketch.run(sketch.graph("y"), kernels).getFirst())).containsExactly(expected);
        }
    }

    @Test
    void rejectsOperandsThatAreNotBytes() {
        Graph graph = sketch.input("a", sketch.floats(Shape.of(1, 1), 1f))
                .input("b", sketch.bytes(DataType.UINT8, Shape.of(1, 1), 1))
                .node("MatMulInteger", 10, List.of("a", "b"), "y")
                .graph("y");
        assertThatThrownBy(() -> sketch.run(graph, KernelSet.scalar()))
                .isInstanceOf(ModelFormatException.class)
                .hasMessageContaining("input 0: expected one of [UINT8, INT8], got FP32");
    }

    @Test
    void convolvesGroupsWithPaddingStrideAndDilation() {
        Convolution convolution = new Convolution();
        sketch.input("x", sketch.bytes(DataType.UINT8, Shape.of(2, 4, 7, 6), convolution.x))
                .constant("w", sketch.bytes(DataType.INT8, Shape.of(6, 2, 3, 2), convolution.w))
                .constant("xZero", sketch.bytes(DataType.UINT8, Shape.SCALAR, Convolution.X_ZERO))
                .constant("wZero", sketch.bytes(DataType.INT8, Shape.of(6), convolution.wZero))
                .node("ConvInteger", 10, List.of("x", "w", "xZero", "wZero"), List.of("y"), Convolution.ATTRIBUTES);
        for (KernelSet kernels : KERNELS) {
            Tensor y = sketch.run(sketch.graph("y"), kernels).getFirst();
            assertThat(y.shape()).isEqualTo(Shape.of(2, 6, 3, 7));
            assertThat(ints(y)).containsExactly(convolution.sums());
        }
    }

    @Test
    void quantizesAConvolutionWithAScaleForEachFilterAndABias() {
        Convolution convolution = new Convolution();
        float[] wScale = {0.01f, 0.02f, 0.005f, 0.03f, 0.04f, 0.001f};
        int[] bias = {0, 100, -100, 2000, -2000, 5};
        sketch.input("x", sketch.bytes(DataType.UINT8, Shape.of(2, 4, 7, 6), convolution.x))
                .input("w", sketch.bytes(DataType.INT8, Shape.of(6, 2, 3, 2), convolution.w))
                .constant("xZero", sketch.bytes(DataType.UINT8, Shape.SCALAR, Convolution.X_ZERO))
                .constant("wZero", sketch.bytes(DataType.INT8, Shape.of(6), convolution.wZero))
                .constant("xScale", sketch.floats(Shape.SCALAR, 0.5f))
                .constant("wScale", sketch.floats(Shape.of(6), wScale))
                .constant("yScale", sketch.floats(Shape.SCALAR, 4f))
                .constant("yZero", sketch.bytes(DataType.INT8, Shape.SCALAR, -9))
                .constant("bias", sketch.ints(Shape.of(6), bias))
                .node(
                        "QLinearConv",
                        10,
                        List.of("x", "xScale", "xZero", "w", "wScale", "wZero", "yScale", "yZero", "bias"),
                        List.of("y"),
                        Convolution.ATTRIBUTES);
        int[] sums = convolution.sums();
        int[] expected = new int[sums.length];
        for (int i = 0; i < sums.length; i++) {
            int filter = i / (3 * 7) % 6;
            double scaled = Math.rint((sums[i] + bias[filter]) * (0.5f * wScale[filter] / 4f));
            expected[i] = (int) Math.clamp(scaled - 9, -128, 127);
        }
        assertThat(expected).contains(-128, 127);
        for (KernelSet kernels : KERNELS) {
            Tensor y = sketch.run(sketch.graph("y"), kernels).getFirst();
            assertThat(IntStream.range(0, expected.length).map(i -> y.segment().get(ValueLayout.JAVA_BYTE, i)))
                    .containsExactly(Arrays.stream(expected).boxed().toArray(Integer[]::new));
        }
    }

    @Test
    void keepsTheOutputSizeWithSamePadding() {
        int[] x = random(5, 0, 256);
        sketch.input("x", sketch.bytes(DataType.UINT8, Shape.of(1, 1, 5), x))
                .constant("w", sketch.bytes(DataType.UINT8, Shape.of(1, 1, 2), 1, 1))
                .node(
                        "ConvInteger",
                        10,
                        List.of("x", "w"),
                        List.of("y"),
                        new Attributes(Map.of("auto_pad", new Attribute.Text("SAME_LOWER"))));
        Tensor y = sketch.run(sketch.graph("y"), KernelSet.scalar()).getFirst();
        assertThat(ints(y)).containsExactly(x[0], x[0] + x[1], x[1] + x[2], x[2] + x[3], x[3] + x[4]);
    }

    @Test
    void multipliesQuantizedOperandsWithAScaleForEachRowAndColumn() {
        int[] a = random(2 * 3, 0, 256);
        int[] b = random(3 * 2, 0, 256);
        float[] aScale = {0.1f, 0.2f};
        float[] bScale = {0.3f, 0.05f};
        sketch.input("a", sketch.bytes(DataType.UINT8, Shape.of(2, 3), a))
                .input("aScale", sketch.floats(Shape.of(2), aScale))
                .input("aZero", sketch.bytes(DataType.UINT8, Shape.of(2), 128, 100))
                .constant("b", sketch.bytes(DataType.UINT8, Shape.of(3, 2), b))
                .constant("bScale", sketch.floats(Shape.of(2), bScale))
                .constant("bZero", sketch.bytes(DataType.UINT8, Shape.of(2), 127, 0))
                .constant("yScale", sketch.floats(Shape.SCALAR, 5f))
                .constant("yZero", sketch.bytes(DataType.UINT8, Shape.SCALAR, 120))
                .node(
                        "QLinearMatMul",
                        10,
                        List.of("a", "aScale", "aZero", "b", "bScale", "bZero", "yScale", "yZero"),
                        "y");
        int[] aZero = {128, 100};
        int[] bZero = {127, 0};
        for (KernelSet kernels : KERNELS) {
            Tensor y = sketch.run(sketch.graph("y"), kernels).getFirst();
            for (int i = 0; i < 4; i++) {
                int sum = 0;
                for (int k = 0; k < 3; k++) {
                    sum += (a[i / 2 * 3 + k] - aZero[i / 2]) * (b[k * 2 + i % 2] - bZero[i % 2]);
                }
                double scaled = Math.rint(sum * (aScale[i / 2] * bScale[i % 2] / 5f)) + 120;
                int actual = Byte.toUnsignedInt(y.segment().get(ValueLayout.JAVA_BYTE, i));
                assertThat(actual).isEqualTo((int) Math.clamp(scaled, 0, 255));
            }
        }
    }

    /** A convolution of x: [2, 4, 7, 6] with w: [6, 2, 3, 2] in two groups, straight from the definition. */
    private final class Convolution {
        static final int X_ZERO = 13;
        static final Attributes ATTRIBUTES = new Attributes(Map.of(
                "group", new Attribute.Int(2),
                "strides", GraphSketch.integers(2, 1),
                "dilations", GraphSketch.integers(2, 1),
                "pads", GraphSketch.integers(1, 0, 1, 2)));

        final int[] x = random(2 * 4 * 7 * 6, 0, 256);
        final int[] w = random(6 * 2 * 3 * 2, -128, 128);
        final int[] wZero = {0, -3, 5, 127, -128, 1};

        int[] sums() {
            int[] sums = new int[2 * 6 * 3 * 7];
            for (int i = 0; i < sums.length; i++) {
                int column = i % 7;
                int row = i / 7 % 3;
                int filter = i / 21 % 6;
                int item = i / 126;
                for (int channel = 0; channel < 2; channel++) {
                    for (int ky = 0; ky < 3; ky++) {
                        for (int kx = 0; kx < 2; kx++) {
                            int weight = w[((filter * 2 + channel) * 3 + ky) * 2 + kx] - wZero[filter];
                            int in = item * 4 + filter / 3 * 2 + channel;
                            sums[i] += weight * (pixel(in, row * 2 - 1 + ky * 2, column + kx) - X_ZERO);
                        }
                    }
                }
            }
            return sums;
        }

        private int pixel(int channel, int row, int column) {
            boolean inside = row >= 0 && row < 7 && column < 6;
            return inside ? x[(channel * 7 + row) * 6 + column] : X_ZERO;
        }
    }

    private int[] random(int length, int from, int to) {
        return random.ints(length, from, to).toArray();
    }

    private static int[] ints(Tensor tensor) {
        return IntStream.range(0, (int) tensor.shape().elements())
                .map(i -> tensor.segment().get(ValueLayout.JAVA_INT_UNALIGNED, 4L * i))
                .toArray();
    }
}
