package dev.nereid.server.torchserve.image;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.nereid.server.protocol.InferException;
import dev.nereid.server.protocol.RequestBudget;
import java.awt.Color;
import java.awt.color.ColorSpace;
import java.awt.image.BufferedImage;
import java.awt.image.ComponentColorModel;
import java.awt.image.DataBuffer;
import java.awt.image.IndexColorModel;
import java.awt.image.Raster;
import java.awt.image.WritableRaster;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.zip.CRC32;
import java.util.zip.Deflater;
import javax.imageio.IIOImage;
import javax.imageio.ImageIO;
import javax.imageio.ImageWriteParam;
import javax.imageio.ImageWriter;
import javax.imageio.stream.MemoryCacheImageOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class RgbImageTest {
    @Test
    void colourPngKeepsItsPixels() throws IOException {
        BufferedImage image = new BufferedImage(2, 1, BufferedImage.TYPE_3BYTE_BGR);
        image.setRGB(0, 0, 0x010203);
        image.setRGB(1, 0, 0xFFFE80);

        assertThat(pixels(png(image))).containsExactly(1, 2, 3, 255, 254, 128);
    }

    @Test
    void grayPngGetsThreeEqualChannels() throws IOException {
        BufferedImage image = new BufferedImage(3, 1, BufferedImage.TYPE_BYTE_GRAY);
        image.getRaster().setPixels(0, 0, 3, 1, new int[] {0, 100, 255});

        assertThat(pixels(png(image))).containsExactly(0, 0, 0, 100, 100, 100, 255, 255, 255);
    }

    @Test
    void grayPngWithAlphaLosesIt() throws IOException {
        ComponentColorModel colours = new ComponentColorModel(
                ColorSpace.getInstance(ColorSpace.CS_GRAY), true, false, Color.TRANSLUCENT, DataBuffer.TYPE_BYTE);
        WritableRaster raster = colours.createCompatibleWritableRaster(2, 1);
        raster.setPixels(0, 0, 2, 1, new int[] {40, 0, 50, 255});

        assertThat(pixels(png(new BufferedImage(colours, raster, false, null))))
                .containsExactly(40, 40, 40, 50, 50, 50);
    }

    @Test
    void colourPngWithAlphaLosesItWithoutBlending() throws IOException {
        BufferedImage image = new BufferedImage(2, 1, BufferedImage.TYPE_4BYTE_ABGR);
        image.getRaster().setPixels(0, 0, 2, 1, new int[] {10, 20, 30, 0, 40, 50, 60, 128});

        assertThat(pixels(png(image))).containsExactly(10, 20, 30, 40, 50, 60);
    }

    @Test
    void palettePngIsLookedUp() throws IOException {
        byte[] levels = {0, (byte) 200, 30};
        IndexColorModel palette = new IndexColorModel(8, 3, levels, new byte[] {1, 2, 3}, new byte[] {9, 8, 7});
        BufferedImage image = new BufferedImage(2, 1, BufferedImage.TYPE_BYTE_INDEXED, palette);
        image.getRaster().setPixels(0, 0, 2, 1, new int[] {1, 2});

        assertThat(pixels(png(image))).containsExactly(200, 2, 8, 30, 3, 7);
    }

    @Test
    void blackAndWhitePngHasTheWholeRange() throws IOException {
        BufferedImage image = new BufferedImage(2, 1, BufferedImage.TYPE_BYTE_BINARY);
        image.setRGB(1, 0, 0xFFFFFF);

        assertThat(pixels(png(image))).containsExactly(0, 0, 0, 255, 255, 255);
    }

    @Test
    void sixteenBitPngKeepsTheUpperBytes() throws IOException {
        BufferedImage gray = new BufferedImage(2, 1, BufferedImage.TYPE_USHORT_GRAY);
        gray.getRaster().setPixels(0, 0, 2, 1, new int[] {0x12FF, 0xFF00});
        ComponentColorModel colours = new ComponentColorModel(
                ColorSpace.getInstance(ColorSpace.CS_sRGB), false, false, Color.OPAQUE, DataBuffer.TYPE_USHORT);
        WritableRaster raster = colours.createCompatibleWritableRaster(1, 1);
        raster.setPixels(0, 0, 1, 1, new int[] {0x0180, 0x02FF, 0xFFFF});

        assertThat(pixels(png(gray))).containsExactly(0x12, 0x12, 0x12, 255, 255, 255);
        assertThat(pixels(png(new BufferedImage(colours, raster, false, null)))).containsExactly(1, 2, 255);
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void jpegHasThePixelsOfTheJdksDecoder(boolean progressive) throws IOException {
        BufferedImage image = smooth(BufferedImage.TYPE_3BYTE_BGR);
        byte[] file = jpeg(new IIOImage(image, null, null), progressive);
        BufferedImage decoded = ImageIO.read(new ByteArrayInputStream(file));

        int[] pixels = pixels(file);

        assertThat(pixels).isEqualTo(decoded.getRaster().getPixels(0, 0, 24, 16, (int[]) null));
    }

    @Test
    void grayJpegGetsThreeEqualChannels() throws IOException {
        BufferedImage image = new BufferedImage(16, 16, BufferedImage.TYPE_BYTE_GRAY);
        image.getRaster().setPixels(0, 0, 16, 16, filled(16 * 16, 77));

        assertThat(pixels(jpeg(new IIOImage(image, null, null), false)))
                .containsOnly(77)
                .hasSize(16 * 16 * 3);
    }

    /** Such files are luminance and chrominance for PIL; the JDK's reader takes them for red, green and blue. */
    @Test
    void jpegWithoutAnyMarkIsLuminanceAndChrominance() throws IOException {
        ImageWriter writer = ImageIO.getImageWritersByFormatName("jpeg").next();
        Raster raster = raster(3, 16, new int[] {128, 128, 255});
        byte[] file = write(writer, new IIOImage(raster, null, null), writer.getDefaultWriteParam());

        assertThat(Arrays.copyOf(pixels(file), 3)).containsExactly(255, 37, 128);
    }

    @Test
    void previewsAndProfilesOfJpegsAreNotRead() throws IOException {
        byte[] file = jpeg(new IIOImage(smooth(BufferedImage.TYPE_3BYTE_BGR), null, null), false);
        byte[] more = insert(
                file,
                segment(0xE1, "Exif\0\0not really".getBytes(StandardCharsets.UTF_8)),
                segment(0xE2, "ICC_PROFILE\0\1\1junk".getBytes(StandardCharsets.UTF_8)));

        assertThat(pixels(more)).isEqualTo(pixels(file));
    }

    @Test
    void inksOfJpegsAreInvertedAsAdobesAre() throws IOException {
        // Stored inverted: full black ink is 0, none is 255.
        assertThat(cmyk(new int[] {255, 255, 255, 255})).containsExactly(255, 255, 255);
        assertThat(cmyk(new int[] {255, 255, 255, 0})).containsExactly(0, 0, 0);
        assertThat(cmyk(new int[] {0, 255, 255, 255})).containsExactly(0, 255, 255);
        assertThat(cmyk(new int[] {255, 100, 0, 255})).containsExactly(255, 100, 0);
        // 128 - round(155 * 128 / 255), and with no ink what black leaves.
        assertThat(cmyk(new int[] {100, 255, 0, 128})).containsExactly(128 - 78, 128, 0);
    }

    @Test
    void chrominanceOfInksIsConverted() throws IOException {
        byte[] pixel = new byte[3];
        // White of luminance is no ink after Adobe's inversion: cyan 255 - 255 = 0, inverted again.
        new CmykToRgb(true).convert(new int[] {0, 128, 128, 255}, 0, pixel, 0);
        assertThat(pixel).containsExactly(255, 255, 255);
        new CmykToRgb(true).convert(new int[] {76, 85, 255, 255}, 0, pixel, 0);
        // Red (76, 85, 255) is (254, 0, 0); as inks without inversion 1, 255, 255.
        assertThat(pixel).containsExactly(1, 255, 255);
        assertThat(inks(new int[] {76, 85, 255, 255}, 2)).containsExactly(1, 255, 255);
    }

    @ParameterizedTest
    @ValueSource(ints = {60_000, Integer.MAX_VALUE})
    void pngThatClaimsTooManyPixelsIsRefusedByItsHeader(int side) {
        byte[] file = pngOf(side, side, new byte[10]);

        assertThatThrownBy(() -> RgbImage.decode(file, smallShare()))
                .isInstanceOf(InferException.class)
                .hasMessage("the png image has " + side + "x" + side
                        + " pixels, expected at most 178956970: send it smaller");
    }

    @Test
    void jpegThatClaimsTooManyPixelsIsRefusedByItsHeader() throws IOException {
        byte[] file = jpeg(new IIOImage(smooth(BufferedImage.TYPE_3BYTE_BGR), null, null), false);
        setSize(file, 60_000, 60_000);

        assertThatThrownBy(() -> RgbImage.decode(file, smallShare()))
                .isInstanceOf(InferException.class)
                .hasMessageContaining("60000x60000 pixels, expected at most 178956970");
    }

    @Test
    void imageThatDoesNotFitTheHeapIsRefusedBeforeItIsDecoded() {
        RequestBudget budget = RequestBudget.ofHeap(1 << 20);
        byte[] file = pngOf(10_000, 10_000, new byte[10]);

        try (RequestBudget.Share share = budget.open()) {
            assertThatThrownBy(() -> RgbImage.decode(file, share))
                    .isInstanceOf(InferException.class)
                    .hasMessageContaining("bytes of the Java heap");
        }
        assertThat(budget.used()).isZero();
    }

    @Test
    void textOfPngsIsNotInflated() throws IOException {
        BufferedImage image = new BufferedImage(1, 1, BufferedImage.TYPE_BYTE_INDEXED);
        byte[] file = png(image);
        byte[] keyword = {'a', 0, 0};
        byte[] text = deflated(new byte[1 << 20]);
        byte[] chunk = Arrays.copyOf(keyword, keyword.length + text.length);
        System.arraycopy(text, 0, chunk, keyword.length, text.length);
        byte[] more = joined(Arrays.copyOf(file, 33), chunk("zTXt", chunk), Arrays.copyOfRange(file, 33, file.length));

        assertThat(PngFile.read(more).file()).isEqualTo(file);
        assertThat(pixels(more)).isEqualTo(pixels(file));
    }

    @Test
    void jpegWithManyScansIsRefused() throws IOException {
        byte[] file = jpeg(new IIOImage(smooth(BufferedImage.TYPE_3BYTE_BGR), null, null), false);
        byte[][] parts = new byte[JpegFile.MOST_SCANS + 1][];
        Arrays.fill(parts, new byte[] {(byte) 0xFF, (byte) 0xDA});
        parts[0] = Arrays.copyOf(file, file.length - 2);
        byte[] many = joined(joined(parts), new byte[] {(byte) 0xFF, (byte) 0xD9});

        assertThatThrownBy(() -> RgbImage.decode(many, smallShare()))
                .hasMessage("the jpeg image has more than 100 scans: save it with fewer, or as PNG");
    }

    @Test
    void everyTruncatedFileIsRefused() throws IOException {
        List<byte[]> files = List.of(
                png(smooth(BufferedImage.TYPE_3BYTE_BGR)),
                jpeg(new IIOImage(smooth(BufferedImage.TYPE_3BYTE_BGR), null, null), true));
        for (byte[] file : files) {
            for (int length = 0; length < file.length; length += 7) {
                byte[] part = Arrays.copyOf(file, length);
                assertThatThrownBy(() -> RgbImage.decode(part, smallShare())).isInstanceOf(InferException.class);
            }
        }
    }

    @Test
    void damagedFilesAreRefusedOrDecoded() throws IOException {
        long seed = 42;
        Random random = new Random(seed);
        byte[][] files = {
            png(smooth(BufferedImage.TYPE_4BYTE_ABGR)),
            jpeg(new IIOImage(smooth(BufferedImage.TYPE_3BYTE_BGR), null, null), false)
        };
        for (int i = 0; i < 400; i++) {
            byte[] file = files[i % 2].clone();
            for (int j = 0; j < 1 + i % 5; j++) {
                file[random.nextInt(file.length)] = (byte) random.nextInt();
            }
            try {
                RgbImage image = RgbImage.decode(file, smallShare());
                assertThat(image.pixels()).hasSize(image.width() * image.height() * 3);
            } catch (InferException e) {
                assertThat(e.text()).containsAnyOf("image", "heap");
            }
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "GIF89a", "hello", "BM"})
    void otherFormatsAreRefused(String text) {
        byte[] file = text.getBytes(StandardCharsets.UTF_8);

        assertThatThrownBy(() -> RgbImage.decode(file, smallShare()))
                .hasMessage("expected an image as JPEG or PNG, got " + file.length + " bytes that are neither");
    }

    private static int[] cmyk(int[] inks) throws IOException {
        return inks(inks, 0);
    }

    /** The first pixel of an image of one colour in inks, whose JPEG has Adobe's mark with that transform. */
    private static int[] inks(int[] inks, int transform) throws IOException {
        byte[] adobe = {(byte) 0xFF, (byte) 0xEE, 0, 14, 'A', 'd', 'o', 'b', 'e', 0, 100, 0, 0, 0, 0, (byte) transform};
        ImageWriter writer = ImageIO.getImageWritersByFormatName("jpeg").next();
        ImageWriteParam best = writer.getDefaultWriteParam();
        best.setCompressionMode(ImageWriteParam.MODE_EXPLICIT);
        best.setCompressionQuality(1);
        byte[] file = write(writer, new IIOImage(raster(4, 8, inks), null, null), best);
        return Arrays.copyOf(pixels(insert(file, adobe)), 3);
    }

    private static Raster raster(int bands, int side, int[] samples) {
        WritableRaster raster = Raster.createInterleavedRaster(DataBuffer.TYPE_BYTE, side, side, bands, null);
        for (int i = 0; i < side * side; i++) {
            raster.setPixel(i % side, i / side, samples);
        }
        return raster;
    }

    private static BufferedImage smooth(int type) {
        BufferedImage image = new BufferedImage(24, 16, type);
        for (int y = 0; y < 16; y++) {
            for (int x = 0; x < 24; x++) {
                image.setRGB(x, y, 0xFF000000 | ((x * 10) << 16) | ((y * 15) << 8) | (x + y));
            }
        }
        return image;
    }

    private static int[] filled(int length, int value) {
        int[] samples = new int[length];
        Arrays.fill(samples, value);
        return samples;
    }

    private static int[] pixels(byte[] file) {
        byte[] pixels = RgbImage.decode(file, RequestBudget.unlimited().open()).pixels();
        int[] samples = new int[pixels.length];
        for (int i = 0; i < samples.length; i++) {
            samples[i] = pixels[i] & 0xFF;
        }
        return samples;
    }

    /** Of a heap that no bomb fits. */
    private static RequestBudget.Share smallShare() {
        return RequestBudget.ofHeap(16 << 20).open();
    }

    private static byte[] png(BufferedImage image) throws IOException {
        ByteArrayOutputStream file = new ByteArrayOutputStream();
        assertThat(ImageIO.write(image, "png", file)).isTrue();
        return file.toByteArray();
    }

    private static byte[] jpeg(IIOImage image, boolean progressive) throws IOException {
        ImageWriter writer = ImageIO.getImageWritersByFormatName("jpeg").next();
        ImageWriteParam param = writer.getDefaultWriteParam();
        param.setProgressiveMode(progressive ? ImageWriteParam.MODE_DEFAULT : ImageWriteParam.MODE_DISABLED);
        return write(writer, image, param);
    }

    private static byte[] write(ImageWriter writer, IIOImage image, ImageWriteParam param) throws IOException {
        ByteArrayOutputStream file = new ByteArrayOutputStream();
        try (MemoryCacheImageOutputStream stream = new MemoryCacheImageOutputStream(file)) {
            writer.setOutput(stream);
            writer.write(null, image, param);
        } finally {
            writer.dispose();
        }
        return file.toByteArray();
    }

    /** A PNG whose header claims a size. */
    private static byte[] pngOf(int width, int height, byte[] data) {
        byte[] header = ByteBuffer.allocate(13)
                .putInt(width)
                .putInt(height)
                .put(new byte[] {8, 2, 0, 0, 0})
                .array();
        byte[] signature = {(byte) 0x89, 'P', 'N', 'G', '\r', '\n', 0x1A, '\n'};
        return joined(signature, chunk("IHDR", header), chunk("IDAT", deflated(data)), chunk("IEND", new byte[0]));
    }

    private static byte[] chunk(String type, byte[] data) {
        CRC32 checksum = new CRC32();
        checksum.update(type.getBytes(StandardCharsets.UTF_8));
        checksum.update(data);
        return ByteBuffer.allocate(data.length + 12)
                .putInt(data.length)
                .put(type.getBytes(StandardCharsets.UTF_8))
                .put(data)
                .putInt((int) checksum.getValue())
                .array();
    }

    private static byte[] deflated(byte[] data) {
        Deflater deflater = new Deflater();
        deflater.setInput(data);
        deflater.finish();
        byte[] target = new byte[data.length + 100];
        int length = deflater.deflate(target);
        deflater.end();
        return Arrays.copyOf(target, length);
    }

    private static void setSize(byte[] jpeg, int width, int height) {
        for (int i = 2; i < jpeg.length; i += 2 + ByteBuffer.wrap(jpeg).getShort(i + 2)) {
            if ((jpeg[i + 1] & 0xFF) == 0xC0) {
                ByteBuffer.wrap(jpeg).putShort(i + 5, (short) height).putShort(i + 7, (short) width);
                return;
            }
        }
        throw new AssertionError("no frame header");
    }

    private static byte[] segment(int marker, byte[] content) {
        return ByteBuffer.allocate(content.length + 4)
                .put((byte) 0xFF)
                .put((byte) marker)
                .putShort((short) (content.length + 2))
                .put(content)
                .array();
    }

    /** A JPEG with further segments at its start. */
    private static byte[] insert(byte[] jpeg, byte[]... segments) {
        return joined(Arrays.copyOf(jpeg, 2), joined(segments), Arrays.copyOfRange(jpeg, 2, jpeg.length));
    }

    private static byte[] joined(byte[]... parts) {
        ByteArrayOutputStream joined = new ByteArrayOutputStream();
        for (byte[] part : parts) {
            joined.writeBytes(part);
        }
        return joined.toByteArray();
    }
}
