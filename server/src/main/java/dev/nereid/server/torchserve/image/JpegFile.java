package dev.nereid.server.torchserve.image;

import dev.nereid.server.protocol.InferException;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/** Reads the structure of JPEG files. */
final class JpegFile {
    /** The most bytes that the needed parts are longer than the file. */
    static final int MOST_ADDED_BYTES = 18;

    /** Every scan goes over all pixels; encoders make about ten. */
    static final int MOST_SCANS = 100;

    private static final int START_OF_IMAGE = 0xD8;
    private static final int END_OF_IMAGE = 0xD9;
    private static final int START_OF_SCAN = 0xDA;
    private static final int COMMENT = 0xFE;
    private static final int APPLICATION_0 = 0xE0;
    private static final int APPLICATION_14 = 0xEE;
    private static final int APPLICATION_15 = 0xEF;

    /** Says that three components are luminance and chrominance. Any other of its kind is left out, with its preview. */
    private static final byte[] JFIF = {
        (byte) 0xFF, (byte) 0xE0, 0, 16, 'J', 'F', 'I', 'F', 0, 1, 1, 0, 0, 1, 0, 1, 0, 0
    };

    private static final byte[] ADOBE = "Adobe".getBytes(StandardCharsets.US_ASCII);
    /** Where the transform stands behind the length in a segment of Adobe's. */
    private static final int ADOBE_TRANSFORM = 13;

    private static final int INKS = 4;

    private final byte[] file;
    private final ByteBuffer source;
    private final ByteBuffer needed;
    private boolean jfif;
    private int adobeTransform = -1;
    private int width;
    private int height;
    private int components;
    private boolean namedRgb;

    private JpegFile(byte[] file) {
        this.file = file;
        this.source = ByteBuffer.wrap(file).position(2);
        this.needed = ByteBuffer.allocate(file.length);
    }

    static boolean isJpeg(byte[] file) {
        return file.length > 3 && (file[0] & 0xFF) == 0xFF && (file[1] & 0xFF) == START_OF_IMAGE && file[2] == -1;
    }

    /**
     * Reads the header and keeps the segments that are needed.
     *
     * @throws InferException if segments are missing or do not fit the file, or there are too many scans
     */
    static ImageFile read(byte[] file) {
        JpegFile jpeg = new JpegFile(file);
        try {
            jpeg.readSegments();
        } catch (BufferUnderflowException | IndexOutOfBoundsException e) {
            throw damaged("it ends too early");
        }
        if (jpeg.components == 0) {
            throw damaged("it has no size");
        }
        jpeg.checkScans();
        return jpeg.image();
    }

    private ImageFile image() {
        ImageFile.Ink ink =
                components != INKS ? ImageFile.Ink.NONE : adobeTransform == 2 ? ImageFile.Ink.YCCK : ImageFile.Ink.CMYK;
        // Without any of these marks the JDK takes components of equal resolution for red, green and blue.
        boolean mark = jfif || (components == 3 && adobeTransform < 0 && !namedRgb);
        int markBytes = mark ? JFIF.length : 0;
        byte[] kept = new byte[2 + markBytes + needed.position()];
        kept[0] = (byte) 0xFF;
        kept[1] = (byte) START_OF_IMAGE;
        System.arraycopy(JFIF, 0, kept, 2, markBytes);
        System.arraycopy(needed.array(), 0, kept, 2 + markBytes, needed.position());
        return new ImageFile("jpeg", width, height, Math.max(components, 1), ink, kept);
    }

    /** Reads up to the first scan. */
    private void readSegments() {
        while (true) {
            int start = source.position();
            if ((source.get() & 0xFF) != 0xFF) {
                throw damaged("a segment does not begin where the one before it ends");
            }
            int marker = source.get() & 0xFF;
            if (marker == 0xFF) {
                source.position(start + 1); // fill
                continue;
            }
            if (marker == END_OF_IMAGE) {
                throw damaged("it has no image data");
            }
            int length = source.getShort(source.position()) & 0xFFFF;
            int end = source.position() + length;
            if (length < 2 || end > file.length) {
                throw damaged("a segment does not fit the file");
            }
            if (marker == START_OF_SCAN) {
                needed.put(file, start, file.length - start);
                source.position(end);
                return;
            }
            if (isFrame(marker)) {
                readFrame(length);
            }
            if (isNeeded(marker, length)) {
                needed.put(file, start, end - start);
            }
            source.position(end);
        }
    }

    /** Whether a segment has the image's size: all of C0 to CF but for tables and a reserved one. */
    private static boolean isFrame(int marker) {
        return (marker & 0xF0) == 0xC0 && marker != 0xC4 && marker != 0xC8 && marker != 0xCC;
    }

    private void readFrame(int length) {
        int at = source.position() + 3;
        height = source.getShort(at) & 0xFFFF;
        width = source.getShort(at + 2) & 0xFFFF;
        components = source.get(at + 4) & 0xFF;
        if (length < 8 + 3 * components || at + 2 + 3 * components >= file.length) {
            throw damaged("the segment with its size is too short");
        }
        namedRgb = components == 3 && file[at + 5] == 'R' && file[at + 8] == 'G' && file[at + 11] == 'B';
    }

    private boolean isNeeded(int marker, int length) {
        int at = source.position() + 2;
        if (marker == APPLICATION_0) {
            jfif |= length >= JFIF.length - 2 && Arrays.equals(file, at, at + 5, JFIF, 4, 9);
            return false;
        }
        if (marker == APPLICATION_14) {
            boolean adobe = length >= ADOBE_TRANSFORM + 1 && Arrays.equals(file, at, at + 5, ADOBE, 0, 5);
            if (adobe) {
                adobeTransform = file[source.position() + ADOBE_TRANSFORM] & 0xFF;
            }
            return adobe;
        }
        return marker != COMMENT && (marker < APPLICATION_0 || marker > APPLICATION_15);
    }

    /** Counts scans up to the end of the image. In their data FF stands before 0 or a marker. */
    private void checkScans() {
        int scans = 1;
        for (int i = source.position(); i < file.length - 1; i++) {
            if (file[i] != -1) {
                continue;
            }
            int marker = file[i + 1] & 0xFF;
            if (marker == END_OF_IMAGE) {
                return;
            }
            if (marker == START_OF_SCAN && ++scans > MOST_SCANS) {
                throw InferException.invalid(
                        "the jpeg image has more than " + MOST_SCANS + " scans: save it with fewer, or as PNG");
            }
        }
        throw damaged("it ends too early");
    }

    private static InferException damaged(String what) {
        return InferException.invalid("the jpeg image is damaged: " + what);
    }
}
