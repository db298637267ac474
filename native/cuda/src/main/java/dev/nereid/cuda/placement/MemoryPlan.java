package dev.nereid.cuda.placement;

import java.util.ArrayList;
import java.util.List;

/** Places values of known sizes and lifetimes in one block: first fit among those that live at the same time. */
final class MemoryPlan {
    /** What kernels and copies want. */
    private static final long ALIGNMENT = 256;

    private record Taken(long from, long to, int lastUse) {}

    private final List<Taken> live = new ArrayList<>();
    private long bytes;

    /**
     * Takes memory.
     *
     * @param step the step that first needs it; not less than any before
     * @param lastUse the last step that does
     * @return its offset
     */
    long take(long size, int step, int lastUse) {
        live.removeIf(taken -> taken.lastUse() < step);
        long aligned = Math.ceilDiv(Math.max(size, 1), ALIGNMENT) * ALIGNMENT;
        long offset = 0;
        int place = 0;
        // In ascending order of offsets.
        for (Taken taken : live) {
            if (taken.from() - offset >= aligned) {
                break;
            }
            offset = taken.to();
            place++;
        }
        live.add(place, new Taken(offset, offset + aligned, lastUse));
        bytes = Math.max(bytes, offset + aligned);
        return offset;
    }

    /** Bytes of the whole block. */
    long bytes() {
        return bytes;
    }
}
