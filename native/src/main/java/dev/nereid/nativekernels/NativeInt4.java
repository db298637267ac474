package dev.nereid.nativekernels;

import dev.nereid.kernels.int4.Int4Kernels;
import dev.nereid.kernels.int4.Int4Matrix;
import dev.nereid.kernels.int4.Int4Split;
import dev.nereid.kernels.matmul.Matrix;
import dev.nereid.kernels.parallel.Workers;
import dev.nereid.nativekernels.Int4Calls.Rounded;
import java.lang.foreign.MemorySegment;
import java.util.Optional;

/** Products with weights of four bits whose left side may be rounded to bytes; others are left to other kernels. */
final class NativeInt4 implements Int4Kernels {
    /** Panels of a tile. */
    private static final int STEP = 4;

    private final Int4Calls calls;
    private final Int4Kernels others;

    NativeInt4(Int4Calls calls, Int4Kernels others) {
        this.calls = calls;
        this.others = others;
    }

    @Override
    public long scratchBytes(int rows, Int4Matrix b, Left left, Workers workers) {
        return left == Left.ROUNDED
                ? rows * (b.depth() + 2L * Float.BYTES * b.blocks())
                : others.scratchBytes(rows, b, left, workers);
    }

    @Override
    public void multiply(
            Matrix a,
            Int4Matrix b,
            Left left,
            Optional<MemorySegment> bias,
            Matrix y,
            MemorySegment scratch,
            Workers workers) {
        if (left != Left.ROUNDED) {
            others.multiply(a, b, left, bias, y, scratch, workers);
            return;
        }
        Int4Kernels.check(a, b, bias, y);
        if (scratch.byteSize() < scratchBytes(a.rows(), b, left, workers)) {
            throw new IllegalArgumentException("scratch memory of " + scratch.byteSize() + " bytes, expected "
                    + scratchBytes(a.rows(), b, left, workers));
        }
        long numbers = scratch.address();
        long scales = numbers + a.rows() * b.depth();
        Rounded rounded = new Rounded(numbers, scales, scales + (long) Float.BYTES * a.rows() * b.blocks());
        calls.quantize(a, b, 0, a.rows(), rounded);
        long start = bias.map(MemorySegment::address).orElse(0L);
        Int4Split.run(workers, a.rows(), b, STEP, (_, from, to) -> calls.multiply(rounded, b, from, to, start, y));
    }
}
