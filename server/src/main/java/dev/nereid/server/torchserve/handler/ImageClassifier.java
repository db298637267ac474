package dev.nereid.server.torchserve.handler;

import dev.nereid.server.protocol.InputTensor;
import dev.nereid.server.protocol.OutputTensor;
import dev.nereid.tensor.Tensor;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;

/** {@code image_classifier}: an image becomes the five most probable classes; all if there are fewer. */
record ImageClassifier(ModelTensor input, Labels labels) implements Handler {
    private static final int MOST_CLASSES = 5;

    static ImageClassifier of(ModelHandler.Setup setup) {
        return new ImageClassifier(Vision.input("image_classifier", setup.inputs()), Labels.read(setup.folder()));
    }

    @Override
    public List<InputTensor> preprocess(List<Row> rows, TensorMemory memory) {
        return Vision.classified(input, rows, memory);
    }

    @Override
    public List<Answer> postprocess(List<OutputTensor> outputs, int rows) {
        Tensor logits = Handler.checked(outputs.getFirst().tensor(), 2, rows);
        float[] probabilities = new float[Math.toIntExact(logits.shape().dim(1))];
        List<Answer> answers = new ArrayList<>();
        for (int row = 0; row < rows; row++) {
            TensorElements.softmax(logits, (long) row * probabilities.length, 1, probabilities);
            Map<String, Float> best = new LinkedHashMap<>();
            // NaN counts as the largest, as in torch.topk; of equal ones the first.
            IntStream.range(0, probabilities.length)
                    .boxed()
                    .sorted(Comparator.comparingDouble((Integer index) -> probabilities[index])
                            .reversed())
                    .limit(MOST_CLASSES)
                    .forEach(index -> best.put(labels.of(index), probabilities[index]));
            answers.add(new Answer.Scores(best));
        }
        return answers;
    }
}
