package dev.nereid.kernels.scalar;

import dev.nereid.kernels.elementwise.ScalarFunctions;
import dev.nereid.kernels.loop.LoopCopy;
import dev.nereid.kernels.reduce.ReduceOp;
import dev.nereid.kernels.reduce.Reduction;
import dev.nereid.memory.NativeSegments;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandles;

/** The loop of a reduction of integers, exact modulo their range. Copied for each reduction and datatype. */
final class IntegerReduceLoop implements Reduction {
    /** What a copy computes. */
    record Operation(ElementAccess elements, ReduceOp op) {}

    private static final Operation OPERATION = LoopCopy.operation(MethodHandles.lookup(), Operation.class);
    private static final ElementAccess.IntegerReader READER =
            OPERATION.elements().integer();
    private static final ElementAccess.IntegerWriter WRITER =
            OPERATION.elements().setInteger();
    private static final long BYTES = OPERATION.elements().bytes();
    private static final ScalarFunctions.IntegerUnary TERM =
            OPERATION.op().term().integer();
    private static final ScalarFunctions.IntegerBinary COMBINE =
            OPERATION.op().accumulation().integer(OPERATION.elements().type());
    private static final long NEUTRAL = OPERATION
            .op()
            .accumulation()
            .neutral(OPERATION.elements().lowest(), OPERATION.elements().highest());

    @Override
    public void run(MemorySegment x, long xOffset, MemorySegment y, long yOffset, int outer, int reduced, int inner) {
        x = NativeSegments.exact(x);
        y = NativeSegments.exact(y);
        long stride = BYTES * inner;
        for (int o = 0; o < outer; o++) {
            for (int i = 0; i < inner; i++) {
                long start = xOffset + o * stride * reduced + BYTES * i;
                long total = NEUTRAL;
                for (int r = 0; r < reduced; r++) {
                    total = COMBINE.apply(total, TERM.apply(READER.get(x, start + stride * r)));
                }
                WRITER.set(y, yOffset + o * stride + BYTES * i, total);
            }
        }
    }
}
