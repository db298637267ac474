package dev.nereid.kernels.scalar;

import dev.nereid.kernels.elementwise.WhereKernel;
import dev.nereid.kernels.loop.LoopCopy;
import dev.nereid.memory.NativeSegments;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandles;

/** The loop that selects elements, which it takes for integers of their size. Copied for each size. */
final class WhereLoop implements WhereKernel {
    private static final ElementAccess ELEMENTS = LoopCopy.operation(MethodHandles.lookup(), ElementAccess.class);
    private static final ElementAccess.IntegerReader READER = ELEMENTS.integer();
    private static final ElementAccess.IntegerWriter WRITER = ELEMENTS.setInteger();
    private static final long BYTES = ELEMENTS.bytes();

    @Override
    public void run(
            MemorySegment condition,
            long conditionOffset,
            int conditionStep,
            MemorySegment x,
            long xOffset,
            int xStep,
            MemorySegment y,
            long yOffset,
            int yStep,
            MemorySegment z,
            long zOffset,
            int length) {
        condition = NativeSegments.exact(condition);
        x = NativeSegments.exact(x);
        y = NativeSegments.exact(y);
        z = NativeSegments.exact(z);
        for (int i = 0; i < length; i++) {
            boolean holds = condition.get(ValueLayout.JAVA_BYTE, conditionOffset + (long) conditionStep * i) != 0;
            long left = READER.get(x, xOffset + BYTES * xStep * i);
            long right = READER.get(y, yOffset + BYTES * yStep * i);
            WRITER.set(z, zOffset + BYTES * i, holds ? left : right);
        }
    }
}
