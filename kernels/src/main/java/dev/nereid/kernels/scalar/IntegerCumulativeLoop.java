package dev.nereid.kernels.scalar;

import dev.nereid.kernels.elementwise.ScalarFunctions;
import dev.nereid.kernels.loop.LoopCopy;
import dev.nereid.kernels.reduce.Accumulation;
import dev.nereid.kernels.reduce.CumulativeKernel;
import dev.nereid.memory.NativeSegments;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandles;

/** The loop of running totals of integers. Copied for each accumulation and datatype. */
final class IntegerCumulativeLoop implements CumulativeKernel {
    /** What a copy computes. */
    record Operation(ElementAccess elements, Accumulation accumulation) {}

    private static final Operation OPERATION = LoopCopy.operation(MethodHandles.lookup(), Operation.class);
    private static final ElementAccess.IntegerReader READER =
            OPERATION.elements().integer();
    private static final ElementAccess.IntegerWriter WRITER =
            OPERATION.elements().setInteger();
    private static final long BYTES = OPERATION.elements().bytes();
    private static final ScalarFunctions.IntegerBinary COMBINE =
            OPERATION.accumulation().integer(OPERATION.elements().type());
    private static final long NEUTRAL = OPERATION
            .accumulation()
            .neutral(OPERATION.elements().lowest(), OPERATION.elements().highest());

    @Override
    public void run(
            MemorySegment x,
            long xOffset,
            MemorySegment y,
            long yOffset,
            int outer,
            int length,
            int inner,
            boolean exclusive,
            boolean reverse) {
        x = NativeSegments.exact(x);
        y = NativeSegments.exact(y);
        long stride = BYTES * inner;
        for (int o = 0; o < outer; o++) {
            for (int i = 0; i < inner; i++) {
                long start = o * stride * length + BYTES * i;
                long total = NEUTRAL;
                for (int step = 0; step < length; step++) {
                    long at = start + stride * (reverse ? length - 1 - step : step);
                    long before = total;
                    total = COMBINE.apply(total, READER.get(x, xOffset + at));
                    WRITER.set(y, yOffset + at, exclusive ? before : total);
                }
            }
        }
    }
}
