package dev.nereid.models.execute;

import dev.nereid.memory.NativeMemory;
import dev.nereid.models.plan.Region;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.PriorityQueue;
import java.util.function.ToLongFunction;

/**
 * Where the regions of a frame lie once its shapes are known: the largest is placed first, each in the smallest gap
 * that those which live at the same time leave, so that a frame is hardly larger than what ever lives at a time. Thousands of
 * regions are placed in the order of their steps, which takes n log n and more memory.
 */
final class FrameLayout {
    /** As many regions are compared with each other. */
    private static final int MOST_COMPARED = 4000;

    private final int[] from;
    private final int[] to;
    private final long[] sizes;
    private final long[] offsets;
    /** Regions that have their place, by offset. */
    private final int[] placed;

    private int count;
    private long bytes;

    private FrameLayout(List<Region> regions, ToLongFunction<String> symbols) {
        from = regions.stream().mapToInt(Region::from).toArray();
        to = regions.stream().mapToInt(Region::to).toArray();
        sizes = regions.stream()
                .mapToLong(region -> aligned(region.bytes().evaluate(symbols)))
                .toArray();
        offsets = new long[sizes.length];
        placed = new int[sizes.length];
    }

    /** @param symbols the value of each symbolic dim */
    static FrameLayout of(List<Region> regions, ToLongFunction<String> symbols) {
        FrameLayout layout = new FrameLayout(regions, symbols);
        if (regions.size() > MOST_COMPARED) {
            layout.placeInOrder();
            return layout;
        }
        Integer[] order = new Integer[regions.size()];
        Arrays.setAll(order, i -> i);
        Arrays.sort(order, (a, b) -> Long.compare(layout.sizes[b], layout.sizes[a]));
        for (int region : order) {
            layout.place(region);
        }
        return layout;
    }

    /** Bytes of all regions together. */
    long bytes() {
        return bytes;
    }

    /** Where a region begins. */
    long offset(int region) {
        return offsets[region];
    }

    private void placeInOrder() {
        Integer[] order = new Integer[sizes.length];
        Arrays.setAll(order, i -> i);
        Arrays.sort(order, Comparator.<Integer>comparingInt(i -> from[i]).thenComparingLong(i -> -sizes[i]));
        PriorityQueue<Integer> live = new PriorityQueue<>(Comparator.comparingInt(i -> to[i]));
        FreeList gaps = new FreeList();
        for (int region : order) {
            for (Integer first = live.peek(); first != null && to[first] < from[region]; first = live.peek()) {
                live.remove();
                gaps.giveBack(offsets[first], sizes[first]);
            }
            if (sizes[region] > 0) {
                offsets[region] = gaps.take(sizes[region]);
                live.add(region);
            }
        }
        bytes = gaps.end();
    }

    private void place(int region) {
        long best = -1;
        long smallest = Long.MAX_VALUE;
        long end = 0;
        for (int i = 0; i < count; i++) {
            int other = placed[i];
            if (from[other] > to[region] || to[other] < from[region]) {
                continue;
            }
            long gap = offsets[other] - end;
            if (gap >= sizes[region] && gap < smallest) {
                best = end;
                smallest = gap;
            }
            end = Math.max(end, offsets[other] + sizes[other]);
        }
        offsets[region] = best < 0 ? end : best;
        bytes = Math.max(bytes, offsets[region] + sizes[region]);
        insert(region);
    }

    private void insert(int region) {
        int at = count++;
        for (; at > 0 && offsets[placed[at - 1]] > offsets[region]; at--) {
            placed[at] = placed[at - 1];
        }
        placed[at] = region;
    }

    private static long aligned(long size) {
        return Math.ceilDiv(size, NativeMemory.ALIGNMENT) * NativeMemory.ALIGNMENT;
    }
}
