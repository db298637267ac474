package dev.nereid.kernels.elementwise;

import static org.assertj.core.api.Assertions.assertThat;

import dev.nereid.kernels.KernelTest;
import dev.nereid.kernels.scalar.ScalarElementwise;
import dev.nereid.tensor.DataType;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Arithmetic of integers by vectors has the bits of the plain loops, whatever the size and the sign. */
class IntegerVectorsTest extends KernelTest {
    private static final int BEFORE = 3;

    private final ElementwiseKernels scalar = new ScalarElementwise();
    private final ElementwiseKernels vector = new VectorElementwise(scalar);

    static Stream<Arguments> binaries() {
        return Stream.of(DataType.values())
                .flatMap(type -> Stream.of(BinaryOp.values())
                        .filter(op -> IntegerLanes.of(op, type).isPresent())
                        .map(op -> Arguments.of(op, type)));
    }

    static Stream<Arguments> unaries() {
        return Stream.of(DataType.values())
                .flatMap(type -> Stream.of(UnaryOp.values())
                        .filter(op -> IntegerLanes.of(op, type).isPresent())
                        .map(op -> Arguments.of(op, type)));
    }

    @ParameterizedTest
    @MethodSource("binaries")
    void everyFormOfTwoOperandsAgreesWithTheOracle(BinaryOp op, DataType type) {
        BinaryKernel theirs = scalar.binary(op, type);
        BinaryKernel ours = vector.binary(op, type);
        for (int length : LENGTHS) {
            MemorySegment x = integers(1, type, Math.max(1, length));
            MemorySegment y = integers(2, type, Math.max(1, length));
            MemorySegment expected = allocate(x.byteSize());
            MemorySegment actual = allocate(x.byteSize());
            warmUp(() -> ours.both(x, BEFORE, y, BEFORE, actual, BEFORE, length));
            ours.both(x, BEFORE, y, BEFORE, actual, BEFORE, length);
            theirs.both(x, BEFORE, y, BEFORE, expected, BEFORE, length);
            assertSame(actual, expected, type, length);
            warmUp(() -> ours.leftScalar(x, BEFORE, y, BEFORE, actual, BEFORE, length));
            ours.leftScalar(x, BEFORE, y, BEFORE, actual, BEFORE, length);
            theirs.leftScalar(x, BEFORE, y, BEFORE, expected, BEFORE, length);
            assertSame(actual, expected, type, length);
            warmUp(() -> ours.rightScalar(x, BEFORE, y, BEFORE, actual, BEFORE, length));
            ours.rightScalar(x, BEFORE, y, BEFORE, actual, BEFORE, length);
            theirs.rightScalar(x, BEFORE, y, BEFORE, expected, BEFORE, length);
            assertSame(actual, expected, type, length);
        }
    }

    @ParameterizedTest
    @MethodSource("binaries")
    void theResultMayTakeThePlaceOfAnOperand(BinaryOp op, DataType type) {
        BinaryKernel theirs = scalar.binary(op, type);
        BinaryKernel ours = vector.binary(op, type);
        for (int length : LENGTHS) {
            MemorySegment one = integers(3, type, 1);
            MemorySegment x = integers(1, type, length);
            MemorySegment y = integers(2, type, length);
            MemorySegment expected = allocate(x.byteSize());
            theirs.both(x, BEFORE, y, BEFORE, expected, BEFORE, length);
            ours.both(x, BEFORE, y, BEFORE, y, BEFORE, length);
            assertSame(y, expected, type, length);
            theirs.leftScalar(one, BEFORE, x, BEFORE, expected, BEFORE, length);
            ours.leftScalar(one, BEFORE, x, BEFORE, x, BEFORE, length);
            assertSame(x, expected, type, length);
            theirs.rightScalar(x, BEFORE, one, BEFORE, expected, BEFORE, length);
            ours.rightScalar(x, BEFORE, one, BEFORE, x, BEFORE, length);
            assertSame(x, expected, type, length);
        }
    }

    @ParameterizedTest
    @MethodSource("unaries")
    void everyFunctionOfOneOperandAgreesWithTheOracle(UnaryOp op, DataType type) {
        UnaryKernel theirs = scalar.unary(op, type);
        UnaryKernel ours = vector.unary(op, type);
        for (int length : LENGTHS) {
            MemorySegment x = integers(4, type, length);
            MemorySegment expected = allocate(x.byteSize());
            MemorySegment actual = allocate(x.byteSize());
            warmUp(() -> ours.run(x, BEFORE, actual, BEFORE, length));
            ours.run(x, BEFORE, actual, BEFORE, length);
            theirs.run(x, BEFORE, expected, BEFORE, length);
            assertSame(actual, expected, type, length);
            ours.run(x, BEFORE, x, BEFORE, length);
            assertSame(x, expected, type, length);
        }
    }

    private static void assertSame(MemorySegment actual, MemorySegment expected, DataType type, int length) {
        long bytes = (long) type.bytes() * length;
        assertThat(actual.asSlice(BEFORE, bytes).toArray(ValueLayout.JAVA_BYTE))
                .isEqualTo(expected.asSlice(BEFORE, bytes).toArray(ValueLayout.JAVA_BYTE));
    }

    /** Integers of any size, among them the lowest and the highest; of narrow types and booleans what those can hold. */
    private MemorySegment integers(long seed, DataType type, int length) {
        Random random = new Random(seed + length);
        UnaryKernel narrow = scalar.cast(DataType.INT64, type, CastRule.DEFAULT);
        long[] values = new long[length];
        for (int i = 0; i < length; i++) {
            long wide = random.nextLong() >> random.nextInt(64);
            values[i] = random.nextInt(8) == 0 ? (1L << (8 * type.bytes() - 1)) - random.nextInt(2) : wide;
        }
        MemorySegment all = allocate(8L * length);
        MemorySegment.copy(values, 0, all, ValueLayout.JAVA_LONG, 0, length);
        MemorySegment segment = allocate((long) type.bytes() * length + BEFORE);
        narrow.run(all, 0, segment, BEFORE, length);
        return segment;
    }
}
