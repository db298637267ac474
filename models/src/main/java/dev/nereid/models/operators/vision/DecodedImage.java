package dev.nereid.models.operators.vision;

/**
 * A decoded image.
 *
 * @param pixels row by row, as 0xRRGGBB
 */
@SuppressWarnings("ArrayRecordComponent")
record DecodedImage(int width, int height, int[] pixels) {
    /** What a pixel takes of the heap while a file is decoded. */
    private static final int PIXEL_BYTES = 12;

    private static final int HEAP_SHARE = 8;

    /** Larger images are refused: a file of some bytes could ask for all memory. */
    private static final long MOST_PIXELS =
            Math.min(1L << 27, Runtime.getRuntime().maxMemory() / HEAP_SHARE / PIXEL_BYTES);

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
