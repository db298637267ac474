package dev.nereid.server.torchserve.image;

import dev.nereid.server.protocol.CooperativeYield;

/**
 * Resizes images as PIL's bilinear filter with antialiasing does, bit for bit: a triangle whose support grows with the scale,
 * first along the rows, then along the columns, with factors of 22 fraction bits and bytes between the two passes.
 */
final class BilinearResize {
    private static final int FRACTION_BITS = 22;
    private static final int HALF = 1 << (FRACTION_BITS - 1);

    private BilinearResize() {}

    /** The part of the resized image that is wanted; it lies inside of it. */
    record Window(long left, long top, int width, int height) {}

    /**
     * Resizes an image.
     *
     * @param width of the whole resized image
     * @param height of the whole resized image
     * @return the pixels of the window, as {@link RgbImage#pixels}
     */
    static byte[] resize(RgbImage image, long width, long height, Window window) {
        Taps columns = Taps.of(image.width(), width, window.left(), window.width());
        Taps rows = Taps.of(image.height(), height, window.top(), window.height());
        int firstRow = rows.first[0];
        int rowCount = rows.first[window.height() - 1] + rows.count[window.height() - 1] - firstRow;
        byte[] between = horizontal(image, columns, firstRow, rowCount);
        return vertical(between, window.width() * RgbImage.CHANNELS, rows, firstRow);
    }

    private static byte[] horizontal(RgbImage image, Taps taps, int firstRow, int rowCount) {
        int width = taps.first.length;
        byte[] source = image.pixels();
        byte[] target = new byte[rowCount * width * RgbImage.CHANNELS];
        for (int y = 0; y < rowCount; y++) {
            if ((y & RgbImage.ROWS_BETWEEN_PAUSES) == RgbImage.ROWS_BETWEEN_PAUSES) {
                CooperativeYield.pause();
            }
            int row = (firstRow + y) * image.width() * RgbImage.CHANNELS;
            for (int x = 0; x < width; x++) {
                int at = (y * width + x) * RgbImage.CHANNELS;
                for (int channel = 0; channel < RgbImage.CHANNELS; channel++) {
                    int from = row + taps.first[x] * RgbImage.CHANNELS + channel;
                    target[at + channel] = taps.sum(x, source, from, RgbImage.CHANNELS);
                }
            }
        }
        return target;
    }

    /** @param stride bytes of a row */
    private static byte[] vertical(byte[] source, int stride, Taps taps, int firstRow) {
        int height = taps.first.length;
        byte[] target = new byte[height * stride];
        for (int y = 0; y < height; y++) {
            int from = (taps.first[y] - firstRow) * stride;
            for (int x = 0; x < stride; x++) {
                target[y * stride + x] = taps.sum(y, source, from + x, stride);
            }
        }
        return target;
    }

    /** For each wanted sample along one axis, the source samples and their factors. */
    private static final class Taps {
        private final int[] first;
        private final int[] count;
        private final int[][] factors;

        private Taps(int length) {
            first = new int[length];
            count = new int[length];
            factors = new int[length][];
        }

        /**
         * Finds the taps.
         *
         * @param source samples of the source
         * @param target samples of the whole target
         * @param from the first wanted one
         * @param length how many are wanted
         */
        static Taps of(int source, long target, long from, int length) {
            Taps taps = new Taps(length);
            double scale = (double) source / target;
            double support = Math.max(scale, 1);
            double inverse = 1 / support;
            for (int i = 0; i < length; i++) {
                double centre = (from + i + 0.5) * scale;
                int low = Math.max((int) (centre - support + 0.5), 0);
                int high = Math.min((int) (centre + support + 0.5), source);
                taps.first[i] = low;
                taps.count[i] = high - low;
                taps.factors[i] = factors(low, high - low, centre, inverse);
            }
            return taps;
        }

        private static int[] factors(int low, int count, double centre, double inverse) {
            double[] weights = new double[count];
            double sum = 0;
            for (int i = 0; i < count; i++) {
                double distance = Math.abs((low + i - centre + 0.5) * inverse);
                weights[i] = distance < 1 ? 1 - distance : 0;
                sum += weights[i];
            }
            int[] factors = new int[count];
            for (int i = 0; i < count; i++) {
                factors[i] = (int) (0.5 + weights[i] / sum * (1 << FRACTION_BITS));
            }
            return factors;
        }

        /** The weighted sum for one wanted sample. */
        byte sum(int index, byte[] source, int from, int stride) {
            int sum = HALF;
            int at = from;
            for (int factor : factors[index]) {
                sum += (source[at] & 0xFF) * factor;
                at += stride;
            }
            return (byte) Math.clamp(sum >> FRACTION_BITS, 0, 255);
        }
    }
}
