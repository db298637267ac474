package dev.nereid.kernels.scalar;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.nereid.kernels.NativeMemoryTest;
import dev.nereid.kernels.elementwise.BinaryOp;
import dev.nereid.kernels.elementwise.CastRule;
import dev.nereid.kernels.elementwise.CompareOp;
import dev.nereid.kernels.elementwise.ElementwiseKernels;
import dev.nereid.kernels.elementwise.PredicateOp;
import dev.nereid.kernels.elementwise.UnaryOp;
import dev.nereid.tensor.DataType;
import dev.nereid.tensor.SmallFloat;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** The plain loops on elements of every datatype; a kernel's three forms must agree with its row's expression. */
class ScalarElementwiseTest extends NativeMemoryTest {
    private static final List<DataType> ARITHMETIC = Arrays.stream(DataType.values())
            .filter(type -> type != DataType.STRING && type.kind() != DataType.Kind.COMPLEX)
            .toList();
    private static final double[] NUMBERS = {0, 1, -1, 2, 3, -3, 5, 7, 60, 127, -128, 255, 1e4, -1e4, 0.5, 1.75};

    private final ElementwiseKernels kernels = new ScalarElementwise();

    static Stream<Arguments> binary() {
        return Arrays.stream(BinaryOp.values())
                .flatMap(op -> ARITHMETIC.stream().filter(op::takes).map(type -> Arguments.of(op, type)));
    }

    static Stream<Arguments> unary() {
        return Arrays.stream(UnaryOp.values())
                .flatMap(op -> ARITHMETIC.stream().filter(op::takes).map(type -> Arguments.of(op, type)));
    }

    static Stream<Arguments> compare() {
        return Arrays.stream(CompareOp.values())
                .flatMap(op -> ARITHMETIC.stream().map(type -> Arguments.of(op, type)));
    }

    @ParameterizedTest
    @MethodSource("binary")
    void computesEachPairAsTheRowSays(BinaryOp op, DataType type) {
        ElementAccess elements = ElementAccess.of(type);
        MemorySegment x = numbers(type);
        MemorySegment z = allocate(16L * type.bytes());
        MemorySegment mirrored = allocate(16L * type.bytes());
        MemorySegment expected = allocate(type.bytes());
        for (int shift = 0; shift < NUMBERS.length; shift++) {
            kernels.binary(op, type).rightScalar(x, 0, x, (long) type.bytes() * shift, z, 0, NUMBERS.length);
            kernels.binary(op, type).leftScalar(x, (long) type.bytes() * shift, x, 0, mirrored, 0, NUMBERS.length);
            for (int i = 0; i < NUMBERS.length; i++) {
                apply(op, elements, x, i, shift, expected);
                assertElement(elements, z, i, expected);
                apply(op, elements, x, shift, i, expected);
                assertElement(elements, mirrored, i, expected);
            }
        }
    }

    @ParameterizedTest
    @MethodSource("unary")
    void computesEachNumberAsTheRowSays(UnaryOp op, DataType type) {
        ElementAccess elements = ElementAccess.of(type);
        MemorySegment x = numbers(type);
        MemorySegment y = allocate(16L * type.bytes());
        kernels.unary(op, type).run(x, 0, y, 0, NUMBERS.length, 0.75, 0.25);
        MemorySegment expected = allocate(type.bytes());
        for (int i = 0; i < NUMBERS.length; i++) {
            long at = (long) type.bytes() * i;
            if (elements.isInteger()) {
                long value = elements.integer().get(x, at);
                elements.setInteger()
                        .set(expected, 0, op.integer().orElseThrow().apply(value));
            } else {
                double value = elements.real().get(x, at);
                elements.setReal().set(expected, 0, op.real().orElseThrow().apply(value, 0.75, 0.25));
            }
            assertElement(elements, y, i, expected);
        }
    }

    @ParameterizedTest
    @MethodSource("compare")
    void comparesEachPairAsTheRowSays(CompareOp op, DataType type) {
        ElementAccess elements = ElementAccess.of(type);
        ElementAccess truth = ElementAccess.of(DataType.BOOL);
        MemorySegment x = numbers(type);
        MemorySegment z = allocate(16);
        for (int shift = 0; shift < NUMBERS.length; shift++) {
            kernels.compare(op, type).rightScalar(x, 0, x, (long) type.bytes() * shift, z, 0, NUMBERS.length);
            for (int i = 0; i < NUMBERS.length; i++) {
                long at = (long) type.bytes() * i;
                long other = (long) type.bytes() * shift;
                boolean expected = elements.isInteger()
                        ? op.integer(type)
                                .holds(
                                        elements.integer().get(x, at),
                                        elements.integer().get(x, other))
                        : op.real()
                                .holds(
                                        elements.real().get(x, at),
                                        elements.real().get(x, other));
                assertThat(truth.integer().get(z, i) != 0).isEqualTo(expected);
            }
        }
    }

    @ParameterizedTest
    @CsvSource({
        "ADD, INT8, 127, 1, -128",
        "ADD, UINT8, 255, 1, 0",
        "SUB, UINT16, 0, 1, 65535",
        "MUL, INT32, 65536, 65536, 0",
        "ADD, INT64, 9223372036854775807, 1, -9223372036854775808",
        "DIV, INT32, -7, 2, -3",
        "DIV, UINT64, -2, 2, 9223372036854775807",
        "DIV, INT8, -128, -1, -128",
        "DIV, INT32, 5, 0, 0",
        "MOD, INT32, -7, 3, 2",
        "MOD, INT32, 7, -3, -2",
        "MOD, UINT64, -1, 10, 5",
        "FMOD, INT32, -7, 3, -1",
        "MAX, UINT64, -1, 1, -1",
        "MAX, INT64, -1, 1, 1",
        "MIN, UINT64, -1, 1, 1",
        "POW, INT32, 3, 4, 81",
        "POW, INT32, 2, -1, 0",
        "POW, INT64, -1, -3, -1",
        "SHIFT_LEFT, UINT8, 129, 1, 2",
        "SHIFT_RIGHT, UINT32, 4294967295, 31, 1",
        "SHIFT_RIGHT, UINT64, -1, 63, 1",
        "SHIFT_LEFT, UINT64, 1, 64, 0",
        "BITWISE_XOR, BOOL, 1, 1, 0"
    })
    void computesIntegersModuloTheirRange(BinaryOp op, DataType type, long x, long y, long expected) {
        ElementAccess elements = ElementAccess.of(type);
        MemorySegment memory = allocate(24);
        elements.setInteger().set(memory, 0, x);
        elements.setInteger().set(memory, 8, y);
        kernels.binary(op, type).both(memory, 0, memory, 8, memory, 16, 1);
        assertThat(elements.integer().get(memory, 16)).isEqualTo(expected);
    }

    @ParameterizedTest
    @CsvSource({
        "FP32, INT32, -1.9, -1",
        "FP32, UINT8, 300.5, 44",
        "FP64, UINT64, 18446744073709549568, -2048",
        "INT64, INT8, 511, -1",
        "INT32, BOOL, 256, 1",
        "FP32, BOOL, 0.25, 1",
        "BOOL, INT64, 1, 1",
        "INT8, UINT32, -1, 4294967295",
        "INT32, INT4, 9, -7",
        "INT32, UINT4, 17, 1"
    })
    void castsToIntegers(DataType from, DataType to, double number, long expected) {
        MemorySegment memory = allocate(16);
        ElementAccess.of(from).setReal().set(memory, 0, number);
        kernels.cast(from, to, CastRule.DEFAULT).run(memory, 0, memory, 8, 1);
        assertThat(ElementAccess.of(to).integer().get(memory, 8)).isEqualTo(expected);
    }

    @Test
    void castsLargeIntegersToFloatsWithOneRounding() {
        MemorySegment memory = allocate(16);
        long value = (1L << 60) + (1L << 36) + 1;
        ElementAccess.of(DataType.INT64).setInteger().set(memory, 0, value);
        kernels.cast(DataType.INT64, DataType.FP32, CastRule.DEFAULT).run(memory, 0, memory, 8, 1);
        assertThat(ElementAccess.of(DataType.FP32).real().get(memory, 8)).isEqualTo((float) value);
        ElementAccess.of(DataType.INT64).setInteger().set(memory, 0, -1);
        kernels.cast(DataType.UINT64, DataType.FP64, CastRule.DEFAULT).run(memory, 0, memory, 8, 1);
        assertThat(ElementAccess.of(DataType.FP64).real().get(memory, 8)).isEqualTo(0x1p64);
    }

    @Test
    void roundsDoublesOnceToShorterFloats() {
        MemorySegment memory = allocate(16);
        ElementAccess half = ElementAccess.of(DataType.FP16);
        // Just above the middle of 1 and the next FP16; as a float it would be the middle.
        half.setReal().set(memory, 0, 1 + 0x1p-11 + 0x1p-40);
        assertThat(half.real().get(memory, 0)).isEqualTo(1 + 0x1p-10);
        ElementAccess brain = ElementAccess.of(DataType.BF16);
        brain.setReal().set(memory, 0, 1 + 0x1p-8 + 0x1p-40);
        assertThat(brain.real().get(memory, 0)).isEqualTo(1 + 0x1p-7);
        brain.setReal().set(memory, 0, Double.NaN);
        assertThat(brain.real().get(memory, 0)).isNaN();
    }

    @ParameterizedTest
    @EnumSource(SmallFloat.class)
    void decodesWhatItEncodes(SmallFloat format) {
        for (int code = 0; code < (format == SmallFloat.E2M1 ? 16 : 256); code++) {
            float value = format.decode((byte) code);
            byte again = format.encode(value, false);
            if (Float.isNaN(value)) {
                assertThat(format.decode(again)).isNaN();
            } else {
                assertThat(format.decode(again)).isEqualTo(value);
            }
        }
    }

    @Test
    void saturatesNarrowFloatsOrNot() {
        assertThat(SmallFloat.E4M3FN.decode(SmallFloat.E4M3FN.encode(1e6, true)))
                .isEqualTo(448f);
        assertThat(SmallFloat.E4M3FN.decode(SmallFloat.E4M3FN.encode(1e6, false)))
                .isNaN();
        assertThat(SmallFloat.E5M2.decode(SmallFloat.E5M2.encode(-1e9, true))).isEqualTo(-57344f);
        assertThat(SmallFloat.E5M2.decode(SmallFloat.E5M2.encode(-1e9, false))).isEqualTo(Float.NEGATIVE_INFINITY);
        assertThat(SmallFloat.E5M2FNUZ.encode(-0.0, true)).isZero();
        assertThat(SmallFloat.E2M1.decode(SmallFloat.E2M1.encode(-8, true))).isEqualTo(-6f);
        assertThat(SmallFloat.E8M0.decode(SmallFloat.E8M0.encode(3, true, SmallFloat.Powers.UP)))
                .isEqualTo(4f);
        assertThat(SmallFloat.E8M0.decode(SmallFloat.E8M0.encode(3, true, SmallFloat.Powers.DOWN)))
                .isEqualTo(2f);
    }

    @Test
    void testsForInfinitiesAsAsked() {
        MemorySegment x = floats(new float[] {Float.POSITIVE_INFINITY, Float.NEGATIVE_INFINITY, Float.NaN, 1f}, 0);
        MemorySegment y = allocate(4);
        kernels.test(PredicateOp.IS_INF, DataType.FP32).run(x, 0, y, 0, 4, 1, 0);
        assertThat(y.get(ValueLayout.JAVA_INT, 0)).isEqualTo(0x0000_0001);
        kernels.test(PredicateOp.IS_INF, DataType.FP32).run(x, 0, y, 0, 4, 1, 1);
        assertThat(y.get(ValueLayout.JAVA_INT, 0)).isEqualTo(0x0000_0101);
        kernels.test(PredicateOp.IS_NAN, DataType.FP32).run(x, 0, y, 0, 4);
        assertThat(y.get(ValueLayout.JAVA_INT, 0)).isEqualTo(0x0001_0000);
    }

    @Test
    void selectsDenseAndRepeatedElements() {
        MemorySegment condition = allocate(4);
        condition.set(ValueLayout.JAVA_INT, 0, 0x0001_0001);
        MemorySegment x = floats(new float[] {1, 2, 3, 4}, 0);
        MemorySegment y = floats(new float[] {9, 8, 7, 6}, 0);
        MemorySegment z = allocate(16);
        kernels.where(4).run(condition, 0, 1, x, 0, 1, y, 0, 0, z, 0, 4);
        assertThat(floats(z, 0, 4)).containsExactly(1, 9, 3, 9);
        kernels.where(4).run(condition, 1, 0, x, 0, 0, y, 0, 1, z, 0, 4);
        assertThat(floats(z, 0, 4)).containsExactly(9, 8, 7, 6);
    }

    @Test
    void refusesElementsThatAFunctionDoesNotTake() {
        assertThatThrownBy(() -> kernels.unary(UnaryOp.EXP, DataType.INT32))
                .isInstanceOf(UnsupportedOperationException.class)
                .hasMessage("EXP has no meaning for elements of INT32");
        assertThatThrownBy(() -> kernels.binary(BinaryOp.BITWISE_AND, DataType.FP32))
                .isInstanceOf(UnsupportedOperationException.class);
    }

    @Test
    void refusesSegmentsOnTheHeap() {
        MemorySegment heap = MemorySegment.ofArray(new float[4]);
        assertThatThrownBy(() -> kernels.unary(UnaryOp.ABS, DataType.FP32).run(heap, 0, heap, 0, 4))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("plain native segments");
    }

    private MemorySegment numbers(DataType type) {
        MemorySegment segment = allocate((long) type.bytes() * NUMBERS.length);
        for (int i = 0; i < NUMBERS.length; i++) {
            ElementAccess.of(type).setReal().set(segment, (long) type.bytes() * i, NUMBERS[i]);
        }
        return segment;
    }

    private static void apply(
            BinaryOp op, ElementAccess elements, MemorySegment x, int left, int right, MemorySegment expected) {
        long a = (long) elements.bytes() * left;
        long b = (long) elements.bytes() * right;
        if (elements.isInteger()) {
            long value = op.integer(elements.type())
                    .apply(elements.integer().get(x, a), elements.integer().get(x, b));
            elements.setInteger().set(expected, 0, value);
        } else {
            double value = op.real()
                    .orElseThrow()
                    .apply(elements.real().get(x, a), elements.real().get(x, b));
            elements.setReal().set(expected, 0, value);
        }
    }

    private static void assertElement(ElementAccess elements, MemorySegment actual, int index, MemorySegment expected) {
        MemorySegment element = actual.asSlice((long) elements.bytes() * index, elements.bytes());
        assertThat(element.mismatch(expected.asSlice(0, elements.bytes()))).isEqualTo(-1);
    }
}
