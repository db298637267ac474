package dev.nereid.server.torchserve.handler;

import dev.nereid.server.protocol.InferException;
import dev.nereid.server.protocol.InputTensor;
import dev.nereid.server.protocol.OutputTensor;
import dev.nereid.tensor.DataType;
import dev.nereid.tensor.Shape;
import dev.nereid.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * {@code text_classifier}: a text becomes the probabilities of all classes. The model takes the numbers of the text's words and
 * pairs of words, and, if it has a second input, where the texts begin: at 0.
 */
record TextClassifier(List<ModelTensor> inputs, Vocabulary vocabulary, Labels labels) implements Handler {
    private static final String NAME = "text_classifier";

    /** What a character of a text takes on the heap while it is cleaned and cut into words. */
    private static final long HEAP_BYTES_EACH = 16;

    static TextClassifier of(ModelHandler.Setup setup) {
        List<ModelTensor> inputs = setup.inputs();
        if (inputs.isEmpty() || inputs.size() > 2 || !inputs.stream().allMatch(TextClassifier::takesNumbers)) {
            throw InferException.invalid("handler " + NAME
                    + ": expected a model with the numbers of words as its input, and where texts begin as a second one,"
                    + " of INT64 or INT32 and at most 2 dims, got " + ModelHandler.text(inputs));
        }
        return new TextClassifier(
                inputs, Vocabulary.read(setup.folder(), setup.vocabulary()), Labels.read(setup.folder()));
    }

    private static boolean takesNumbers(ModelTensor input) {
        return (input.dataType() == DataType.INT64 || input.dataType() == DataType.INT32)
                && (input.rank() == 1 || input.rank() == 2);
    }

    @Override
    public List<InputTensor> preprocess(List<Row> rows, TensorMemory memory) {
        if (rows.size() != 1) {
            throw InferException.invalid(NAME + ": expected one text a request, got " + rows.size());
        }
        String text = text(rows.getFirst());
        memory.share().take(text.length() * HEAP_BYTES_EACH);
        List<String> words = TextCleaning.words(text);
        long[] numbers = new long[Math.max(2 * words.size() - 1, 0)];
        for (int i = 0; i < words.size(); i++) {
            numbers[i] = vocabulary.number(words.get(i));
        }
        for (int i = 0; i < words.size() - 1; i++) {
            numbers[words.size() + i] = vocabulary.number(words.get(i) + " " + words.get(i + 1));
        }
        List<InputTensor> tensors = new ArrayList<>(List.of(tensor(inputs.getFirst(), numbers, memory)));
        if (inputs.size() == 2) {
            tensors.add(tensor(inputs.getLast(), new long[1], memory));
        }
        return tensors;
    }

    private static String text(Row row) {
        return switch (row) {
            case Row.Text(String text) -> text;
            case Row.Bytes(byte[] bytes) -> {
                try {
                    yield StandardCharsets.UTF_8
                            .newDecoder()
                            .decode(ByteBuffer.wrap(bytes))
                            .toString();
                } catch (CharacterCodingException e) {
                    throw new InferException(
                            InferException.Code.INVALID_ARG, NAME + ": expected a text in UTF-8, got other bytes", e);
                }
            }
            case Row.Numbers _ -> throw InferException.invalid(NAME + ": expected a text, got numbers");
        };
    }

    private static InputTensor tensor(ModelTensor input, long[] numbers, TensorMemory memory) {
        MemorySegment target =
                memory.take((long) numbers.length * input.dataType().bytes());
        for (int i = 0; i < numbers.length; i++) {
            TensorElements.setInteger(target, input.dataType(), i, numbers[i]);
        }
        Shape shape = input.rank() == 1 ? Shape.of(numbers.length) : Shape.of(1, numbers.length);
        return new InputTensor(input.name(), Tensor.of(input.dataType(), shape, target));
    }

    @Override
    public List<Answer> postprocess(List<OutputTensor> outputs, int rows) {
        Tensor logits = Handler.checked(outputs.getFirst().tensor(), 2, rows);
        float[] probabilities = new float[Math.toIntExact(logits.shape().dim(1))];
        TensorElements.softmax(logits, 0, 1, probabilities);
        Map<String, Float> classes = new LinkedHashMap<>();
        for (int i = 0; i < probabilities.length; i++) {
            classes.put(labels.of(i), probabilities[i]);
        }
        return List.of(new Answer.Scores(classes));
    }
}
