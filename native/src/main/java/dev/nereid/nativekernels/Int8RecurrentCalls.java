package dev.nereid.nativekernels;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import dev.nereid.kernels.recurrent.Int8GateWeights;
import dev.nereid.kernels.recurrent.Int8UnitKernel;
import dev.nereid.kernels.recurrent.UnitKernel.Units;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;

/**
 * Downcalls to the C functions of layers whose weights are bytes; {@code nereid.h} says what they do. Pointers go as numbers,
 * because the caller has checked them.
 */
final class Int8RecurrentCalls implements Int8UnitKernel {
    private static final String GATES = "nereid_int8_gates_avx512_vnni";
    private static final String LSTM = "nereid_int8_lstm_avx512_vnni";
    /** Links the functions at the first call; each link takes a millisecond. */
    private static final class Linked {
        static final MethodHandle PRODUCT = NativeLibrary.linked(
                JAVA_INT, JAVA_INT, JAVA_INT, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG,
                JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG);
        static final MethodHandle STEPS = NativeLibrary.linked(
                JAVA_INT, JAVA_INT, JAVA_INT, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG,
                JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG);
    }

    /** A row's scale, zero and sum. */
    private static final long ROW_NUMBERS = 12;

    private final MemorySegment gates;
    private final MemorySegment lstm;

    Int8RecurrentCalls(NativeLibrary library) {
        this.gates = library.function(GATES);
        this.lstm = library.function(LSTM);
    }

    @Override
    public long scratchBytes(int k) {
        return Int8GateWeights.rowBytes(k) + ROW_NUMBERS;
    }

    @Override
    public void gates(
            Int8GateWeights weights, int rows, long x, long xRow, long bias, long y, long yRow, long scratch) {
        try {
            Linked.PRODUCT.invokeExact(
                    gates,
                    rows,
                    weights.blocks().columns(),
                    weights.k(),
                    x,
                    xRow,
                    weights.bytes().address(),
                    weights.offsets().address(),
                    zeroPoints(weights),
                    weights.scales().address(),
                    bias,
                    y,
                    yRow,
                    scratch);
        } catch (Throwable e) {
            throw new IllegalStateException("calling " + GATES + " failed", e);
        }
    }

    @Override
    public void lstm(Int8GateWeights weights, Units units, long c) {
        try {
            Linked.STEPS.invokeExact(
                    lstm,
                    units.steps(),
                    units.batch(),
                    units.hidden(),
                    weights.bytes().address(),
                    weights.offsets().address(),
                    zeroPoints(weights),
                    weights.scales().address(),
                    units.x(),
                    units.xStep(),
                    units.xRow(),
                    units.h(),
                    units.hRow(),
                    units.y(),
                    units.yStep(),
                    units.yRow(),
                    c,
                    units.scratch());
        } catch (Throwable e) {
            throw new IllegalStateException("calling " + LSTM + " failed", e);
        }
    }

    private static long zeroPoints(Int8GateWeights weights) {
        return weights.zeroPoints().map(MemorySegment::address).orElse(0L);
    }
}
