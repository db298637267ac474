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

    private AddressSpace() {}

    @SuppressWarnings("restricted")
    private static MemorySegment everything() {
        return MemorySegment.NULL.reinterpret(Long.MAX_VALUE);
    }
}
