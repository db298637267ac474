package dev.nereid.models.operators.vision;

import java.awt.image.BufferedImage;
import java.awt.image.IndexColorModel;
import java.awt.image.Raster;
import java.awt.image.SampleModel;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.util.Iterator;
import javax.imageio.ImageIO;
import javax.imageio.ImageReader;
import javax.imageio.stream.ImageInputStream;
import javax.imageio.stream.MemoryCacheImageInputStream;

/** Reads image files in the formats of the JDK: BMP, GIF, JPEG, PNG, TIFF and WBMP. */
final class ImageFileReader {
    private ImageFileReader() {}

    /**
     * Decodes a file.
     *
     * @throws IllegalArgumentException if the file is broken or of a kind that is not known
     */
    static DecodedImage read(byte[] file) {
        try (ImageInputStream in = new MemoryCacheImageInputStream(new ByteArrayInputStream(file))) {
            Iterator<ImageReader> readers = ImageIO.getImageReaders(in);
            if (!readers.hasNext()) {
                throw new IllegalArgumentException("the image is " + kind(file)
                        + ", which is not decoded; BMP, GIF, JPEG, PNG, PNM, TIFF and WBMP are");
            }
            ImageReader reader = readers.next();
            try {
                reader.setInput(in, true, true);
                DecodedImage.requireSize(reader.getWidth(0), reader.getHeight(0));
                return pixels(reader.read(0));
            } finally {
                reader.dispose();
            }
        } catch (IOException e) {
            throw new IllegalArgumentException("the image cannot be decoded: " + e.getMessage(), e);
        }
    }

    /** The samples as the file has them: colour profiles are not applied. */
    private static DecodedImage pixels(BufferedImage image) {
        int width = image.getWidth();
        int height = image.getHeight();
        int[] pixels = new int[Math.multiplyExact(width, height)];
        if (image.getColorModel() instanceof IndexColorModel) {
            image.getRGB(0, 0, width, height, pixels, 0, width);
            return new DecodedImage(width, height, pixels);
        }
        Raster raster = image.getRaster();
        int bands = raster.getNumBands();
        int[] shifts = shifts(raster.getSampleModel());
        boolean gray = bands < 3;
        int[] row = new int[Math.multiplyExact(width, bands)];
        for (int y = 0; y < height; y++) {
            raster.getPixels(0, y, width, 1, row);
            for (int x = 0; x < width; x++) {
                int red = eight(row[x * bands], shifts[0]);
                int green = gray ? red : eight(row[x * bands + 1], shifts[1]);
                int blue = gray ? red : eight(row[x * bands + 2], shifts[2]);
                pixels[y * width + x] = red << 16 | green << 8 | blue;
            }
        }
        return new DecodedImage(width, height, pixels);
    }

    /** Bits by which the samples of each band exceed eight. */
    private static int[] shifts(SampleModel model) {
        int[] shifts = new int[model.getNumBands()];
        for (int band = 0; band < shifts.length; band++) {
            shifts[band] = model.getSampleSize(band) - 8;
        }
        return shifts;
    }

    private static int eight(int sample, int shift) {
        if (shift >= 0) {
            return sample >>> shift & 0xFF;
        }
        int highest = (1 << (8 + shift)) - 1;
        return sample * 255 / highest;
    }

    private static String kind(byte[] file) {
        if (startsWith(file, 0, "RIFF") && startsWith(file, 8, "WEBP")) {
            return "a WebP";
        }
        if (startsWith(file, 4, "jP  ") || startsWith(file, 0, "\u00ffO\u00ffQ")) {
            return "a JPEG 2000";
        }
        return "of an unknown kind";
    }

    private static boolean startsWith(byte[] file, int offset, String text) {
        for (int i = 0; i < text.length(); i++) {
            if (offset + i >= file.length || (file[offset + i] & 0xFF) != text.charAt(i)) {
                return false;
            }
        }
        return true;
    }
}
