package dev.nereid.models.operators.vision;

import dev.nereid.models.ModelFormatException;
import dev.nereid.models.graph.Dim;
import dev.nereid.models.graph.TensorType;
import dev.nereid.models.lowering.Inference;
import dev.nereid.models.lowering.Lowering;
import dev.nereid.models.lowering.StepRun;
import dev.nereid.models.operators.Operator;
import dev.nereid.tensor.DataType;
import dev.nereid.tensor.Shape;
import dev.nereid.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;

/**
 * ONNX ImageDecoder: the pixels of an image file.
 *
 * <p>x: [bytes] of UINT8; y: [height, width, channels] of UINT8.
 */
final class ImageDecoder implements Operator {
    /** ONNX attribute {@code pixel_format}. */
    private enum PixelFormat {
        RGB(3),
        BGR(3),
        GRAYSCALE(1);

        private final int channels;

        PixelFormat(int channels) {
            this.channels = channels;
        }

        static PixelFormat of(String name) {
            return switch (name) {
                case "RGB" -> RGB;
                case "BGR" -> BGR;
                case "Grayscale" -> GRAYSCALE;
                default ->
                    throw new ModelFormatException(
                            "attribute 'pixel_format': expected 'RGB', 'BGR' or 'Grayscale', got '" + name + "'");
            };
        }

        void write(int rgb, MemorySegment y, long pixel) {
            int red = rgb >> 16 & 0xFF;
            int green = rgb >> 8 & 0xFF;
            int blue = rgb & 0xFF;
            switch (this) {
                case RGB -> write(y, pixel, red, green, blue);
                case BGR -> write(y, pixel, blue, green, red);
                case GRAYSCALE -> y.set(ValueLayout.JAVA_BYTE, pixel, (byte) luma(red, green, blue));
            }
        }

        private static void write(MemorySegment y, long pixel, int first, int second, int third) {
            y.set(ValueLayout.JAVA_BYTE, 3 * pixel, (byte) first);
            y.set(ValueLayout.JAVA_BYTE, 3 * pixel + 1, (byte) second);
            y.set(ValueLayout.JAVA_BYTE, 3 * pixel + 2, (byte) third);
        }

        /** The weights of ITU-R 601 in 16 bits, rounded to the nearest. */
        private static int luma(int red, int green, int blue) {
            return (19595 * red + 38470 * green + 7471 * blue + 0x8000) >> 16;
        }
    }

    @Override
    public List<TensorType> outputTypes(Inference inference) {
        PixelFormat format = PixelFormat.of(inference.attributes().text("pixel_format", "RGB"));
        TensorType x = inference.type(0);
        if (x.hasRank() && x.rank() != 1) {
            throw new ModelFormatException("expected the bytes of a file: [bytes], got " + x);
        }
        return List.of(TensorType.of(
                DataType.UINT8, List.of(inference.unknownDim(), inference.unknownDim(), Dim.of(format.channels))));
    }

    @Override
    public void lower(Lowering lowering) {
        PixelFormat format = PixelFormat.of(lowering.attributes().text("pixel_format", "RGB"));
        lowering.step(run -> decode(run, format));
    }

    private static void decode(StepRun run, PixelFormat format) {
        Tensor x = run.input(0);
        byte[] file = x.segment().asSlice(0, x.byteSize()).toArray(ValueLayout.JAVA_BYTE);
        DecodedImage picture = PixmapReader.reads(file) ? PixmapReader.read(file) : ImageFileReader.read(file);
        Tensor y = run.allocate(0, Shape.of(picture.height(), picture.width(), format.channels));
        for (int pixel = 0; pixel < picture.pixels().length; pixel++) {
            format.write(picture.pixels()[pixel], y.segment(), pixel);
        }
    }
}
