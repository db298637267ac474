package dev.nereid.kernels.scalar;

import dev.nereid.kernels.elementwise.ScalarFunctions;
import dev.nereid.kernels.loop.LoopCopy;
import dev.nereid.kernels.reduce.Accumulation;
import dev.nereid.kernels.reduce.ScatterKernel;
import dev.nereid.memory.NativeSegments;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandles;

/** The loop that puts elements into what is there. Copied for each accumulation and datatype. */
final class ScatterLoop implements ScatterKernel {
    /** What a copy computes. */
    record Operation(ElementAccess elements, Accumulation accumulation) {}

    private static final Operation OPERATION = LoopCopy.operation(MethodHandles.lookup(), Operation.class);
    private static final ElementAccess.IntegerReader INTEGER =
            OPERATION.elements().integer();
    private static final ElementAccess.IntegerWriter SET_INTEGER =
            OPERATION.elements().setInteger();
    private static final ElementAccess.RealReader REAL = OPERATION.elements().real();
    private static final ElementAccess.RealWriter SET_REAL =
            OPERATION.elements().setReal();
    private static final ScalarFunctions.IntegerBinary INTEGERS =
            OPERATION.accumulation().integer(OPERATION.elements().type());
    private static final ScalarFunctions.RealBinary REALS =
            OPERATION.accumulation().real();
    private static final boolean IS_INTEGER = OPERATION.elements().isInteger();
    private static final long BYTES = OPERATION.elements().bytes();

    @Override
    public void run(long block, long count, MemorySegment x, MemorySegment indices, MemorySegment y) {
        x = NativeSegments.exact(x);
        indices = NativeSegments.exact(indices);
        y = NativeSegments.exact(y);
        for (long i = 0; i < count; i++) {
            long to = BYTES * block * indices.get(ValueLayout.JAVA_LONG_UNALIGNED, Long.BYTES * i);
            long from = BYTES * block * i;
            for (long j = 0; j < BYTES * block; j += BYTES) {
                if (IS_INTEGER) {
                    SET_INTEGER.set(y, to + j, INTEGERS.apply(INTEGER.get(y, to + j), INTEGER.get(x, from + j)));
                } else {
                    SET_REAL.set(y, to + j, REALS.apply(REAL.get(y, to + j), REAL.get(x, from + j)));
                }
            }
        }
    }
}
