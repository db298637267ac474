package dev.nereid.server.torchserve.handler;

import dev.nereid.server.protocol.InputTensor;
import dev.nereid.server.protocol.OutputTensor;
import dev.nereid.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;

/** {@code image_segmenter}: an image becomes, for each pixel, the most probable class and its probability. */
record ImageSegmenter(ModelTensor input) implements Handler {
    private static final String OUTPUT = "out";

    static ImageSegmenter of(ModelHandler.Setup setup) {
        return new ImageSegmenter(Vision.input("image_segmenter", setup.inputs()));
    }

    @Override
    public List<InputTensor> preprocess(List<Row> rows, TensorMemory memory) {
        return Vision.classified(input, rows, memory);
    }

    @Override
    public List<Answer> postprocess(List<OutputTensor> outputs, int rows) {
        Tensor logits = outputs.stream()
                .filter(output -> output.name().equals(OUTPUT))
                .findFirst()
                .orElse(outputs.getFirst())
                .tensor();
        Handler.checked(logits, 4, rows);
        List<Answer> answers = new ArrayList<>();
        for (int row = 0; row < rows; row++) {
            answers.add(new Answer.Segments(logits, row));
        }
        return answers;
    }
}
