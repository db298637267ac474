package dev.nereid.kernels.scalar;

import static org.assertj.core.api.Assertions.assertThat;

import dev.nereid.kernels.NativeMemoryTest;
import dev.nereid.kernels.reduce.Accumulation;
import dev.nereid.kernels.reduce.ArgMinMax;
import dev.nereid.kernels.reduce.ReduceKernels;
import dev.nereid.kernels.reduce.ReduceOp;
import dev.nereid.kernels.reduce.RowOp;
import dev.nereid.tensor.DataType;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The plain loops that put numbers together, on datatypes that have no others. */
class ScalarReduceTest extends NativeMemoryTest {
    private final ReduceKernels kernels = new ScalarReduce();

    @ParameterizedTest
    @CsvSource({
        "SUM, INT8, -57",
        "PRODUCT, INT64, -6000000",
        "MAX, INT32, 100",
        "MIN, INT16, -3",
        "MIN, UINT8, 2",
        "MAX, UINT64, -3",
        "SUM_SQUARE, INT32, 20013",
        "L1, INT64, 205",
        "L2, INT32, 141",
        "MEAN, INT32, 49",
        "MAX, BOOL, 1"
    })
    void reducesIntegers(ReduceOp op, DataType type, long expected) {
        MemorySegment x = integers(type, 100, op == ReduceOp.PRODUCT ? 10000 : 100, 2, -3);
        MemorySegment y = allocate(8);
        kernels.reduction(op, type).run(x, 0, y, 0, 1, 4, 1);
        assertThat(ElementAccess.of(type).integer().get(y, 0)).isEqualTo(expected);
    }

    @Test
    void reducesNothingToTheNeutralInteger() {
        MemorySegment y = allocate(8);
        kernels.reduction(ReduceOp.MAX, DataType.INT32).run(y, 0, y, 0, 1, 0, 1);
        assertThat(y.get(ValueLayout.JAVA_INT, 0)).isEqualTo(Integer.MIN_VALUE);
        kernels.reduction(ReduceOp.MIN, DataType.UINT8).run(y, 0, y, 0, 1, 0, 1);
        assertThat(y.get(ValueLayout.JAVA_BYTE, 0)).isEqualTo((byte) 255);
    }

    @Test
    void findsTheFirstOrTheLastExtreme() {
        MemorySegment x = floats(new float[] {3, 1, 3, 1}, 0);
        assertThat(index(ArgMinMax.GREATEST, false, DataType.FP32, x)).isZero();
        assertThat(index(ArgMinMax.GREATEST, true, DataType.FP32, x)).isEqualTo(2);
        assertThat(index(ArgMinMax.LEAST, false, DataType.FP32, x)).isEqualTo(1);
        assertThat(index(ArgMinMax.LEAST, true, DataType.FP32, x)).isEqualTo(3);
        MemorySegment unsigned = integers(DataType.UINT64, 1, -1, 5, 2);
        assertThat(index(ArgMinMax.GREATEST, false, DataType.UINT64, unsigned)).isEqualTo(1);
        assertThat(index(ArgMinMax.GREATEST, false, DataType.INT64, unsigned)).isEqualTo(2);
    }

    @Test
    void keepsRunningTotalsForwardsAndBackwards() {
        MemorySegment x = integers(DataType.INT32, 1, 2, 3, 4);
        assertThat(totals(Accumulation.SUM, x, false, false)).containsExactly(1, 3, 6, 10);
        assertThat(totals(Accumulation.SUM, x, true, false)).containsExactly(0, 1, 3, 6);
        assertThat(totals(Accumulation.SUM, x, false, true)).containsExactly(10, 9, 7, 4);
        assertThat(totals(Accumulation.SUM, x, true, true)).containsExactly(9, 7, 4, 0);
        assertThat(totals(Accumulation.PRODUCT, x, false, false)).containsExactly(1, 2, 6, 24);
    }

    @Test
    void marksTheFirstGreatestNumber() {
        MemorySegment x = floats(new float[] {1, 5, 5, 0, 2, 1}, 0);
        kernels.row(RowOp.HARDMAX, DataType.FP32).run(x, 0, x, 0, 2, 3, 1);
        assertThat(floats(x, 0, 6)).containsExactly(0, 1, 0, 0, 1, 0);
    }

    private long index(ArgMinMax extreme, boolean last, DataType type, MemorySegment x) {
        MemorySegment y = allocate(8);
        kernels.argMinMax(extreme, last, type).run(x, 0, y, 0, 1, 4, 1);
        return y.get(ValueLayout.JAVA_LONG, 0);
    }

    private int[] totals(Accumulation accumulation, MemorySegment x, boolean exclusive, boolean reverse) {
        MemorySegment y = allocate(16);
        kernels.cumulative(accumulation, DataType.INT32).run(x, 0, y, 0, 1, 4, 1, exclusive, reverse);
        return y.asSlice(0, 16).toArray(ValueLayout.JAVA_INT);
    }

    private MemorySegment integers(DataType type, long... values) {
        MemorySegment segment = allocate(8L * values.length);
        for (int i = 0; i < values.length; i++) {
            ElementAccess.of(type).setInteger().set(segment, (long) type.bytes() * i, values[i]);
        }
        return segment;
    }
}
