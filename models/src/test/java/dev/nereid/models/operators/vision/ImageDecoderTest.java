package dev.nereid.models.operators.vision;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.nereid.models.ModelFormatException;
import dev.nereid.models.execute.ExecutionException;
import dev.nereid.models.operators.OperatorCase;
import dev.nereid.models.operators.Tensors;
import dev.nereid.tensor.DataType;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;

class ImageDecoderTest {
    private static OperatorCase decoder(byte[] file) {
        int[] bytes = new int[file.length];
        for (int i = 0; i < bytes.length; i++) {
            bytes[i] = file[i];
        }
        return OperatorCase.of("ImageDecoder", 20).data(Tensors.bytes(DataType.UINT8, bytes));
    }

    /** A file with one row of two pixels. */
    private static byte[] file(String format, int type, int left, int right) {
        BufferedImage image = new BufferedImage(2, 1, type);
        image.setRGB(0, 0, left);
        image.setRGB(1, 0, right);
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try {
            assertThat(ImageIO.write(image, format, bytes)).isTrue();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return bytes.toByteArray();
    }

    private static byte[] text(String pixmap) {
        return pixmap.getBytes(StandardCharsets.ISO_8859_1);
    }

    private static void assertPixels(byte[] file, String format, String expected) {
        assertThat(decoder(file).with("pixel_format", format).run()).containsExactly(expected);
    }

    @Test
    void ordersTheChannelsAsAsked() {
        byte[] png = file("png", BufferedImage.TYPE_INT_RGB, 0x010203, 0x7F0500);
        assertPixels(png, "RGB", "UINT8[1,2,3] [1, 2, 3, 127, 5, 0]");
        assertPixels(png, "BGR", "UINT8[1,2,3] [3, 2, 1, 0, 5, 127]");
        assertPixels(png, "Grayscale", "UINT8[1,2,1] [2, 41]");
    }

    @Test
    void readsEveryKindOfPixel() {
        String expected = "UINT8[1,2,3] [0, 0, 0, -1, -1, -1]";
        assertPixels(file("png", BufferedImage.TYPE_BYTE_BINARY, 0, 0xFFFFFF), "RGB", expected);
        assertPixels(file("png", BufferedImage.TYPE_BYTE_GRAY, 0, 0xFFFFFF), "RGB", expected);
        assertPixels(file("png", BufferedImage.TYPE_USHORT_GRAY, 0, 0xFFFFFF), "RGB", expected);
        assertPixels(file("png", BufferedImage.TYPE_INT_ARGB, 0, 0xFFFFFFFF), "RGB", expected);
        assertPixels(file("gif", BufferedImage.TYPE_BYTE_INDEXED, 0, 0xFFFFFF), "RGB", expected);
        assertPixels(file("tiff", BufferedImage.TYPE_INT_RGB, 0, 0xFFFFFF), "RGB", expected);
        assertPixels(file("bmp", BufferedImage.TYPE_INT_RGB, 0, 0xFFFFFF), "RGB", expected);
    }

    @Test
    void keepsTheLevelsOfGray() {
        BufferedImage image = new BufferedImage(1, 1, BufferedImage.TYPE_BYTE_GRAY);
        image.getRaster().setSample(0, 0, 0, 100);
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try {
            ImageIO.write(image, "png", bytes);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        assertPixels(bytes.toByteArray(), "RGB", "UINT8[1,1,3] [100, 100, 100]");
    }

    @Test
    void readsPixmapsAsTextAndAsBytes() {
        assertPixels(text("P1 # comment\n2 1\n1 0\n"), "Grayscale", "UINT8[1,2,1] [0, -1]");
        assertPixels(text("P2\n2 1\n# levels\n100\n50 100\n"), "Grayscale", "UINT8[1,2,1] [-128, -1]");
        assertPixels(text("P3\n1 1 255 1 2 3"), "RGB", "UINT8[1,1,3] [1, 2, 3]");
        assertPixels(
                text("P4\n9 2\n\u00aa\u0080U\u0000"),
                "Grayscale",
                "UINT8[2,9,1] [0, -1, 0, -1, 0, -1, 0, -1, " + "0, -1, 0, -1, 0, -1, 0, -1, 0, -1]");
        assertPixels(text("P5\n2 1\n65535\n\u00ff\u00ff\u0000\u0000"), "Grayscale", "UINT8[1,2,1] [-1, 0]");
        assertPixels(text("P6\n1 1\n255\n\u0001\u0002\u0003"), "BGR", "UINT8[1,1,3] [3, 2, 1]");
    }

    @Test
    void namesWhatIsNotDecoded() {
        assertThatThrownBy(() -> decoder(text("RIFF\0\0\0\0WEBPVP8 ")).run())
                .isInstanceOf(ExecutionException.class)
                .hasMessageContaining("the image is a WebP, which is not decoded");
        assertThatThrownBy(() -> decoder(text("nonsense")).run())
                .isInstanceOf(ExecutionException.class)
                .hasMessageContaining("of an unknown kind");
        assertThatThrownBy(() -> decoder(new byte[0]).run()).isInstanceOf(ExecutionException.class);
    }

    @Test
    void refusesFilesThatAreCutOffOrClaimTooMuch() {
        assertThatThrownBy(() -> decoder(text("P6\n2 2\n255\nabc")).run())
                .isInstanceOf(ExecutionException.class)
                .hasMessageContaining("cut off");
        assertThatThrownBy(() -> decoder(text("P5\n60000 60000\n255\n")).run())
                .isInstanceOf(ExecutionException.class)
                .hasMessageContaining("an image of 60000 x 60000 pixels");
        byte[] png = file("png", BufferedImage.TYPE_INT_RGB, 0, 0);
        assertThatThrownBy(() -> decoder(java.util.Arrays.copyOf(png, 45)).run())
                .isInstanceOf(ExecutionException.class)
                .hasMessageContaining("the image cannot be decoded");
    }

    @Test
    void refusesAnUnknownPixelFormat() {
        assertThatThrownBy(
                        () -> decoder(new byte[1]).with("pixel_format", "HSV").run())
                .isInstanceOf(ModelFormatException.class)
                .hasMessageContaining("'HSV'");
    }
}
