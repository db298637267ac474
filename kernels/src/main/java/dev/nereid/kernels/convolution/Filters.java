package dev.nereid.kernels.convolution;


/**
 * The sizes of a convolution's filters, w: [filters, channels / groups, kernel...].
 *
 * @param count how many there are
 * @param groupChannels channels that each reads
 * @param taps cells of the kernel
 */
public record Filters(int count, int groups, int groupChannels, int taps) {
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
}
