package dev.nereid.cuda.driver;

import static org.assertj.core.api.Assertions.assertThat;

import dev.nereid.cuda.device.BroadcastStrides;
import dev.nereid.kernels.elementwise.BinaryOp;
import dev.nereid.kernels.elementwise.CompareOp;
import dev.nereid.kernels.elementwise.ElementwiseKernels;
import dev.nereid.kernels.elementwise.UnaryOp;
import dev.nereid.kernels.scalar.ScalarElementwise;
import dev.nereid.tensor.DataType;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The elementwise CUDA kernels beside the scalar ones, on an emulated GPU. */
@Tag("cuda")
class CudaElementwiseTest {
    private static final ElementwiseKernels ORACLE = new ScalarElementwise();
    private static final float ALPHA = 0.75f;
    private static final float BETA = 1.25f;
    private static final float[] SPECIAL = {
        0f,
        -0f,
        1f,
        -1f,
        Float.NaN,
        Float.POSITIVE_INFINITY,
        Float.NEGATIVE_INFINITY,
        0.5f,
        -0.5f,
        2.5f,
        -2.5f,
        1e-30f,
        88f,
        -88f
    };

    @AutoClose
    private static DeviceRig rig;

    @BeforeAll
    static void open() {
        rig = DeviceRig.open("elementwise CUDA kernels");
    }

    static Stream<UnaryOp> unaryOps() {
        return Arrays.stream(UnaryOp.values()).filter(CudaCapabilities.INSTANCE::has);
    }

    static Stream<BinaryOp> binaryOps() {
        return Arrays.stream(BinaryOp.values()).filter(op -> CudaCapabilities.INSTANCE.has(op, DataType.FP32));
    }

    @Test
    void everyFunctionOfRealNumbersHasAKernel() {
        assertThat(Arrays.stream(UnaryOp.values()).filter(op -> op.takes(DataType.FP32)))
                .allMatch(CudaCapabilities.INSTANCE::has);
        assertThat(Arrays.stream(BinaryOp.values()).filter(op -> op.takes(DataType.FP32)))
                .allMatch(op -> CudaCapabilities.INSTANCE.has(op, DataType.FP32));
        assertThat(CompareOp.values()).allMatch(op -> CudaCapabilities.INSTANCE.has(op, DataType.FP32));
    }

    @ParameterizedTest
    @MethodSource("unaryOps")
    void computesFunctionsOfOneOperand(UnaryOp op) {
        for (int size : DeviceRig.SIZES) {
            MemorySegment x = operand(size, 1);
            MemorySegment expected = rig.memory(4L * size);
            ORACLE.unary(op, DataType.FP32).run(x, 0, expected, 0, size, ALPHA, BETA);
            MemorySegment actual = rig.run(
                    4L * size,
                    List.of(x),
                    (kernels, in, out) -> kernels.elementwise().unary(op, in[0], out, size, ALPHA, BETA));
            DeviceRig.assertClose(actual, expected, 4e-6f, 4e-6f, op + " of " + size);
        }
    }

    @ParameterizedTest
    @MethodSource("binaryOps")
    void computesFunctionsOfTwoOperands(BinaryOp op) {
        for (int size : DeviceRig.SIZES) {
            MemorySegment x = operand(size, 1);
            MemorySegment y = operand(size, 2);
            MemorySegment expected = rig.memory(4L * size);
            ORACLE.binary(op, DataType.FP32).both(x, 0, y, 0, expected, 0, size);
            long[] dims = {size};
            BroadcastStrides dense =
                    BroadcastStrides.of(dims, List.of(BroadcastStrides.dense(dims), BroadcastStrides.dense(dims)));
            MemorySegment actual = rig.run(
                    4L * size,
                    List.of(x, y),
                    (kernels, in, out) -> kernels.elementwise().binary(op, DataType.FP32, in[0], in[1], out, dense));
            DeviceRig.assertClose(actual, expected, 4e-6f, 4e-6f, op + " of " + size);
        }
    }

    @ParameterizedTest
    @MethodSource("binaryOps")
    void repeatsOperandsAlongAxes(BinaryOp op) {
        long[][][] shapes = {
            {{3, 1, 5}, {1, 7, 1}},
            {{4, 5}, {5}},
            {{1}, {2, 3, 4}},
            {{6, 1}, {6, 33}},
            {{2, 1, 3, 1, 2, 1}, {1, 3, 1, 2, 1, 3}}
        };
        for (long[][] shape : shapes) {
            long[] result = broadcast(shape[0], shape[1]);
            MemorySegment x = operand((int) product(shape[0]), 3);
            MemorySegment y = operand((int) product(shape[1]), 4);
            long[] xStrides = BroadcastStrides.broadcast(shape[0], result);
            long[] yStrides = BroadcastStrides.broadcast(shape[1], result);
            int size = (int) product(result);
            MemorySegment expected = rig.memory(4L * size);
            for (int i = 0; i < size; i++) {
                ORACLE.binary(op, DataType.FP32)
                        .both(x, 4 * at(i, result, xStrides), y, 4 * at(i, result, yStrides), expected, 4L * i, 1);
            }
            BroadcastStrides strides = BroadcastStrides.of(result, List.of(xStrides, yStrides));
            MemorySegment actual = rig.run(
                    4L * size,
                    List.of(x, y),
                    (kernels, in, out) -> kernels.elementwise().binary(op, DataType.FP32, in[0], in[1], out, strides));
            DeviceRig.assertClose(actual, expected, 4e-6f, 4e-6f, op + " of " + Arrays.deepToString(shape));
        }
    }

    @Test
    void comparesAndChooses() {
        int size = 1021;
        MemorySegment x = operand(size, 5);
        MemorySegment y = operand(size, 6);
        long[] dims = {size};
        long[] dense = BroadcastStrides.dense(dims);
        for (CompareOp op : CompareOp.values()) {
            MemorySegment expected = rig.memory(size);
            ORACLE.compare(op, DataType.FP32).both(x, 0, y, 0, expected, 0, size);
            MemorySegment actual = rig.run(
                    size,
                    List.of(x, y),
                    (kernels, in, out) -> kernels.elementwise()
                            .compare(
                                    op,
                                    DataType.FP32,
                                    in[0],
                                    in[1],
                                    out,
                                    BroadcastStrides.of(dims, List.of(dense, dense))));
            assertThat(actual.toArray(ValueLayout.JAVA_BYTE)).isEqualTo(expected.toArray(ValueLayout.JAVA_BYTE));
            BroadcastStrides choice = BroadcastStrides.of(dims, List.of(dense, dense, new long[] {0}));
            float[] chosen = DeviceRig.toFloats(rig.run(
                    4L * size,
                    List.of(expected, x, y),
                    (kernels, in, out) -> kernels.elementwise().where(4, in[0], in[1], in[2], out, choice)));
            float otherwise = y.get(ValueLayout.JAVA_FLOAT, 0);
            for (int i = 0; i < size; i++) {
                boolean holds = expected.get(ValueLayout.JAVA_BYTE, i) != 0;
                assertThat(chosen[i]).isEqualTo(holds ? x.getAtIndex(ValueLayout.JAVA_FLOAT, i) : otherwise);
            }
        }
    }

    /** Special numbers first, then random ones. */
    private static MemorySegment operand(int size, long seed) {
        MemorySegment memory = rig.random(new Random(seed), size);
        for (int i = 0; i < Math.min(size, SPECIAL.length); i++) {
            memory.setAtIndex(ValueLayout.JAVA_FLOAT, i, SPECIAL[(int) ((i * seed + seed) % SPECIAL.length)]);
        }
        return memory;
    }

    private static long at(int i, long[] dims, long[] strides) {
        long at = 0;
        long rest = i;
        for (int axis = dims.length - 1; axis >= 0; axis--) {
            at += rest % dims[axis] * strides[axis];
            rest /= dims[axis];
        }
        return at;
    }

    private static long[] broadcast(long[] x, long[] y) {
        long[] result = new long[Math.max(x.length, y.length)];
        for (int axis = 1; axis <= result.length; axis++) {
            long left = axis <= x.length ? x[x.length - axis] : 1;
            long right = axis <= y.length ? y[y.length - axis] : 1;
            result[result.length - axis] = Math.max(left, right);
        }
        return result;
    }

    private static long product(long[] dims) {
        return Arrays.stream(dims).reduce(1, (a, b) -> a * b);
    }
}
