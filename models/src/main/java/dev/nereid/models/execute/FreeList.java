package dev.nereid.models.execute;

import java.util.Comparator;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * Best-fit free list of a frame's memory: each region is placed in the smallest gap that holds it, and adjacent gaps are
 * merged. Every operation takes logarithmic time.
 */
final class FreeList {
    private record Gap(long offset, long size) {}

    private final TreeMap<Long, Gap> byOffset = new TreeMap<>();
    private final TreeSet<Gap> bySize =
            new TreeSet<>(Comparator.comparingLong(Gap::size).thenComparingLong(Gap::offset));
    private long end;

    /** The end of the memory that was ever allocated. */
    long end() {
        return end;
    }

    /** Allocates memory; returns its offset. */
    long take(long size) {
        Gap gap = bySize.ceiling(new Gap(0, size));
        if (gap != null) {
            remove(gap);
            add(gap.offset() + size, gap.size() - size);
            return gap.offset();
        }
        Map.Entry<Long, Gap> last = byOffset.lastEntry();
        long offset = end;
        if (last != null && last.getValue().offset() + last.getValue().size() == end) {
            offset = last.getValue().offset();
            remove(last.getValue());
        }
        end = offset + size;
        return offset;
    }

    /** Frees a region. */
    void giveBack(long offset, long size) {
        long from = offset;
        long to = offset + size;
        Map.Entry<Long, Gap> before = byOffset.lowerEntry(offset);
        if (before != null && before.getKey() + before.getValue().size() == offset) {
            from = before.getKey();
            remove(before.getValue());
        }
        Gap after = byOffset.get(to);
        if (after != null) {
            to += after.size();
            remove(after);
        }
        add(from, to - from);
    }

    private void add(long offset, long size) {
        if (size > 0) {
            Gap gap = new Gap(offset, size);
            byOffset.put(offset, gap);
            bySize.add(gap);
        }
    }

    private void remove(Gap gap) {
        byOffset.remove(gap.offset());
        bySize.remove(gap);
    }
}
