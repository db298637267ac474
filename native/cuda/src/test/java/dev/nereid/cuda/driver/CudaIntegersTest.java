package dev.nereid.cuda.driver;

import static org.assertj.core.api.Assertions.assertThat;

import dev.nereid.cuda.device.BroadcastStrides;
import dev.nereid.kernels.elementwise.BinaryOp;
import dev.nereid.kernels.elementwise.CastRule;
import dev.nereid.kernels.elementwise.CompareOp;
import dev.nereid.kernels.elementwise.ElementwiseKernels;
import dev.nereid.kernels.elementwise.UnaryOp;
import dev.nereid.kernels.scalar.ScalarElementwise;
import dev.nereid.tensor.DataType;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The elementwise CUDA kernels of integers and truth values beside the scalar ones, on an emulated GPU: the same bits. */
@Tag("cuda")
class CudaIntegersTest {
    private static final ElementwiseKernels ORACLE = new ScalarElementwise();
    private static final Set<DataType> INTEGERS = EnumSet.of(DataType.INT32, DataType.INT64);
    private static final Set<BinaryOp> LOGICAL =
            EnumSet.of(BinaryOp.BITWISE_AND, BinaryOp.BITWISE_OR, BinaryOp.BITWISE_XOR);
    private static final Set<UnaryOp> UNARY =
            EnumSet.of(UnaryOp.ABS, UnaryOp.NEG, UnaryOp.SIGN, UnaryOp.RELU, UnaryOp.BITWISE_NOT);
    private static final List<DataType> CASTS =
            List.of(DataType.BOOL, DataType.UINT8, DataType.INT8, DataType.INT32, DataType.INT64, DataType.FP32);

    /** Those are a matter of real numbers, or of unsigned integers. */
    private static final Set<BinaryOp> WITHOUT_KERNEL =
            EnumSet.of(BinaryOp.POW, BinaryOp.PRELU, BinaryOp.SHIFT_LEFT, BinaryOp.SHIFT_RIGHT);

    @AutoClose
    private static DeviceRig rig;

    @BeforeAll
    static void open() {
        rig = DeviceRig.open("elementwise CUDA kernels of integers");
    }

    record Function(BinaryOp op, DataType type) {}

    static Stream<Function> functions() {
        Stream<Function> integers = Arrays.stream(BinaryOp.values())
                .filter(op -> !WITHOUT_KERNEL.contains(op))
                .flatMap(op -> INTEGERS.stream().map(type -> new Function(op, type)));
        return Stream.concat(integers, LOGICAL.stream().map(op -> new Function(op, DataType.BOOL)));
    }

    /** Small numbers and the borders of the type, so that many are equal, zero, or overflow. */
    private static MemorySegment operand(DataType type, int size, long seed) {
        Random random = new Random(seed);
        MemorySegment memory = rig.memory((long) size * type.bytes());
        float[] floats = {Float.NaN, 1e30f, -1e30f, 3e9f, -3e9f, 0.9f, -1.9f, 300f, -200f, Float.NEGATIVE_INFINITY, -0f
        };
        for (int i = 0; i < size; i++) {
            long border = random.nextBoolean() ? Long.MIN_VALUE : Long.MAX_VALUE;
            long number = random.nextInt(4) == 0 ? border : random.nextInt(9) - 4;
            switch (type) {
                case BOOL -> memory.set(ValueLayout.JAVA_BYTE, i, (byte) random.nextInt(2));
                case FP32 -> memory.setAtIndex(ValueLayout.JAVA_FLOAT, i, floats[random.nextInt(floats.length)]);
                case INT32 ->
                    memory.setAtIndex(
                            ValueLayout.JAVA_INT, i, Math.clamp(number, Integer.MIN_VALUE, Integer.MAX_VALUE));
                case INT64 -> memory.setAtIndex(ValueLayout.JAVA_LONG, i, number);
                default -> memory.set(ValueLayout.JAVA_BYTE, i, (byte) random.nextInt(256));
            }
        }
        return memory;
    }

    private static void assertSame(MemorySegment actual, MemorySegment expected, Object what) {
        assertThat(actual.toArray(ValueLayout.JAVA_BYTE))
                .as("%s", what)
                .isEqualTo(expected.toArray(ValueLayout.JAVA_BYTE));
    }

    @ParameterizedTest
    @MethodSource("functions")
    void computesFunctionsOfTwoOperands(Function function) {
        DataType type = function.type();
        assertThat(CudaCapabilities.INSTANCE.has(function.op(), type)).isTrue();
        for (int size : DeviceRig.SIZES) {
            MemorySegment x = operand(type, size, 1);
            MemorySegment y = operand(type, size, 2);
            MemorySegment expected = rig.memory((long) size * type.bytes());
            ORACLE.binary(function.op(), type).both(x, 0, y, 0, expected, 0, size);
            long[] dims = {size};
            BroadcastStrides dense =
                    BroadcastStrides.of(dims, List.of(BroadcastStrides.dense(dims), BroadcastStrides.dense(dims)));
            MemorySegment actual = rig.run(
                    expected.byteSize(),
                    List.of(x, y),
                    (kernels, in, out) -> kernels.elementwise().binary(function.op(), type, in[0], in[1], out, dense));
            assertSame(actual, expected, function + " of " + size);
        }
    }

    @ParameterizedTest
    @MethodSource("functions")
    void repeatsOperandsAlongAxes(Function function) {
        DataType type = function.type();
        long[] dims = {5, 67};
        long[][] strides = {{1, 0}, {0, 1}};
        MemorySegment x = operand(type, 5, 3);
        MemorySegment y = operand(type, 67, 4);
        long bytes = type.bytes();
        MemorySegment expected = rig.memory(335 * bytes);
        for (int i = 0; i < 335; i++) {
            ORACLE.binary(function.op(), type).both(x, i / 67 * bytes, y, i % 67 * bytes, expected, i * bytes, 1);
        }
        MemorySegment actual = rig.run(
                expected.byteSize(),
                List.of(x, y),
                (kernels, in, out) -> kernels.elementwise()
                        .binary(
                                function.op(),
                                type,
                                in[0],
                                in[1],
                                out,
                                BroadcastStrides.of(dims, List.of(strides[0], strides[1]))));
        assertSame(actual, expected, function);
    }

    @Test
    void compares() {
        for (DataType type : INTEGERS) {
            for (CompareOp op : CompareOp.values()) {
                assertThat(CudaCapabilities.INSTANCE.has(op, type)).isTrue();
                compare(op, type);
            }
        }
        compare(CompareOp.EQUAL, DataType.BOOL);
    }

    private static void compare(CompareOp op, DataType type) {
        for (int size : DeviceRig.SIZES) {
            MemorySegment x = operand(type, size, 5);
            MemorySegment y = operand(type, size, 6);
            MemorySegment expected = rig.memory(size);
            ORACLE.compare(op, type).both(x, 0, y, 0, expected, 0, size);
            long[] dims = {size};
            BroadcastStrides dense =
                    BroadcastStrides.of(dims, List.of(BroadcastStrides.dense(dims), BroadcastStrides.dense(dims)));
            MemorySegment actual = rig.run(
                    size,
                    List.of(x, y),
                    (kernels, in, out) -> kernels.elementwise().compare(op, type, in[0], in[1], out, dense));
            assertSame(actual, expected, op + " of " + type);
        }
    }

    @Test
    void computesFunctionsOfOneOperand() {
        for (DataType type : INTEGERS) {
            UNARY.forEach(op -> unary(op, type));
        }
        unary(UnaryOp.NOT, DataType.BOOL);
    }

    private static void unary(UnaryOp op, DataType type) {
        assertThat(CudaCapabilities.INSTANCE.has(op, type)).isTrue();
        for (int size : DeviceRig.SIZES) {
            MemorySegment x = operand(type, size, 7);
            MemorySegment expected = rig.memory(x.byteSize());
            ORACLE.unary(op, type).run(x, 0, expected, 0, size, 0, 0);
            MemorySegment actual = rig.run(
                    x.byteSize(),
                    List.of(x),
                    (kernels, in, out) -> kernels.elementwise().unary(op, type, in[0], out, size));
            assertSame(actual, expected, op + " of " + type);
        }
    }

    @Test
    void castsAllToAll() {
        for (DataType from : CASTS) {
            for (DataType to : CASTS) {
                if (from == to) {
                    continue;
                }
                assertThat(CudaCapabilities.INSTANCE.hasCast(from, to)).isTrue();
                for (int size : DeviceRig.SIZES) {
                    MemorySegment x = operand(from, size, 8);
                    MemorySegment expected = rig.memory((long) size * to.bytes());
                    ORACLE.cast(from, to, CastRule.DEFAULT).run(x, 0, expected, 0, size);
                    MemorySegment actual = rig.run(
                            expected.byteSize(),
                            List.of(x),
                            (kernels, in, out) -> kernels.elementwise().cast(from, to, in[0], out, size));
                    assertSame(actual, expected, from + " to " + to);
                }
            }
        }
    }
}
