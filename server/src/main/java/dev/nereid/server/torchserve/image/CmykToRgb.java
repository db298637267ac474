package dev.nereid.server.torchserve.image;

/** Converts the four samples of JPEG files with inks as PIL does, which takes all of them for inverted, as Adobe's are. */
final class CmykToRgb implements RgbImage.Conversion {
    private static final int FRACTION_BITS = 16;
    private static final int HALF = 1 << (FRACTION_BITS - 1);

    private final boolean chrominance;

    /** @param chrominance whether the first three samples are luminance and chrominance */
    CmykToRgb(boolean chrominance) {
        this.chrominance = chrominance;
    }

    @Override
    public void convert(int[] samples, int from, byte[] pixels, int to) {
        int first = samples[from];
        int second = samples[from + 1];
        int third = samples[from + 2];
        int black = samples[from + 3];
        if (chrominance) {
            int blueness = second - 128;
            int redness = third - 128;
            int cyan = 255 - clamp(first + ((fixed(1.40200) * redness + HALF) >> FRACTION_BITS));
            int magenta = 255
                    - clamp(first + ((-fixed(0.34414) * blueness - fixed(0.71414) * redness + HALF) >> FRACTION_BITS));
            int yellow = 255 - clamp(first + ((fixed(1.77200) * blueness + HALF) >> FRACTION_BITS));
            first = cyan;
            second = magenta;
            third = yellow;
        }
        pixels[to] = light(first, black);
        pixels[to + 1] = light(second, black);
        pixels[to + 2] = light(third, black);
    }

    /** What a white paper reflects under an ink and black, both inverted. */
    private static byte light(int ink, int black) {
        int product = (255 - ink) * black + 128;
        return (byte) clamp(black - (((product >> 8) + product) >> 8));
    }

    private static int fixed(double factor) {
        return (int) (factor * (1 << FRACTION_BITS) + 0.5);
    }

    private static int clamp(int value) {
        return Math.clamp(value, 0, 255);
    }
}
