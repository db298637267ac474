package dev.nereid.models.operators.elementwise;

import dev.nereid.kernels.elementwise.BinaryKernel;
import dev.nereid.kernels.parallel.Workers;
import dev.nereid.tensor.Shape;
import dev.nereid.tensor.Tensor;
import java.lang.foreign.MemorySegment;

/** A kernel of two operands applied to tensors that broadcast to the result. */
public final class BinaryLoop {
    private BinaryLoop() {}

    /** Computes {@code z = f(x, y)}. {@code z} may be an operand that has its shape. */
    public static void run(BinaryKernel kernel, Tensor x, Tensor y, Tensor z, Workers workers) {
        run(kernel, x, x.shape(), y, y.shape(), z, workers);
    }

    /** As {@link #run(BinaryKernel, Tensor, Tensor, Tensor, Workers)}, the operands under other shapes. */
    static void run(BinaryKernel kernel, Tensor x, Shape xShape, Tensor y, Shape yShape, Tensor z, Workers workers) {
        MemorySegment left = x.segment();
        MemorySegment right = y.segment();
        MemorySegment result = z.segment();
        long xBytes = x.dataType().bytes();
        long yBytes = y.dataType().bytes();
        long zBytes = z.dataType().bytes();
        BroadcastLoop loop = BroadcastLoop.of(z.shape(), xShape, yShape);
        long parallelElements = Parallel.elements(x.dataType());
        boolean leftRepeats = loop.repeatsRow(0);
        if (leftRepeats || loop.repeatsRow(1)) {
            loop.forEachRows(
                    workers,
                    parallelElements,
                    (at, to, rows, length) -> kernel.rows(
                            left,
                            xBytes * at[0],
                            leftRepeats ? 0 : xBytes * length,
                            right,
                            yBytes * at[1],
                            leftRepeats ? yBytes * length : 0,
                            result,
                            zBytes * to,
                            zBytes * length,
                            rows,
                            length));
            return;
        }
        BroadcastLoop.Run body;
        if (loop.step(0) == 1 && loop.step(1) == 1) {
            body = (at, to, length) ->
                    kernel.both(left, xBytes * at[0], right, yBytes * at[1], result, zBytes * to, length);
        } else if (loop.step(1) == 1) {
            body = (at, to, length) ->
                    kernel.leftScalar(left, xBytes * at[0], right, yBytes * at[1], result, zBytes * to, length);
        } else if (loop.step(0) == 1) {
            body = (at, to, length) ->
                    kernel.rightScalar(left, xBytes * at[0], right, yBytes * at[1], result, zBytes * to, length);
        } else {
            body = (at, to, length) -> {
                for (int i = 0; i < length; i++) {
                    kernel.both(left, xBytes * at[0], right, yBytes * at[1], result, zBytes * (to + i), 1);
                }
            };
        }
        loop.forEach(workers, parallelElements, body);
    }
}
