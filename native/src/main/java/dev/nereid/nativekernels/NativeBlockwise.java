package dev.nereid.nativekernels;

import dev.nereid.kernels.blockwise.BlockwiseKernels;
import dev.nereid.kernels.blockwise.BlockwiseMatrix;
import dev.nereid.kernels.blockwise.PanelSplit;
import dev.nereid.kernels.matmul.Matrix;
import dev.nereid.kernels.parallel.Workers;
import dev.nereid.nativekernels.BlockwiseCalls.Rounded;
import java.lang.foreign.MemorySegment;
import java.util.Optional;

/** Products with weights in blocks whose left side may be rounded to bytes; others are left to other kernels. */
final class NativeBlockwise implements BlockwiseKernels {
    /** Panels of a tile. */
    private static final int STEP = 4;

    private final BlockwiseCalls calls;
    private final BlockwiseKernels others;

    NativeBlockwise(BlockwiseCalls calls, BlockwiseKernels others) {
        this.calls = calls;
        this.others = others;
    }

    @Override
    public long scratchBytes(int rows, BlockwiseMatrix b, Left left, Workers workers) {
        return left == Left.ROUNDED
                ? rows * (b.depth() + 2L * Float.BYTES * b.blocks())
                : others.scratchBytes(rows, b, left, workers);
    }

    @Override
    public void multiply(
            Matrix a,
            BlockwiseMatrix b,
            Left left,
            Optional<MemorySegment> bias,
            Matrix y,
            MemorySegment scratch,
            Workers workers) {
        if (left != Left.ROUNDED) {
            others.multiply(a, b, left, bias, y, scratch, workers);
            return;
        }
        BlockwiseKernels.check(a, b, bias, y);
        if (scratch.byteSize() < scratchBytes(a.rows(), b, left, workers)) {
            throw new IllegalArgumentException("scratch memory of " + scratch.byteSize() + " bytes, expected "
                    + scratchBytes(a.rows(), b, left, workers));
        }
        long numbers = scratch.address();
        long scales = numbers + a.rows() * b.depth();
        Rounded rounded = new Rounded(numbers, scales, scales + (long) Float.BYTES * a.rows() * b.blocks());
        calls.quantize(a, b, 0, a.rows(), rounded);
        long start = bias.map(MemorySegment::address).orElse(0L);
        PanelSplit.run(workers, a.rows(), b, STEP, (_, from, to) -> calls.multiply(rounded, b, from, to, start, y));
    }
}
