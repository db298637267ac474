package dev.nereid.kernels.quantized;

/**
 * Which scale and zero point belong to which element of a tensor [outer, channels, inner]: one for all, one a channel,
 * or one for each block of channels, as ONNX's QuantizeLinear has them.
 *
 * @param block channels that share a scale, each (outer, inner) position having its own; 0 where every channel has one
 *     scale that holds for all positions
 */
public record QuantizationGrid(long outer, long channels, long inner, long block) {
    public QuantizationGrid {
        if (outer < 0 || channels < 0 || inner < 0 || block < 0) {
            throw new IllegalArgumentException("grid [" + outer + "," + channels + "," + inner + "] with blocks of "
                    + block + " has a negative extent");
        }
    }

    /** One scale for {@code elements} elements. */
    public static QuantizationGrid perTensor(long elements) {
        return new QuantizationGrid(1, 1, elements, 0);
    }

    public long elements() {
        return outer * channels * inner;
    }

    /** The number of scales and of zero points. */
    public long scales() {
        return block == 0 ? channels : outer * blocks() * inner;
    }

    /** Where in the scales that of an element lies; the scales of a block are laid out [outer, blocks, inner]. */
    public long scaleIndex(long outerIndex, long channel, long innerIndex) {
        return block == 0 ? channel : (outerIndex * blocks() + channel / block) * inner + innerIndex;
    }

    /** A run of adjacent elements. */
    @FunctionalInterface
    interface Strip {
        /**
         * Called for one run.
         *
         * @param scale index of the first element's scale
         * @param own whether the elements' scales follow each other; else all have the same one
         */
        void run(long offset, long length, long scale, boolean own);
    }

    /** Covers the tensor with runs, in order. */
    void forEachStrip(Strip strip) {
        if (inner == 1 && block != 1) {
            for (long row = 0; row < outer; row++) {
                if (block == 0) {
                    strip.run(row * channels, channels, 0, true);
                } else {
                    for (long channel = 0; channel < channels; channel += block) {
                        long length = Math.min(block, channels - channel);
                        strip.run(row * channels + channel, length, scaleIndex(row, channel, 0), false);
                    }
                }
            }
            return;
        }
        for (long row = 0; row < outer; row++) {
            for (long channel = 0; channel < channels; channel++) {
                strip.run((row * channels + channel) * inner, inner, scaleIndex(row, channel, 0), block != 0);
            }
        }
    }

    private long blocks() {
        return (channels + block - 1) / block;
    }
}
