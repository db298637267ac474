package dev.nereid.server.torchserve.image;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class BilinearResizeTest {
    @ParameterizedTest
    @CsvSource({"7,5,14,10", "7,5,3,2", "7,5,7,5", "7,5,20,3", "1,1,4,4", "64,48,9,31", "3,300,4,7"})
    void imageIsThatOfTheFilterSummedOverAllPixels(int width, int height, int newWidth, int newHeight) {
        RgbImage image = noise(width, height);

        byte[] resized =
                BilinearResize.resize(image, newWidth, newHeight, new BilinearResize.Window(0, 0, newWidth, newHeight));

        assertThat(resized).isEqualTo(straight(image, newWidth, newHeight));
    }

    @Test
    void windowIsThatPartOfTheWholeImage() {
        RgbImage image = noise(31, 17);
        byte[] whole = BilinearResize.resize(image, 40, 12, new BilinearResize.Window(0, 0, 40, 12));

        byte[] part = BilinearResize.resize(image, 40, 12, new BilinearResize.Window(5, 2, 9, 7));

        byte[] expected = new byte[9 * 7 * 3];
        for (int y = 0; y < 7; y++) {
            System.arraycopy(whole, ((y + 2) * 40 + 5) * 3, expected, y * 9 * 3, 9 * 3);
        }
        assertThat(part).isEqualTo(expected);
    }

    @Test
    void gradientBecomesNormalisedFloatsOfItsMiddle() {
        byte[] pixels = new byte[7 * 5 * 3];
        for (int y = 0; y < 5; y++) {
            for (int x = 0; x < 7; x++) {
                pixels[(y * 7 + x) * 3] = (byte) (x * 40);
                pixels[(y * 7 + x) * 3 + 1] = (byte) (y * 60);
                pixels[(y * 7 + x) * 3 + 2] = (byte) 200;
            }
        }
        RgbImage image = new RgbImage(7, 5, pixels);
        byte[] tensor = new byte[3 * 224 * 224 * 4];

        ImageTensors.classified(image, MemorySegment.ofArray(tensor));

        byte[] resized = straight(image, 358, 256);
        float[] mean = {0.485f, 0.456f, 0.406f};
        float[] deviation = {0.229f, 0.224f, 0.225f};
        for (int channel = 0; channel < 3; channel++) {
            for (int y = 0; y < 224; y++) {
                for (int x = 0; x < 224; x++) {
                    int sample = resized[((y + 16) * 358 + x + 67) * 3 + channel] & 0xFF;
                    float expected = (sample / 255f - mean[channel]) / deviation[channel];
                    assertThat(at(tensor, (channel * 224 + y) * 224 + x)).isEqualTo(expected);
                }
            }
        }
    }

    /** An offset between two pixels goes to the even one: 257 and 259 of 224 are cut at 16 and 18. */
    @Test
    void middleBetweenTwoPixelsIsTheEvenOne() {
        assertThat(ImageTensors.scaled(1000, 997)).isEqualTo(256);
        for (int side : new int[] {257, 259}) {
            RgbImage image = noise(side, 256);
            byte[] tensor = new byte[3 * 224 * 224 * 4];
            ImageTensors.classified(image, MemorySegment.ofArray(tensor));
            int left = side == 257 ? 16 : 18;
            float expected = ((image.pixels()[(16 * side + left) * 3] & 0xFF) / 255f - 0.485f) / 0.229f;
            assertThat(at(tensor, 0)).isEqualTo(expected);
        }
    }

    @Test
    void imageOfExtremeShapeTakesNoMoreThanItsMiddle() {
        byte[] pixels = new byte[3 * 2_000_000];
        pixels[3 * 1_000_000] = (byte) 255;
        byte[] tensor = new byte[3 * 224 * 224 * 4];

        // Resized as a whole it would have 256 x 512,000,000 pixels.
        ImageTensors.classified(new RgbImage(2_000_000, 1, pixels), MemorySegment.ofArray(tensor));

        assertThat(at(tensor, 0)).isBetween((0 - 0.485f) / 0.229f, (1 - 0.485f) / 0.229f);
    }

    private static float at(byte[] tensor, int index) {
        return MemorySegment.ofArray(tensor).get(ValueLayout.JAVA_FLOAT_UNALIGNED, index * 4L);
    }

    private static RgbImage noise(int width, int height) {
        byte[] pixels = new byte[width * height * 3];
        new Random(width * 1000L + height).nextBytes(pixels);
        return new RgbImage(width, height, pixels);
    }

    /** Sums over all pixels instead of those that count, one axis after the other. */
    private static byte[] straight(RgbImage image, int width, int height) {
        int[][][] rows = new int[image.height()][width][3];
        for (int y = 0; y < image.height(); y++) {
            for (int x = 0; x < width; x++) {
                for (int channel = 0; channel < 3; channel++) {
                    int[] line = new int[image.width()];
                    for (int i = 0; i < line.length; i++) {
                        line[i] = image.pixels()[(y * image.width() + i) * 3 + channel] & 0xFF;
                    }
                    rows[y][x][channel] = sample(line, width, x);
                }
            }
        }
        byte[] resized = new byte[width * height * 3];
        for (int i = 0; i < resized.length; i++) {
            int[] line = new int[image.height()];
            for (int y = 0; y < line.length; y++) {
                line[y] = rows[y][i / 3 % width][i % 3];
            }
            resized[i] = (byte) sample(line, height, i / 3 / width);
        }
        return resized;
    }

    private static int sample(int[] line, int length, int index) {
        double scale = (double) line.length / length;
        double support = Math.max(1, scale);
        double centre = (index + 0.5) * scale;
        double[] weights = new double[line.length];
        double all = 0;
        for (int i = 0; i < line.length; i++) {
            weights[i] = Math.max(0, 1 - Math.abs(i - centre + 0.5) * (1 / support));
            all += weights[i];
        }
        long sum = 1 << 21;
        for (int i = 0; i < line.length; i++) {
            sum += line[i] * (long) Math.floor(weights[i] / all * (1 << 22) + 0.5);
        }
        return (int) Math.max(0, Math.min(255, sum >> 22));
    }
}
