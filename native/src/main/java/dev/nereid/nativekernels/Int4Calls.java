package dev.nereid.nativekernels;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import dev.nereid.kernels.int4.Int4Matrix;
import dev.nereid.kernels.matmul.Matrix;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;

/** Downcalls to the C functions for weights of four bits; {@code nereid.h} says what they do. */
final class Int4Calls {
    private static final MethodHandle QUANTIZE = handle(FunctionDescriptor.ofVoid(
            JAVA_INT, JAVA_INT, JAVA_INT, JAVA_INT, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG));
    private static final MethodHandle MULTIPLY = handle(FunctionDescriptor.ofVoid(
            JAVA_INT, JAVA_INT, JAVA_INT, JAVA_INT, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG,
            JAVA_LONG, JAVA_LONG, JAVA_LONG));

    private final String quantizeName;
    private final String multiplyName;
    private final MemorySegment quantize;
    private final MemorySegment multiply;

    Int4Calls(NativeLibrary library, QuantizedCalls.Variant variant) {
        this.quantizeName = "nereid_int4_quantize_" + variant.suffix();
        this.multiplyName = "nereid_int4_product_" + variant.suffix();
        this.quantize = library.function(quantizeName);
        this.multiply = library.function(multiplyName);
    }

    /** A left side rounded to bytes in blocks; addresses. */
    record Rounded(long numbers, long scales, long sums) {
        /** The rows from one on. */
        Rounded from(int row, Int4Matrix b) {
            long blocks = (long) row * b.blocks() * Float.BYTES;
            return new Rounded(numbers + row * b.depth(), scales + blocks, sums + blocks);
        }
    }

    /** Rounds rows [from, to) of a. */
    void quantize(Matrix a, Int4Matrix b, int from, int to, Rounded rounded) {
        Rounded rows = rounded.from(from, b);
        try {
            QUANTIZE.invokeExact(
                    quantize,
                    to - from,
                    b.k(),
                    b.blocks(),
                    b.block(),
                    a.address(from, 0),
                    a.rowStride(),
                    rows.numbers,
                    rows.scales,
                    rows.sums);
        } catch (Throwable e) {
            throw new IllegalStateException("calling " + quantizeName + " failed", e);
        }
    }

    /**
     * Multiplies by the panels [from, to).
     *
     * @param bias address of [n] floats, or 0
     */
    void multiply(Rounded a, Int4Matrix b, int from, int to, long bias, Matrix y) {
        long base = b.segment().address();
        int column = from * Int4Matrix.PANEL;
        try {
            MULTIPLY.invokeExact(
                    multiply,
                    y.rows(),
                    Math.min(b.n(), to * Int4Matrix.PANEL) - column,
                    b.blocks(),
                    b.block(),
                    a.numbers,
                    a.scales,
                    a.sums,
                    base + b.wordsOffset(from),
                    base + b.scalesOffset(from),
                    b.hasZeroPoints() ? base + b.zerosOffset(from) : 0L,
                    bias == 0 ? 0L : bias + (long) column * Float.BYTES,
                    y.address(0, column),
                    y.rowStride());
        } catch (Throwable e) {
            throw new IllegalStateException("calling " + multiplyName + " failed", e);
        }
    }

    @SuppressWarnings("restricted")
    private static MethodHandle handle(FunctionDescriptor descriptor) {
        return Linker.nativeLinker().downcallHandle(descriptor);
    }
}
