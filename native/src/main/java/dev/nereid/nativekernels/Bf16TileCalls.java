package dev.nereid.nativekernels;

import dev.nereid.kernels.matmul.Clamp;
import dev.nereid.kernels.matmul.EpilogueKernel;
import dev.nereid.kernels.matmul.PanelKernel;
import java.lang.foreign.MemorySegment;

/**
 * Downcalls to the C function for products of pairs of bf16 with AMX; {@code nereid.h} says what it does. A sum is no single chain:
 * of each 16 pairs from the beginning of a run on, and of those left at its end, the first elements and the second ones are
 * added apart, from zero on, and both sums then to it. That depends neither on the number of rows nor on the columns beside.
 * Not measured: tests emulate the instructions, and no processor with AMX has run them.
 */
final class Bf16TileCalls implements PanelKernel {
    private static final String PANEL = "nereid_bf16_panel_amx";

    /** Columns of a tile. */
    private static final int COLUMNS = 16;

    private final MemorySegment panel;
    private final EpilogueKernel epilogue;

    /** @param epilogue what follows on its sums */
    Bf16TileCalls(NativeLibrary library, EpilogueKernel epilogue) {
        this.panel = library.function(PANEL);
        this.epilogue = epilogue;
    }

    @Override
    public int panelColumns() {
        return MatMulCalls.PANEL_VECTORS * COLUMNS;
    }

    @Override
    public int lanes() {
        return COLUMNS;
    }

    @Override
    public EpilogueKernel epilogue() {
        return epilogue;
    }

    @Override
    public void run(
            int rows,
            int columns,
            int runs,
            int k,
            long a,
            long aStride,
            long runStride,
            long b,
            long next,
            long nextBytes,
            long c,
            long cStride,
            long s,
            long sRow,
            Clamp clamp) {
        // Of exactly the type that the function has.
        long bStride = padded(columns);
        try {
            MatMulCalls.Linked.PANEL.invokeExact(
                    panel,
                    rows,
                    columns,
                    runs,
                    k,
                    a,
                    aStride,
                    runStride,
                    b,
                    bStride,
                    next,
                    nextBytes,
                    c,
                    cStride,
                    s,
                    sRow,
                    clamp.low(),
                    clamp.high());
        } catch (Throwable e) {
            throw new IllegalStateException("calling " + PANEL + " failed", e);
        }
    }
}
