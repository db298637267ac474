package dev.nereid.models.operators.vision;

/**
 * A decoded image.
 *
 * @param pixels row by row, as 0xRRGGBB
 */
@SuppressWarnings("ArrayRecordComponent")
record Picture(int width, int height, int[] pixels) {
    /** Larger images are refused: a file of some bytes could ask for all memory. */
    private static final long MOST_PIXELS = 1L << 27;

    /**
     * Checks what a file claims before memory is taken for it.
     *
     * @throws IllegalArgumentException if an image cannot have this size
     */
    static void requireSize(long width, long height) {
        if (width < 1 || height < 1 || width > MOST_PIXELS || height > MOST_PIXELS || width * height > MOST_PIXELS) {
            throw new IllegalArgumentException("an image of " + width + " x " + height
                    + " pixels cannot be decoded; at most " + MOST_PIXELS + " pixels are");
        }
    }
}
