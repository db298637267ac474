package dev.nereid.server.torchserve.image;

/**
 * An image file as its header describes it, without what only costs time and memory: comments, profiles, previews.
 *
 * @param format the JDK's name of the format
 * @param pixelBytes what a pixel takes when it is decoded, at most
 * @param ink whether the samples are inks
 * @param file what is decoded
 */
@SuppressWarnings("ArrayRecordComponent")
record ImageFile(String format, int width, int height, int pixelBytes, Ink ink, byte[] file) {
    /** How the four samples of a pixel mean cyan, magenta, yellow and black. */
    enum Ink {
        /** They are not inks. */
        NONE,
        CMYK,
        /** The first three are the luminance and chrominance of red, green and blue. */
        YCCK
    }
}
