package dev.nereid.nativekernels;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import dev.nereid.kernels.blockwise.BlockwiseMatrix;
import dev.nereid.kernels.matmul.Matrix;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;

/** Downcalls to the C functions for weights in blocks; {@code nereid.h} says what they do. */
final class BlockwiseCalls {
    /** Links the functions at the first call; each link takes a millisecond. */
    private static final class Linked {
        static final MethodHandle QUANTIZE = NativeLibrary.linked(
                JAVA_INT, JAVA_INT, JAVA_INT, JAVA_INT, JAVA_INT, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG,
                JAVA_LONG);
        static final MethodHandle MULTIPLY = NativeLibrary.linked(
                JAVA_INT, JAVA_INT, JAVA_INT, JAVA_INT, JAVA_INT, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG,
                JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG);
    }

    private final String quantizeName;
    private final String multiplyName;
    private final MemorySegment quantize;
    private final MemorySegment multiply;

    BlockwiseCalls(NativeLibrary library, QuantizedCalls.Variant variant) {
        this.quantizeName = "nereid_blockwise_quantize_" + variant.suffix();
        this.multiplyName = "nereid_blockwise_product_" + variant.suffix();
        this.quantize = library.function(quantizeName);
        this.multiply = library.function(multiplyName);
    }

    /** A left side rounded to bytes in blocks; addresses. */
    record Rounded(long numbers, long scales, long sums) {
        /** The rows from one on. */
        Rounded from(int row, BlockwiseMatrix b) {
            long blocks = (long) row * b.blocks() * Float.BYTES;
            return new Rounded(numbers + row * b.depth(), scales + blocks, sums + blocks);
        }
    }

    /** Rounds rows [from, to) of a. */
    void quantize(Matrix a, BlockwiseMatrix b, int from, int to, Rounded rounded) {
        Rounded rows = rounded.from(from, b);
        try {
            Linked.QUANTIZE.invokeExact(
                    quantize,
                    b.bits(),
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
    void multiply(Rounded a, BlockwiseMatrix b, int from, int to, long bias, Matrix y) {
        long base = b.segment().address();
        int column = from * BlockwiseMatrix.PANEL;
        try {
            Linked.MULTIPLY.invokeExact(
                    multiply,
                    b.bits(),
                    y.rows(),
                    Math.min(b.n(), to * BlockwiseMatrix.PANEL) - column,
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
}
