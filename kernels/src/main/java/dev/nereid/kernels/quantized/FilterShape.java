package dev.nereid.kernels.quantized;

/**
 * The filters of a convolution of bytes, and how a window's elements lie to each other.
 *
 * @param groups into which channels and outputs fall
 * @param outputs of all groups
 * @param channels of one group
 * @param window spatial extents of the window
 * @param strides steps of the window, one an axis
 * @param dilations steps within the window, one an axis
 */
@SuppressWarnings("ArrayRecordComponent")
public record FilterShape(int groups, int outputs, int channels, long[] window, long[] strides, long[] dilations) {
    /** Elements of a depthwise window whose sums of products of bytes floats hold exactly. */
    private static final int MOST_DEPTHWISE = 256;

    private static final int MOST_DEPTHWISE_ROWS = 32;

    public FilterShape {
        if (groups < 1
                || outputs < 0
                || outputs % groups != 0
                || channels < 0
                || window.length == 0
                || strides.length != window.length) {
            throw new IllegalArgumentException("a convolution of " + groups + " groups with " + outputs
                    + " outputs over " + channels + " channels and " + window.length + " axes is none");
        }
    }

    /** Outputs of one group. */
    public int groupOutputs() {
        return outputs / groups;
    }

    /** Channels of all groups. */
    public int allChannels() {
        return channels * groups;
    }

    /** Elements of the window in one channel. */
    public int windowElements() {
        long elements = 1;
        for (long extent : window) {
            elements *= extent;
        }
        return Math.toIntExact(elements);
    }

    /** Products that make up one sum. */
    public int k() {
        return Math.multiplyExact(channels, windowElements());
    }

    /** Whether every channel has one filter of its own, of a size that the kernels for such convolutions take. */
    public boolean isDepthwise() {
        return groups > 1
                && groups == outputs
                && channels == 1
                && window.length <= 2
                && window[0] <= MOST_DEPTHWISE_ROWS
                && windowElements() >= 1
                && windowElements() <= MOST_DEPTHWISE;
    }
}
