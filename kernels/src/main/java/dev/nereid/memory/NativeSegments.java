package dev.nereid.memory;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/**
 * Tells the compiler that a segment is a plain native one. The JDK's vector loads and stores call methods of the
 * segment, and HotSpot inlines those by the kinds of segment that the whole process has used there before: heap ones
 * too, which even the Vector API's own interpreter code uses. A vector loop that does not depend on that luck runs four
 * times as fast.
 */
public final class NativeSegments {
    private static final Class<?> NATIVE = Arena.global().allocate(1).getClass();

    private NativeSegments() {}

    /**
     * The segment itself. To be called at the head of a kernel, before its loops.
     *
     * @throws IllegalArgumentException if it is a heap or mapped segment
     */
    public static MemorySegment exact(MemorySegment segment) {
        if (segment.getClass() != NATIVE) {
            throw new IllegalArgumentException("a kernel works on plain native segments, got " + segment);
        }
        return segment;
    }
}
