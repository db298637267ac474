package dev.nereid.kernels.convolution;

/**
 * The filters' part of Winograd's F(4 x 4, 3 x 3): the taps of a filter of one channel become the places of a transformed
 * tile. Lavin and Gray, Fast Algorithms for Convolutional Neural Networks, has the matrices.
 */
public final class WinogradTaps {
    /** Places of a transformed tile along an axis: 4 outputs and 2 more. */
    public static final int SIDE = 6;

    public static final int PLACES = SIDE * SIDE;

    /** Output cells of a tile along an axis. */
    public static final int OUTPUTS = 4;

    /** Taps of a filter along an axis. */
    public static final int TAPS = 3;

    private WinogradTaps() {}

    /**
     * Transforms a filter of one channel.
     *
     * @param w 3 x 3 taps from {@code first} on
     * @param to of {@link #PLACES}
     */
    public static void transform(float[] w, int first, double[] to) {
        double[] rows = new double[SIDE * TAPS];
        for (int column = 0; column < TAPS; column++) {
            transform(w[first + column], w[first + TAPS + column], w[first + 2 * TAPS + column], rows, column, TAPS);
        }
        for (int row = 0; row < SIDE; row++) {
            int from = row * TAPS;
            transform(rows[from], rows[from + 1], rows[from + 2], to, row * SIDE, 1);
        }
    }

    /** What a filter's three taps along an axis become: six numbers, from {@code at} on with {@code step} between them. */
    private static void transform(double w0, double w1, double w2, double[] to, int at, int step) {
        double ends = w0 + w2;
        double spread = w0 / 24 + w2 / 6;
        to[at] = w0 / 4;
        to[at + step] = -(ends + w1) / 6;
        to[at + 2 * step] = (w1 - ends) / 6;
        to[at + 3 * step] = spread + w1 / 12;
        to[at + 4 * step] = spread - w1 / 12;
        to[at + 5 * step] = w2;
    }
}
