package dev.nereid.server.torchserve.image;

import static org.assertj.core.api.Assertions.assertThat;

import dev.nereid.server.protocol.RequestBudget;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** What PIL and torchvision made of images, recorded in the folder that {@code NEREID_TEST_DATA} names. */
class GoldenImageTest {
    private static final int TENSOR_BYTES = 3 * ImageTensors.SIDE * ImageTensors.SIDE * Float.BYTES;

    static Stream<Arguments> colourCases() {
        return Stream.of(
                Arguments.of("input.png", "image_classifier-grace_hopper", 256, 300),
                Arguments.of("small.png", "image_classifier-small-upscale", 384, 256));
    }

    @ParameterizedTest
    @MethodSource("colourCases")
    void resizedImageAndTensorAreThoseOfTorchvision(String image, String folder, int width, int height)
            throws IOException {
        RgbImage decoded = RgbImage.decode(Files.readAllBytes(golden(image)), share());
        byte[] tensor = new byte[TENSOR_BYTES];
        ImageTensors.classified(decoded, MemorySegment.ofArray(tensor));

        assertThat(whole(decoded, width, height)).isEqualTo(Files.readAllBytes(golden(folder + "/resized_rgb_u8.bin")));
        assertThat(tensor).isEqualTo(Files.readAllBytes(golden(folder + "/tensor.bin")));
    }

    @ParameterizedTest
    @MethodSource("channelCases")
    void channelsAreThoseOfTheImageThatPilResized(String image, String folder, int channels) throws IOException {
        RgbImage decoded = RgbImage.decode(Files.readAllBytes(golden(image)), share());
        byte[] recorded = Files.readAllBytes(golden(folder + "/resized_rgb_u8.bin"));
        byte[] resized = whole(decoded, 256, 300);

        byte[] expected = new byte[resized.length];
        for (int i = 0; i < expected.length; i++) {
            expected[i] = recorded[i / 3 * channels + (channels == 1 ? 0 : i % 3)];
        }
        assertThat(resized).isEqualTo(expected);
    }

    static Stream<Arguments> channelCases() {
        return Stream.of(
                Arguments.of("gray.png", "image_classifier-gray", 1),
                // The recorded image is opaque: the same one with an alpha channel of 255.
                Arguments.of("input.png", "image_classifier-rgba", 4));
    }

    private static byte[] whole(RgbImage image, int width, int height) {
        assertThat(ImageTensors.scaled(image.width(), image.height())).isEqualTo(width);
        assertThat(ImageTensors.scaled(image.height(), image.width())).isEqualTo(height);
        return BilinearResize.resize(image, width, height, new BilinearResize.Window(0, 0, width, height));
    }

    private static Path golden(String name) {
        String data = System.getenv("NEREID_TEST_DATA");
        Path folder = Path.of(data == null ? "" : data).resolve("later/golden-handlers");
        if (data == null || !Files.isDirectory(folder)) {
            System.out.println("SKIPPED images that PIL resized: NEREID_TEST_DATA names no folder with them");
        }
        Assumptions.assumeTrue(data != null && Files.isDirectory(folder));
        return folder.resolve(name);
    }

    private static RequestBudget.Share share() {
        return RequestBudget.unlimited().open();
    }
}
