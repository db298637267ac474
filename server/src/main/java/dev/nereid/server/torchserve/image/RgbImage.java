package dev.nereid.server.torchserve.image;

import dev.nereid.server.protocol.CooperativeYield;
import dev.nereid.server.protocol.InferException;
import dev.nereid.server.protocol.RequestBudget;
import java.awt.image.BufferedImage;
import java.awt.image.IndexColorModel;
import java.awt.image.Raster;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.util.Objects;
import javax.imageio.ImageIO;
import javax.imageio.ImageReader;
import javax.imageio.stream.ImageInputStream;
import javax.imageio.stream.MemoryCacheImageInputStream;

/**
 * A decoded image: 8-bit RGB. Gray images get three equal channels, palettes are looked up, alpha is dropped, of 16-bit samples
 * the upper byte is taken, and CMYK is converted as PIL converts it. Colour profiles and the orientation in EXIF are ignored.
 *
 * @param pixels rows from top to bottom, each pixel as red, green, blue; not copied
 */
@SuppressWarnings("ArrayRecordComponent")
public record RgbImage(int width, int height, byte[] pixels) {
    /** Bytes of a pixel. */
    static final int CHANNELS = 3;

    /** An image of more pixels is refused by its header, as PIL refuses it: a small file may claim any size. */
    static final long MOST_PIXELS = 178_956_970;

    /** A mask of row numbers: other requests are served after so many rows. */
    static final int ROWS_BETWEEN_PAUSES = 31;

    private static final int COLUMNS_AT_ONCE = 4096;

    public RgbImage {
        Objects.requireNonNull(pixels, "pixels");
        if (width < 1 || height < 1 || pixels.length != (long) width * height * CHANNELS) {
            throw new IllegalArgumentException(
                    "expected RGB pixels of " + width + "x" + height + ", got " + pixels.length + " bytes");
        }
    }

    /**
     * Decodes a JPEG or PNG file.
     *
     * @param share what the request holds of the heap: grows by what decoding takes and by the image
     * @throws InferException if it is neither, is damaged, or has too many pixels
     */
    public static RgbImage decode(byte[] file, RequestBudget.Share share) {
        ImageFile image = open(file, share);
        check(image);
        long decoded = (long) image.width() * image.height() * image.pixelBytes();
        long rgb = (long) image.width() * image.height() * CHANNELS;
        share.take(decoded + rgb);
        try {
            return read(image);
        } catch (IOException | RuntimeException e) {
            // The JDK's readers also fail with unchecked exceptions.
            throw new InferException(
                    InferException.Code.INVALID_ARG, "the " + image.format() + " image is damaged: " + e, e);
        } finally {
            share.giveBack(decoded + image.file().length);
        }
    }

    private static ImageFile open(byte[] file, RequestBudget.Share share) {
        if (PngFile.isPng(file)) {
            share.take(file.length);
            return PngFile.read(file);
        }
        if (JpegFile.isJpeg(file)) {
            share.take((long) file.length + JpegFile.MOST_ADDED_BYTES);
            return JpegFile.read(file);
        }
        throw InferException.invalid(
                "expected an image as JPEG or PNG, got " + file.length + " bytes that are neither");
    }

    private static void check(ImageFile image) {
        if (image.width() < 1 || image.height() < 1) {
            throw InferException.invalid(
                    "the " + image.format() + " image has no pixels: " + image.width() + "x" + image.height());
        }
        if ((long) image.width() * image.height() > MOST_PIXELS) {
            throw InferException.invalid("the " + image.format() + " image has " + image.width() + "x" + image.height()
                    + " pixels, expected at most " + MOST_PIXELS + ": send it smaller");
        }
    }

    private static RgbImage read(ImageFile file) throws IOException {
        ImageReader reader = ImageIO.getImageReadersByFormatName(file.format()).next();
        try (ImageInputStream stream = new MemoryCacheImageInputStream(new ByteArrayInputStream(file.file()))) {
            reader.setInput(stream, true, true);
            if (reader.getWidth(0) != file.width() || reader.getHeight(0) != file.height()) {
                throw new IOException("it has two sizes");
            }
            byte[] pixels = new byte[file.width() * file.height() * CHANNELS];
            if (file.ink() != ImageFile.Ink.NONE) {
                copy(reader.readRaster(0, null), new CmykToRgb(file.ink() == ImageFile.Ink.YCCK), pixels);
            } else {
                BufferedImage image = reader.read(0);
                copy(image.getRaster(), conversion(image), pixels);
            }
            return new RgbImage(file.width(), file.height(), pixels);
        } finally {
            reader.dispose();
        }
    }

    /** Makes red, green and blue of a pixel's samples. */
    interface Conversion {
        void convert(int[] samples, int from, byte[] pixels, int to);
    }

    /** By samples and not by colours: Java's colours of gray images are not those of PIL. */
    private static Conversion conversion(BufferedImage image) {
        if (image.getColorModel() instanceof IndexColorModel palette) {
            return (samples, from, pixels, to) -> {
                int colour = palette.getRGB(samples[from]);
                pixels[to] = (byte) (colour >> 16);
                pixels[to + 1] = (byte) (colour >> 8);
                pixels[to + 2] = (byte) colour;
            };
        }
        int shift = image.getSampleModel().getSampleSize(0) - Byte.SIZE;
        int step = image.getRaster().getNumBands() < CHANNELS ? 0 : 1;
        return (samples, from, pixels, to) -> {
            for (int channel = 0; channel < CHANNELS; channel++) {
                pixels[to + channel] = (byte) (samples[from + channel * step] >> shift);
            }
        };
    }

    private static void copy(Raster raster, Conversion conversion, byte[] pixels) {
        int bands = raster.getNumBands();
        int[] samples = new int[Math.min(raster.getWidth(), COLUMNS_AT_ONCE) * bands];
        int to = 0;
        for (int y = 0; y < raster.getHeight(); y++) {
            if ((y & ROWS_BETWEEN_PAUSES) == ROWS_BETWEEN_PAUSES) {
                CooperativeYield.pause();
            }
            for (int x = 0; x < raster.getWidth(); x += COLUMNS_AT_ONCE) {
                int columns = Math.min(COLUMNS_AT_ONCE, raster.getWidth() - x);
                raster.getPixels(raster.getMinX() + x, raster.getMinY() + y, columns, 1, samples);
                for (int i = 0; i < columns; i++) {
                    conversion.convert(samples, i * bands, pixels, to);
                    to += CHANNELS;
                }
            }
        }
    }
}
