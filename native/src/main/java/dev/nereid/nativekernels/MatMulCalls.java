package dev.nereid.nativekernels;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import dev.nereid.kernels.matmul.Clamp;
import dev.nereid.kernels.matmul.EpilogueKernel;
import dev.nereid.kernels.matmul.FloatPanelKernel;
import dev.nereid.kernels.matmul.Matrix;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import java.util.Optional;
import java.util.Set;

/**
 * Downcalls to the matmul family's C functions; {@code nereid.h} says what they do. Pointers go as numbers, because the
 * caller has checked them. The linkage is plain, not critical: a panel takes long enough to hold up a safepoint.
 */
final class MatMulCalls implements FloatPanelKernel {
    /** What is multiplied, and by what instructions. */
    enum Variant {
        AVX512_FLOATS("avx512", "f32", "avx512", 16),
        AVX2_FLOATS("avx2", "f32", "avx2", 8),
        /** Pairs of bf16, as {@link dev.nereid.kernels.matmul.Bf16MatMul} lays them out. */
        BF16_PAIRS("avx512_bf16", "bf16", "avx512", 16),
        /** The same on ARM. */
        NEON_BF16_PAIRS("bf16", "bf16", "neon", 4);

        private static final Set<Variant> OF_FLOATS = Set.of(AVX512_FLOATS, AVX2_FLOATS);

        private final String instructions;
        private final String panelFunction;
        private final String rowFunction;
        private final String registers;
        private final int lanes;

        Variant(String instructions, String elements, String registers, int lanes) {
            this.instructions = instructions;
            this.panelFunction = "nereid_" + elements + "_panel_" + registers;
            this.rowFunction = "nereid_" + elements + "_row_" + registers;
            this.registers = registers;
            this.lanes = lanes;
        }

        /** What a log calls the instruction set. */
        String instructions() {
            return instructions;
        }

        /** What the names of functions for floats end with. */
        String registers() {
            return registers;
        }

        /** Floats in a register. */
        int lanes() {
            return lanes;
        }
    }

    static final int PANEL_VECTORS = 3;
    /** Links the functions at the first call; each link takes a millisecond. */
    static final class Linked {
        static final MethodHandle PANEL = NativeLibrary.linked(
                JAVA_INT,
                JAVA_INT,
                JAVA_INT,
                JAVA_INT,
                JAVA_LONG,
                JAVA_LONG,
                JAVA_LONG,
                JAVA_LONG,
                JAVA_LONG,
                JAVA_LONG,
                JAVA_LONG,
                JAVA_LONG,
                JAVA_LONG,
                JAVA_LONG,
                JAVA_LONG,
                JAVA_FLOAT,
                JAVA_FLOAT);
        static final MethodHandle ROW = NativeLibrary.linked(
                JAVA_INT, JAVA_INT, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_FLOAT, JAVA_FLOAT);
        static final MethodHandle PACK = NativeLibrary.linked(JAVA_INT, JAVA_INT, JAVA_LONG, JAVA_LONG, JAVA_LONG);
    }

    private final Variant variant;
    private final MemorySegment panel;
    private final MemorySegment row;
    private final Optional<MemorySegment> pack;
    private final EpilogueKernel epilogue;

    MatMulCalls(NativeLibrary library, Variant variant) {
        this.variant = variant;
        this.panel = library.function(variant.panelFunction);
        this.row = library.function(variant.rowFunction);
        this.pack = Variant.OF_FLOATS.contains(variant)
                ? Optional.of(library.function("nereid_f32_pack_transposed_" + variant.registers))
                : Optional.empty();
        this.epilogue = variant == Variant.NEON_BF16_PAIRS
                ? FloatPanelKernel.super.epilogue()
                : new EpilogueCalls(library, variant.registers);
    }

    @Override
    public int panelColumns() {
        return PANEL_VECTORS * variant.lanes;
    }

    @Override
    public int lanes() {
        return variant.lanes;
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
        call(
                rows,
                columns,
                runs,
                k,
                a,
                aStride,
                runStride,
                b,
                padded(columns),
                next,
                nextBytes,
                c,
                cStride,
                s,
                sRow,
                clamp);
    }

    @Override
    public void runUnpacked(
            int rows,
            int columns,
            int k,
            long a,
            long aStride,
            long b,
            long bStride,
            long c,
            long cStride,
            long s,
            long sRow,
            Clamp clamp) {
        call(rows, columns, 1, k, a, aStride, 0, b, bStride, 0, 0, c, cStride, s, sRow, clamp);
    }

    private void call(
            int rows,
            int columns,
            int runs,
            int k,
            long a,
            long aStride,
            long runStride,
            long b,
            long bStride,
            long next,
            long nextBytes,
            long c,
            long cStride,
            long s,
            long sRow,
            Clamp clamp) {
        try {
            Linked.PANEL.invokeExact(
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
            throw new IllegalStateException("calling " + variant.panelFunction + " failed", e);
        }
    }

    @Override
    public void row(int panels, int k, long a, long b, long c, long s, Clamp clamp) {
        try {
            Linked.ROW.invokeExact(row, panels, k, a, b, c, s, clamp.low(), clamp.high());
        } catch (Throwable e) {
            throw new IllegalStateException("calling " + variant.rowFunction + " failed", e);
        }
    }

    @Override
    public void packTransposed(Matrix b, int columns, MemorySegment memory) {
        if (pack.isEmpty() || columns != padded(b.rows())) {
            FloatPanelKernel.super.packTransposed(b, columns, memory);
            return;
        }
        try {
            Linked.PACK.invokeExact(
                    pack.get(), b.rows(), b.columns(), b.address(0, 0), b.rowStride(), memory.address());
        } catch (Throwable e) {
            throw new IllegalStateException("packing a transpose failed", e);
        }
    }
}
