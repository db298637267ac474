package dev.nereid.kernels.scalar;

import dev.nereid.kernels.loop.LoopCopy;
import dev.nereid.kernels.reduce.RowKernel;
import dev.nereid.kernels.reduce.RowOp;
import dev.nereid.memory.NativeSegments;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandles;

/** The loops of the functions of rows, on doubles. Copied for each function and datatype. */
final class RealRowLoop implements RowKernel {
    /** What a copy computes. */
    record Operation(ElementAccess elements, RowOp op) {}

    private static final Operation OPERATION = LoopCopy.operation(MethodHandles.lookup(), Operation.class);
    private static final ElementAccess.RealReader READER = OPERATION.elements().real();
    private static final ElementAccess.RealWriter WRITER = OPERATION.elements().setReal();
    private static final long BYTES = OPERATION.elements().bytes();
    private static final RowOp OP = OPERATION.op();

    @Override
    public void run(MemorySegment x, long xOffset, MemorySegment y, long yOffset, int outer, int length, int inner) {
        y = NativeSegments.exact(y);
        long stride = BYTES * inner;
        for (int o = 0; o < outer; o++) {
            for (int i = 0; i < inner; i++) {
                long start = o * stride * length + BYTES * i;
                int greatest = greatest(x, xOffset + start, stride, length);
                if (OP == RowOp.HARDMAX) {
                    for (int r = 0; r < length; r++) {
                        WRITER.set(y, yOffset + start + stride * r, r == greatest ? 1 : 0);
                    }
                } else {
                    softmax(x, xOffset + start, y, yOffset + start, stride, length, greatest);
                }
            }
        }
    }

    private static void softmax(
            MemorySegment x, long xStart, MemorySegment y, long yStart, long stride, int length, int greatest) {
        x = NativeSegments.exact(x);
        y = NativeSegments.exact(y);
        double shift = length == 0 ? 0 : READER.get(x, xStart + stride * greatest);
        double sum = 0;
        for (int r = 0; r < length; r++) {
            sum += Math.exp(READER.get(x, xStart + stride * r) - shift);
        }
        double logSum = Math.log(sum);
        for (int r = 0; r < length; r++) {
            double value = READER.get(x, xStart + stride * r) - shift;
            WRITER.set(y, yStart + stride * r, OP == RowOp.SOFTMAX ? Math.exp(value) / sum : value - logSum);
        }
    }

    private static int greatest(MemorySegment x, long start, long stride, int length) {
        x = NativeSegments.exact(x);
        int greatest = 0;
        for (int r = 1; r < length; r++) {
            if (READER.get(x, start + stride * r) > READER.get(x, start + stride * greatest)) {
                greatest = r;
            }
        }
        return greatest;
    }
}
