package dev.nereid.nativekernels;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import dev.nereid.kernels.quantized.Int8Panels;
import dev.nereid.kernels.quantized.Int8Panels.Notes;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import java.util.Set;

/**
 * Downcalls to the quantized family's C functions; {@code nereid.h} says what each does. The linkage is plain, not
 * critical: a product takes long enough to hold up a safepoint.
 */
final class QuantizedCalls {
    /** The C functions for one instruction set. */
    enum Variant {
        /**
         * Of products alone; others have 256 bits. Not measured: tests emulate the instructions, and no processor with AMX has
         * run them.
         */
        AMX("amx", "avx2", "", "", 16, 4, Notes.NONE),
        AVX512_VNNI("avx512_vnni", "avx512_vnni", "_avx512_vnni", "_avx512_vnni", 64, 4, Notes.NONE),
        AVX_VNNI("avx_vnni", "avx2", "", "", 16, 4, Notes.NONE),
        AVX2("avx2", "avx2", "_avx2", "", 16, 4, Notes.EXCESSES),
        DOTPROD("dotprod", "neon", "_dots", "_neon", 12, 8, Notes.STARTS),
        I8MM("i8mm", "neon", "_i8mm", "_neon", 12, 8, Notes.NONE),
        /** As wide as vectors are. */
        SVE("sve", "neon", "_dots", "_neon", 12, 8, Notes.STARTS),
        SVE_I8MM("sve_i8mm", "neon", "_i8mm", "_neon", 12, 8, Notes.NONE);

        private static final Set<Variant> SCALABLE = Set.of(SVE, SVE_I8MM);

        /** The vectors that the panels above are for, where they may be longer. */
        private static final int SHORTEST_BITS = 128;

        private final String suffix;
        private final String others;
        private final String packing;
        private final String rows;
        private final int panelColumns;
        private final int step;
        private final Notes notes;

        Variant(String suffix, String others, String packing, String rows, int panelColumns, int step, Notes notes) {
            this.suffix = suffix;
            this.others = others;
            this.packing = packing;
            this.rows = rows;
            this.panelColumns = panelColumns;
            this.step = step;
            this.notes = notes;
        }

        private Int8Panels panels(CpuFeatures features) {
            int columns = SCALABLE.contains(this) ? panelColumns * features.sveBits() / SHORTEST_BITS : panelColumns;
            return new Int8Panels(columns, step, notes);
        }

        /** The end of the names of functions that need no products of bytes. */
        String others() {
            return others;
        }

        /** The end of the products' names; what a log calls the instruction set. */
        String suffix() {
            return suffix;
        }
    }

    /** Links the functions at the first call; each link takes a millisecond. */
    private static final class Linked {
        static final MethodHandle PACK =
                NativeLibrary.linked(ADDRESS, JAVA_INT, JAVA_INT, JAVA_INT, JAVA_INT, ADDRESS, ADDRESS);
        static final MethodHandle ROWS = NativeLibrary.linked(JAVA_INT, JAVA_INT, ADDRESS, JAVA_INT, ADDRESS, ADDRESS);
        static final MethodHandle QUANTIZE =
                NativeLibrary.linked(JAVA_INT, JAVA_INT, ADDRESS, JAVA_FLOAT, JAVA_INT, ADDRESS, ADDRESS);
        static final MethodHandle MULTIPLY = NativeLibrary.linked(
                JAVA_INT, JAVA_INT, JAVA_INT, ADDRESS, JAVA_LONG, ADDRESS, ADDRESS, JAVA_LONG, ADDRESS, ADDRESS,
                ADDRESS, ADDRESS, ADDRESS);
        static final MethodHandle CONVOLVE = NativeLibrary.linked(
                JAVA_INT, JAVA_INT, JAVA_INT, ADDRESS, JAVA_LONG, JAVA_INT, ADDRESS, JAVA_INT, ADDRESS, JAVA_INT,
                ADDRESS, ADDRESS, JAVA_LONG, ADDRESS, ADDRESS, ADDRESS, ADDRESS, JAVA_INT, JAVA_INT);
        static final MethodHandle WINDOW_SUMS = NativeLibrary.linked(
                JAVA_INT, JAVA_INT, JAVA_INT, ADDRESS, JAVA_LONG, JAVA_INT, ADDRESS, JAVA_INT, ADDRESS, ADDRESS);
        static final MethodHandle LINES =
                NativeLibrary.linked(JAVA_INT, JAVA_LONG, ADDRESS, JAVA_LONG, ADDRESS, JAVA_LONG, JAVA_INT);
    }

    /**
     * Where the windows of a convolution lie in its image.
     *
     * @param width output positions of a line
     * @param lines int64, where the first window of each line begins
     * @param pixel bytes from one window to the next in a line
     * @param runs runs of bytes under a window
     * @param runOffsets int64, where in the window each begins
     */
    record Windows(int width, MemorySegment lines, long pixel, int runs, MemorySegment runOffsets) {}

    private final Int8Panels panels;
    private final MemorySegment pack;
    private final MemorySegment rows;
    private final MemorySegment quantize;
    private final MemorySegment multiply;
    private final MemorySegment convolve;
    private final MemorySegment windowSums;
    private final MemorySegment lines;

    QuantizedCalls(NativeLibrary library, Variant variant) {
        this.panels = variant.panels(library.features());
        this.pack = library.function("nereid_int8_pack" + variant.packing);
        this.rows = library.function("nereid_uint8_rows" + variant.rows);
        this.quantize = library.function("nereid_uint8_quantize_" + variant.others);
        this.multiply = library.function("nereid_int8_gemm_" + variant.suffix());
        this.convolve = library.function("nereid_int8_conv_" + variant.suffix());
        this.windowSums = library.function("nereid_uint8_window_sums");
        this.lines = library.function("nereid_uint8_lines");
    }

    /** The layout of right operands, and of filters, that the functions multiply with. */
    Int8Panels panels() {
        return panels;
    }

    void pack(MemorySegment b, int k, int n, int panel, int flip, MemorySegment packed, MemorySegment columnSums) {
        try {
            Linked.PACK.invokeExact(pack, b, k, n, panel, flip, packed, columnSums);
        } catch (Throwable e) {
            throw failed("nereid_int8_pack", e);
        }
    }

    void rows(int m, int k, MemorySegment a, int flip, MemorySegment rowMemory, MemorySegment rowSums) {
        try {
            Linked.ROWS.invokeExact(rows, m, k, a, flip, rowMemory, rowSums);
        } catch (Throwable e) {
            throw failed("nereid_uint8_rows", e);
        }
    }

    void quantize(
            int m, int k, MemorySegment x, float scale, int zeroPoint, MemorySegment rowMemory, MemorySegment rowSums) {
        try {
            Linked.QUANTIZE.invokeExact(quantize, m, k, x, scale, zeroPoint, rowMemory, rowSums);
        } catch (Throwable e) {
            throw failed("nereid_uint8_quantize", e);
        }
    }

    void multiply(
            int m,
            int n,
            int quads,
            MemorySegment a,
            long aRowBytes,
            MemorySegment b,
            MemorySegment c,
            long cRowElements,
            MemorySegment columnStart,
            MemorySegment columnFactor,
            MemorySegment rowFactor,
            MemorySegment scale,
            MemorySegment bias) {
        try {
            Linked.MULTIPLY.invokeExact(
                    multiply,
                    m,
                    n,
                    quads,
                    a,
                    aRowBytes,
                    b,
                    c,
                    cRowElements,
                    columnStart,
                    columnFactor,
                    rowFactor,
                    scale,
                    bias);
        } catch (Throwable e) {
            throw failed("nereid_int8_gemm", e);
        }
    }

    void convolve(
            int first,
            int positions,
            Windows windows,
            int quads,
            MemorySegment a,
            int n,
            MemorySegment b,
            MemorySegment c,
            long cRowElements,
            MemorySegment columnStart,
            MemorySegment columnFactor,
            MemorySegment rowFactor,
            MemorySegment scale,
            int lowest,
            int zeroPoint) {
        try {
            Linked.CONVOLVE.invokeExact(
                    convolve,
                    first,
                    positions,
                    windows.width(),
                    windows.lines(),
                    windows.pixel(),
                    windows.runs(),
                    windows.runOffsets(),
                    quads,
                    a,
                    n,
                    b,
                    c,
                    cRowElements,
                    columnStart,
                    columnFactor,
                    rowFactor,
                    scale,
                    lowest,
                    zeroPoint);
        } catch (Throwable e) {
            throw failed("nereid_int8_conv", e);
        }
    }

    void windowSums(int first, int positions, Windows windows, int bytes, MemorySegment a, MemorySegment sums) {
        try {
            Linked.WINDOW_SUMS.invokeExact(
                    windowSums,
                    first,
                    positions,
                    windows.width(),
                    windows.lines(),
                    windows.pixel(),
                    windows.runs(),
                    windows.runOffsets(),
                    bytes,
                    a,
                    sums);
        } catch (Throwable e) {
            throw failed("nereid_uint8_window_sums", e);
        }
    }

    void lines(int count, long bytes, MemorySegment from, long fromStep, MemorySegment to, long toStep, int flip) {
        try {
            Linked.LINES.invokeExact(lines, count, bytes, from, fromStep, to, toStep, flip);
        } catch (Throwable e) {
            throw failed("nereid_uint8_lines", e);
        }
    }

    /** A downcall throws only what linking or a closed segment throws: a bug, whatever its class. */
    private static IllegalStateException failed(String function, Throwable cause) {
        return new IllegalStateException("calling " + function + " failed", cause);
    }
}
