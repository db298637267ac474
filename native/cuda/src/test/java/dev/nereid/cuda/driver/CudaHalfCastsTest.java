package dev.nereid.cuda.driver;

import static org.assertj.core.api.Assertions.assertThat;

import dev.nereid.kernels.elementwise.CastRule;
import dev.nereid.kernels.elementwise.ElementwiseKernels;
import dev.nereid.kernels.scalar.ScalarElementwise;
import dev.nereid.tensor.DataType;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The casts of FP16 and BF16 beside the scalar ones, on an emulated GPU: the same bits but for those of NaN. */
@Tag("cuda")
class CudaHalfCastsTest {
    private static final ElementwiseKernels ORACLE = new ScalarElementwise();
    private static final List<DataType> HALVES = List.of(DataType.FP16, DataType.BF16);
    private static final List<DataType> OTHERS =
            List.of(DataType.BOOL, DataType.UINT8, DataType.INT8, DataType.INT32, DataType.INT64, DataType.FP32);
    /** All numbers of 16 bits. */
    private static final int ALL = 1 << Short.SIZE;

    @AutoClose
    private static DeviceRig rig;

    @BeforeAll
    static void open() {
        rig = DeviceRig.open("CUDA casts of FP16 and BF16");
    }

    record Pair(DataType half, DataType other) {}

    static Stream<Pair> pairs() {
        return HALVES.stream().flatMap(half -> OTHERS.stream().map(other -> new Pair(half, other)));
    }

    private static MemorySegment allHalves() {
        MemorySegment x = rig.memory((long) ALL * Short.BYTES);
        for (int i = 0; i < ALL; i++) {
            x.setAtIndex(ValueLayout.JAVA_SHORT, i, (short) i);
        }
        return x;
    }

    /** Around what 16 bits hold, and ties between two of them. */
    private static MemorySegment others(DataType type) {
        MemorySegment x = rig.memory((long) ALL * type.bytes());
        for (int i = 0; i < ALL; i++) {
            switch (type) {
                case FP32 ->
                    x.setAtIndex(ValueLayout.JAVA_FLOAT, i, Float.intBitsToFloat(i << 16 | (i * 0x1000 & 0xF000)));
                case INT32 -> x.setAtIndex(ValueLayout.JAVA_INT, i, (i - ALL / 2) * (i % 3 == 0 ? 65_537 : 3));
                case INT64 ->
                    x.setAtIndex(ValueLayout.JAVA_LONG, i, (i - ALL / 2) * (i % 3 == 0 ? 0x1_0000_8001_0001L : 5));
                case BOOL -> x.set(ValueLayout.JAVA_BYTE, i, (byte) (i & 1));
                default -> x.set(ValueLayout.JAVA_BYTE, i, (byte) i);
            }
        }
        return x;
    }

    @ParameterizedTest
    @MethodSource("pairs")
    void castsFromAllNumbersOf16Bits(Pair pair) {
        check(pair.half(), pair.other(), allHalves());
    }

    @ParameterizedTest
    @MethodSource("pairs")
    void castsToNumbersOf16Bits(Pair pair) {
        check(pair.other(), pair.half(), others(pair.other()));
    }

    @Test
    void castsFromOneToTheOther() {
        check(DataType.FP16, DataType.BF16, allHalves());
        check(DataType.BF16, DataType.FP16, allHalves());
    }

    private static void check(DataType from, DataType to, MemorySegment x) {
        assertThat(CudaCapabilities.INSTANCE.hasCast(from, to)).isTrue();
        MemorySegment expected = rig.memory((long) ALL * to.bytes());
        ORACLE.cast(from, to, CastRule.DEFAULT).run(x, 0, expected, 0, ALL);
        MemorySegment actual = rig.run(
                expected.byteSize(),
                List.of(x),
                (kernels, in, out) -> kernels.elementwise().cast(from, to, in[0], out, ALL));
        assertThat(numbers(to, actual)).as("%s to %s", from, to).isEqualTo(numbers(to, expected));
    }

    /** Bits, all of NaN the same. */
    private static long[] numbers(DataType type, MemorySegment x) {
        long[] numbers = new long[ALL];
        for (int i = 0; i < ALL; i++) {
            numbers[i] = switch (type) {
                case FP16 -> Float.floatToIntBits(Float.float16ToFloat(x.getAtIndex(ValueLayout.JAVA_SHORT, i)));
                case BF16 -> Float.floatToIntBits(Float.intBitsToFloat(x.getAtIndex(ValueLayout.JAVA_SHORT, i) << 16));
                case FP32 -> Float.floatToIntBits(x.getAtIndex(ValueLayout.JAVA_FLOAT, i));
                case INT32 -> x.getAtIndex(ValueLayout.JAVA_INT, i);
                case INT64 -> x.getAtIndex(ValueLayout.JAVA_LONG, i);
                default -> x.get(ValueLayout.JAVA_BYTE, i);
            };
        }
        return numbers;
    }
}
