package dev.nereid.server.torchserve.handler;

import dev.nereid.server.protocol.InferException;
import dev.nereid.server.protocol.InputTensor;
import dev.nereid.server.protocol.OutputTensor;
import dev.nereid.server.torchserve.image.ImageTensors;
import dev.nereid.server.torchserve.image.RgbImage;
import dev.nereid.tensor.DataType;
import dev.nereid.tensor.Shape;
import dev.nereid.tensor.Tensor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Predicate;

/**
 * {@code object_detector}: an image becomes the boxes of which the model is at least half sure. For models that take one image
 * of any size and answer with boxes, labels and scores, as torchvision's do.
 */
record ObjectDetector(ModelTensor input, Labels labels, String boxes, String classes, String scores)
        implements Handler {
    private static final String NAME = "object_detector";
    private static final double LEAST_SCORE = 0.5;
    private static final int EDGES = 4;

    static ObjectDetector of(ModelHandler.Setup setup) {
        List<ModelTensor> inputs = setup.inputs();
        if (inputs.size() != 1
                || inputs.getFirst().dataType() != DataType.FP32
                || (inputs.getFirst().rank() != 3 && inputs.getFirst().rank() != 4)) {
            throw InferException.invalid("handler " + NAME
                    + ": expected a model with one input of FP32 and 3 or 4 dims (batch, channels, height, width), got "
                    + ModelHandler.text(inputs));
        }
        return new ObjectDetector(
                inputs.getFirst(),
                Labels.read(setup.folder()),
                output(setup.outputs(), "boxes", output -> output.dataType().isFloat() && output.rank() == 2),
                output(setup.outputs(), "labels", output -> output.dataType().isInteger()),
                output(setup.outputs(), "scores", output -> output.dataType().isFloat() && output.rank() == 1));
    }

    /** The output of that name, or else the first one that may be it. */
    private static String output(List<ModelTensor> outputs, String name, Predicate<ModelTensor> fits) {
        return outputs.stream()
                .filter(output -> output.name().equals(name))
                .findFirst()
                .or(() -> outputs.stream().filter(fits).findFirst())
                .orElseThrow(() -> InferException.invalid("handler " + NAME
                        + ": expected a model with the outputs boxes, labels and scores, got "
                        + ModelHandler.text(outputs)))
                .name();
    }

    @Override
    public List<InputTensor> preprocess(List<Row> rows, TensorMemory memory) {
        if (rows.size() != 1) {
            throw InferException.invalid(NAME + ": expected one image a request, got " + rows.size());
        }
        InputTensor batch = RowStack.stack(input, rows, row -> image(row, memory), memory);
        Shape shape = batch.tensor().shape();
        return input.rank() == shape.rank()
                ? List.of(batch)
                : List.of(new InputTensor(
                        batch.name(),
                        batch.tensor().withShape(Shape.of(Arrays.copyOfRange(shape.dims(), 1, shape.rank())))));
    }

    private static RowStack.Item image(Row row, TensorMemory memory) {
        RgbImage image = Vision.decode(row, memory);
        return new RowStack.Item(Shape.of(ImageTensors.CHANNELS, image.height(), image.width()), target -> {
            ImageTensors.plain(image, target);
            memory.share().giveBack(image.pixels().length);
        });
    }

    @Override
    public List<Answer> postprocess(List<OutputTensor> outputs, int rows) {
        Tensor edges = find(outputs, boxes);
        Tensor numbers = find(outputs, classes);
        Tensor certainties = find(outputs, scores);
        long count = certainties.shape().elements();
        if (numbers.shape().elements() != count || edges.shape().elements() != EDGES * count) {
            throw InferException.internal(NAME + ": expected a box of 4 and a label for each of " + count
                    + " scores, got boxes of shape " + edges.shape() + " and labels of shape " + numbers.shape());
        }
        List<String> names = new ArrayList<>();
        List<List<Float>> found = new ArrayList<>();
        List<Float> sure = new ArrayList<>();
        for (long i = 0; i < count; i++) {
            float score = (float) TensorElements.real(certainties, i);
            if (score >= LEAST_SCORE) {
                names.add(labels.of((long) TensorElements.real(numbers, i)));
                List<Float> box = new ArrayList<>();
                for (int edge = 0; edge < EDGES; edge++) {
                    box.add((float) TensorElements.real(edges, i * EDGES + edge));
                }
                found.add(box);
                sure.add(score);
            }
        }
        return List.of(new Answer.Detections(names, found, sure));
    }

    private static Tensor find(List<OutputTensor> outputs, String name) {
        return outputs.stream()
                .filter(output -> output.name().equals(name))
                .findFirst()
                .orElseThrow(() -> InferException.internal(NAME + ": the model gave no output '" + name + "'"))
                .tensor();
    }
}
