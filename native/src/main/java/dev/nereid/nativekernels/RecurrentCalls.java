package dev.nereid.nativekernels;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import dev.nereid.kernels.recurrent.UnitKernel;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;

/**
 * Downcalls to the recurrent family's C functions; {@code nereid.h} says what they do. Pointers go as numbers, because the
 * caller has checked them.
 */
final class RecurrentCalls implements UnitKernel {
    /** Links the functions at the first call; each link takes a millisecond. */
    private static final class Linked {
        static final MethodHandle STEPS = NativeLibrary.linked(
                JAVA_INT, JAVA_INT, JAVA_INT, JAVA_INT, JAVA_INT, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG,
                JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG);
    }

    private final MemorySegment lstm;
    private final MemorySegment gru;
    private final int units;

    /** @param variant whose registers hold the units of a block */
    RecurrentCalls(NativeLibrary library, MatMulCalls.Variant variant) {
        this.lstm = library.function("nereid_f32_lstm_" + variant.registers());
        this.gru = library.function("nereid_f32_gru_" + variant.registers());
        this.units = variant.lanes();
    }

    @Override
    public int units() {
        return units;
    }

    @Override
    public int panelColumns(int blockColumns) {
        return blockColumns;
    }

    @Override
    public long scratchBytes(int blockColumns, int batch) {
        return 0;
    }

    @Override
    public void lstm(Units units, long c) {
        call(lstm, units, c);
    }

    @Override
    public void gru(Units units, long bias) {
        call(gru, units, bias);
    }

    private static void call(MemorySegment function, Units units, long last) {
        try {
            Linked.STEPS.invokeExact(
                    function,
                    units.steps(),
                    units.batch(),
                    units.hidden(),
                    units.from(),
                    units.to(),
                    units.weights(),
                    units.x(),
                    units.xStep(),
                    units.xRow(),
                    units.h(),
                    units.hRow(),
                    units.y(),
                    units.yStep(),
                    units.yRow(),
                    last);
        } catch (Throwable e) {
            throw new IllegalStateException("calling a recurrent layer failed", e);
        }
    }
}
