package dev.nereid.memory;

import java.lang.foreign.MemorySegment;

/**
 * All native memory as one segment, in which an offset is an address. For inner loops only: as the segment is a constant,
 * the compiler knows its kind whatever other kinds of segments (mapped, on the heap) have passed through the same methods
 * of the JDK, and a loop keeps its speed. Nothing is checked here: who takes addresses checks bounds before, against the
 * segments that they come from, and keeps those alive meanwhile.
 */
public final class AddressSpace {
    /** Every address. */
    public static final MemorySegment ALL = everything();

    /**
     * The bits that an address may have. What is cut to them before a loop is known not to be negative and to lie far below the
     * largest number, so that the compiler has nothing to check of what is near it. Where a large loop has many addresses,
     * checks are what keeps vectors in boxes, and kernels from being inlined: each of them may leave the loop, and has to tell
     * what all variables were.
     */
    public static final long BITS = (1L << 56) - 1;

    private AddressSpace() {}

    @SuppressWarnings("restricted")
    private static MemorySegment everything() {
        return MemorySegment.NULL.reinterpret(Long.MAX_VALUE);
    }
}
