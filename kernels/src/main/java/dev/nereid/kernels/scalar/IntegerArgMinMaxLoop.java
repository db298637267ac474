package dev.nereid.kernels.scalar;

import dev.nereid.kernels.elementwise.ScalarFunctions;
import dev.nereid.kernels.loop.LoopCopy;
import dev.nereid.kernels.reduce.Reduction;
import dev.nereid.memory.NativeSegments;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandles;
import java.nio.ByteOrder;

/** ArgMax and ArgMin of integers. Copied for each relation and datatype. */
final class IntegerArgMinMaxLoop implements Reduction {
    /**
     * What a copy computes.
     *
     * @param displaces whether a number, the first operand, takes the place of the best so far
     */
    record Operation(ElementAccess elements, ScalarFunctions.IntegerRelation displaces) {}

    private static final ValueLayout.OfLong INDEX = ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final Operation OPERATION = LoopCopy.operation(MethodHandles.lookup(), Operation.class);
    private static final ElementAccess.IntegerReader READER =
            OPERATION.elements().integer();
    private static final long BYTES = OPERATION.elements().bytes();
    private static final ScalarFunctions.IntegerRelation DISPLACES = OPERATION.displaces();

    @Override
    public void run(MemorySegment x, long xOffset, MemorySegment y, long yOffset, int outer, int reduced, int inner) {
        x = NativeSegments.exact(x);
        y = NativeSegments.exact(y);
        long stride = BYTES * inner;
        for (int o = 0; o < outer; o++) {
            for (int i = 0; i < inner; i++) {
                long start = xOffset + o * stride * reduced + BYTES * i;
                long best = READER.get(x, start);
                int index = 0;
                for (int r = 1; r < reduced; r++) {
                    long candidate = READER.get(x, start + stride * r);
                    if (DISPLACES.holds(candidate, best)) {
                        best = candidate;
                        index = r;
                    }
                }
                y.set(INDEX, yOffset + 8L * ((long) o * inner + i), index);
            }
        }
    }
}
