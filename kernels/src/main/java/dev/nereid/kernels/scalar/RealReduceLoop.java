package dev.nereid.kernels.scalar;

import dev.nereid.kernels.elementwise.ScalarFunctions;
import dev.nereid.kernels.loop.LoopCopy;
import dev.nereid.kernels.reduce.ReduceOp;
import dev.nereid.kernels.reduce.Reduction;
import dev.nereid.memory.NativeSegments;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandles;

/** The loop of a reduction that totals real numbers as doubles. Copied for each reduction and datatype. */
final class RealReduceLoop implements Reduction {
    /** What a copy computes. */
    record Operation(ElementAccess elements, ReduceOp op) {}

    private static final Operation OPERATION = LoopCopy.operation(MethodHandles.lookup(), Operation.class);
    private static final ElementAccess.RealReader READER = OPERATION.elements().real();
    private static final ElementAccess.RealWriter WRITER = OPERATION.elements().setReal();
    private static final long BYTES = OPERATION.elements().bytes();
    private static final ScalarFunctions.RealBinary TERM = OPERATION.op().term().real();
    private static final ScalarFunctions.RealBinary COMBINE =
            OPERATION.op().accumulation().real();
    private static final double NEUTRAL = OPERATION.op().accumulation().neutral();
    private static final ReduceOp.Finish FINISH = OPERATION.op().finish();
    private static final boolean NEEDS_GREATEST = OPERATION.op() == ReduceOp.LOG_SUM_EXP;

    @Override
    public void run(MemorySegment x, long xOffset, MemorySegment y, long yOffset, int outer, int reduced, int inner) {
        x = NativeSegments.exact(x);
        y = NativeSegments.exact(y);
        long stride = BYTES * inner;
        for (int o = 0; o < outer; o++) {
            for (int i = 0; i < inner; i++) {
                long start = xOffset + o * stride * reduced + BYTES * i;
                double greatest = NEEDS_GREATEST ? greatest(x, start, stride, reduced) : 0;
                double total = NEUTRAL;
                for (int r = 0; r < reduced; r++) {
                    total = COMBINE.apply(total, TERM.apply(READER.get(x, start + stride * r), greatest));
                }
                WRITER.set(y, yOffset + o * stride + BYTES * i, FINISH.apply(total, reduced, greatest));
            }
        }
    }

    /** The greatest number; 0 where that is infinite or there is none, for it is subtracted. */
    private static double greatest(MemorySegment x, long start, long stride, int reduced) {
        x = NativeSegments.exact(x);
        double greatest = Double.NEGATIVE_INFINITY;
        for (int r = 0; r < reduced; r++) {
            greatest = Math.max(greatest, READER.get(x, start + stride * r));
        }
        return Double.isInfinite(greatest) ? 0 : greatest;
    }
}
