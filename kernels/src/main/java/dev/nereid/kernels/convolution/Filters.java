package dev.nereid.kernels.convolution;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * The sizes of a convolution's filters, w: [filters, channels / groups, kernel...].
 *
 * @param count how many there are
 * @param groupChannels channels that each reads
 * @param taps cells of the kernel
 */
public record Filters(int count, int groups, int groupChannels, int taps) {
    private static final ValueLayout.OfFloat FLOAT = ValueLayout.JAVA_FLOAT_UNALIGNED;

    public Filters {
        if (groups < 1 || count < 1 || count % groups != 0 || groupChannels < 1 || taps < 1) {
            throw new IllegalArgumentException(count + " filters in " + groups + " groups over " + groupChannels
                    + " channels and " + taps + " taps");
        }
    }

    public static Filters of(ConvShape shape) {
        return new Filters(
                shape.filters(),
                shape.groups(),
                shape.groupChannels(),
                shape.window().taps());
    }

    /** Whether each filter reads one channel of its own. */
    public boolean isDepthwise() {
        return groupChannels == 1 && count == groups;
    }

    public int groupFilters() {
        return count / groups;
    }

    /** Products that an element of a group's output adds up. */
    public int depth() {
        return groupChannels * taps;
    }

    public long elements() {
        return (long) count * depth();
    }

    /** The filters with the frames of their channels one behind the other; in {@code scratch} where there are several. */
    public MemorySegment stacked(int frames, MemorySegment w, MemorySegment scratch) {
        if (frames == 1) {
            return w;
        }
        int channels = groupChannels / frames;
        long from = 0;
        for (int filter = 0; filter < count; filter++) {
            for (int channel = 0; channel < channels; channel++) {
                for (int frame = 0; frame < frames; frame++) {
                    long to = (((long) filter * frames + frame) * channels + channel) * taps;
                    for (int tap = 0; tap < taps; tap++) {
                        scratch.setAtIndex(FLOAT, to + tap, w.getAtIndex(FLOAT, from++));
                    }
                }
            }
        }
        return scratch;
    }
}
