package dev.nereid.server.torchserve.image;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/** Turns images into float tensors of shape [3, height, width], as the transforms of torchvision do. */
public final class ImageTensors {
    /** Width and height of what {@link #classified} makes. */
    public static final int SIDE = 224;

    /** Channels of every tensor: red, green, blue. */
    public static final int CHANNELS = RgbImage.CHANNELS;

    private static final int SHORT_SIDE = 256;
    private static final float[] MEAN = {0.485f, 0.456f, 0.406f};
    private static final float[] DEVIATION = {0.229f, 0.224f, 0.225f};
    private static final ValueLayout.OfFloat FLOAT =
            ValueLayout.JAVA_FLOAT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    private ImageTensors() {}

    /**
     * Scales an image so that its shorter side is 256, cuts the middle of 224 x 224 out, and normalises it with ImageNet's
     * mean and deviation: Resize(256), CenterCrop(224), ToTensor, Normalize.
     *
     * @param target room for 3 x 224 x 224 floats
     */
    public static void classified(RgbImage image, MemorySegment target) {
        long width = scaled(image.width(), image.height());
        long height = scaled(image.height(), image.width());
        BilinearResize.Window window = new BilinearResize.Window(centred(width), centred(height), SIDE, SIDE);
        byte[] pixels = BilinearResize.resize(image, width, height, window);
        write(pixels, SIDE * SIDE, target, MEAN, DEVIATION);
    }

    /** How long a side is when the shorter one is 256. */
    static long scaled(int side, int other) {
        return side <= other ? SHORT_SIDE : (long) SHORT_SIDE * side / other;
    }

    private static long centred(long side) {
        return (long) Math.rint((side - SIDE) / 2.0);
    }

    /**
     * The samples between 0 and 1: ToTensor.
     *
     * @param target room for 3 x height x width floats
     */
    public static void plain(RgbImage image, MemorySegment target) {
        write(image.pixels(), image.width() * image.height(), target, new float[CHANNELS], new float[] {1, 1, 1});
    }

    private static void write(byte[] pixels, int count, MemorySegment target, float[] mean, float[] deviation) {
        for (int channel = 0; channel < CHANNELS; channel++) {
            for (int i = 0; i < count; i++) {
                float sample = (pixels[i * CHANNELS + channel] & 0xFF) / 255f;
                target.set(
                        FLOAT,
                        ((long) channel * count + i) * Float.BYTES,
                        (sample - mean[channel]) / deviation[channel]);
            }
        }
    }
}
