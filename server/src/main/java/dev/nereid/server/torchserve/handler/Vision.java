package dev.nereid.server.torchserve.handler;

import dev.nereid.server.protocol.InferException;
import dev.nereid.server.protocol.InputTensor;
import dev.nereid.server.torchserve.image.ImageTensors;
import dev.nereid.server.torchserve.image.RgbImage;
import dev.nereid.tensor.DataType;
import dev.nereid.tensor.Shape;
import java.util.List;

/** What the handlers of images share: images as bytes or base64, or floats as they are. */
final class Vision {
    private static final int RANK = 4;

    private Vision() {}

    /**
     * The model's only input, which takes a batch of images.
     *
     * @throws InferException if it has another one
     */
    static ModelTensor input(String handler, List<ModelTensor> inputs) {
        if (inputs.size() != 1
                || inputs.getFirst().dataType() != DataType.FP32
                || inputs.getFirst().rank() != RANK) {
            throw InferException.invalid("handler " + handler
                    + ": expected a model with one input of FP32 and 4 dims (batch, channels, height, width), got "
                    + ModelHandler.text(inputs));
        }
        return inputs.getFirst();
    }

    /** The instances as a batch of images that are resized, cropped and normalised. */
    static List<InputTensor> classified(ModelTensor input, List<Row> rows, TensorMemory memory) {
        Shape shape = Shape.of(ImageTensors.CHANNELS, ImageTensors.SIDE, ImageTensors.SIDE);
        return List.of(RowStack.stack(
                input,
                rows,
                row -> row instanceof Row.Numbers numbers
                        ? RowStack.numbers(numbers, input)
                        : new RowStack.Item(shape, target -> {
                            RgbImage image = decode(row, memory);
                            ImageTensors.classified(image, target);
                            memory.share().giveBack(image.pixels().length);
                        }),
                memory));
    }

    /** The image of an instance. */
    static RgbImage decode(Row row, TensorMemory memory) {
        byte[] file = switch (row) {
            case Row.Bytes(byte[] bytes) -> bytes;
            case Row.Text(String text) -> Row.base64(text);
            case Row.Numbers _ -> throw InferException.invalid("expected an image as bytes or base64, got numbers");
        };
        return RgbImage.decode(file, memory.share());
    }
}
