package dev.nereid.models.operators.vision;

/** Reads portable pixmaps, PNM: the six kinds of PBM, PGM and PPM, as text and as bytes. */
final class PixmapReader {
    private static final int MOST_LEVELS = 65535;

    private final byte[] file;
    private int at = 2;

    private PixmapReader(byte[] file) {
        this.file = file;
    }

    /** Whether the file starts like a pixmap. */
    static boolean reads(byte[] file) {
        return file.length > 2 && file[0] == 'P' && file[1] >= '1' && file[1] <= '6' && file[2] <= ' ';
    }

    /**
     * Decodes a file.
     *
     * @throws IllegalArgumentException if the file is broken
     */
    static DecodedImage read(byte[] file) {
        return new PixmapReader(file).read();
    }

    private DecodedImage read() {
        boolean text = file[1] <= '3';
        int kind = (file[1] - '1') % 3;
        int width = number();
        int height = number();
        int highest = kind == 0 ? 1 : number();
        DecodedImage.requireSize(width, height);
        if (highest < 1 || highest > MOST_LEVELS) {
            throw new IllegalArgumentException("the image has a highest level of " + highest);
        }
        // One white space after the header.
        at++;
        int[] pixels = new int[width * height];
        for (int pixel = 0; pixel < pixels.length; pixel++) {
            if (kind == 2) {
                int red = level(text, highest);
                int green = level(text, highest);
                pixels[pixel] = red << 16 | green << 8 | level(text, highest);
            } else {
                int gray = kind == 1 ? level(text, highest) : bit(text, pixel % width, pixel % width == width - 1);
                pixels[pixel] = gray << 16 | gray << 8 | gray;
            }
        }
        return new DecodedImage(width, height, pixels);
    }

    /** A level in [0, 255]. */
    private int level(boolean text, int highest) {
        int level = text ? number() : highest > 255 ? next() << 8 | next() : next();
        return highest == 255 ? level : (Math.min(level, highest) * 255 + highest / 2) / highest;
    }

    /** White for 0 and black for 1; eight a byte, and every row begins with a byte. */
    private int bit(boolean text, int column, boolean last) {
        if (text) {
            skipSpace();
            return next() == '0' ? 255 : 0;
        }
        int bits = peek();
        if (column % 8 == 7 || last) {
            at++;
        }
        return (bits >> (7 - column % 8) & 1) == 0 ? 255 : 0;
    }

    private int number() {
        skipSpace();
        int number = 0;
        int digits = 0;
        while (at < file.length && file[at] >= '0' && file[at] <= '9') {
            number = Math.addExact(Math.multiplyExact(number, 10), file[at++] - '0');
            digits++;
        }
        if (digits == 0) {
            throw new IllegalArgumentException("the image is cut off or broken at byte " + at);
        }
        return number;
    }

    /** Skips white space and comments, which go from # to the end of the line. */
    private void skipSpace() {
        boolean comment = false;
        while (at < file.length && (comment || file[at] == '#' || (file[at] >= 0 && file[at] <= ' '))) {
            comment = comment ? file[at] != '\n' : file[at] == '#';
            at++;
        }
    }

    private int peek() {
        if (at >= file.length) {
            throw new IllegalArgumentException("the image is cut off at byte " + at);
        }
        return file[at] & 0xFF;
    }

    private int next() {
        int value = peek();
        at++;
        return value;
    }
}
