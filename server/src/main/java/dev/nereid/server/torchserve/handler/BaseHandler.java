package dev.nereid.server.torchserve.handler;

import dev.nereid.server.protocol.InferException;
import dev.nereid.server.protocol.InputTensor;
import dev.nereid.server.protocol.OutputTensor;
import dev.nereid.server.protocol.RequestBudget;
import dev.nereid.server.protocol.json.JsonValue;
import dev.nereid.tensor.DataType;
import dev.nereid.tensor.Shape;
import dev.nereid.tensor.Tensor;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/** {@code base_handler}: numbers as they are become the rows of the model's first output. */
record BaseHandler(ModelTensor input) implements Handler {
    static BaseHandler of(ModelHandler.Setup setup) {
        if (setup.inputs().size() != 1) {
            throw InferException.invalid(
                    "handler base_handler: expected a model with one input, got " + ModelHandler.text(setup.inputs()));
        }
        return new BaseHandler(setup.inputs().getFirst());
    }

    @Override
    public List<InputTensor> preprocess(List<Row> rows, TensorMemory memory) {
        if (input.dataType() == DataType.STRING) {
            return List.of(new InputTensor(input.name(), texts(rows)));
        }
        return List.of(RowStack.stack(
                input, rows, row -> RowStack.numbers(numbers(row, memory.share()), input), memory));
    }

    private static Row.Numbers numbers(Row row, RequestBudget.Share share) {
        return switch (row) {
            case Row.Numbers numbers -> numbers;
            case Row.Bytes(byte[] bytes) -> parsed(bytes, share);
            case Row.Text(String text) -> parsed(text.getBytes(StandardCharsets.UTF_8), share);
        };
    }

    /** Bytes and text that are JSON after all. */
    private static Row.Numbers parsed(byte[] json, RequestBudget.Share share) {
        try {
            return new Row.Numbers(JsonValue.parse(json, 0, json.length, share), Optional.empty());
        } catch (InferException e) {
            throw new InferException(
                    InferException.Code.INVALID_ARG,
                    "base_handler: expected numbers as JSON lists, got something else: " + e.text(),
                    e);
        }
    }

    private Tensor texts(List<Row> rows) {
        byte[][] elements = new byte[rows.size()][];
        for (int i = 0; i < elements.length; i++) {
            elements[i] = switch (rows.get(i)) {
                case Row.Bytes(byte[] bytes) -> bytes;
                case Row.Text(String text) -> text.getBytes(StandardCharsets.UTF_8);
                case Row.Numbers _ -> throw InferException.invalid("expected a text in each instance, got a list");
            };
        }
        // Behind the batch, dims of one element.
        long[] dims = new long[Math.max(input.rank(), 1)];
        Arrays.fill(dims, 1);
        dims[0] = elements.length;
        return Tensor.ofStrings(Shape.of(dims), elements);
    }

    @Override
    public List<Answer> postprocess(List<OutputTensor> outputs, int rows) {
        Tensor output = Handler.checked(outputs.getFirst().tensor(), 0, rows);
        long[] dims = output.shape().dims();
        Shape row = Shape.of(Arrays.copyOfRange(dims, 1, dims.length));
        List<Answer> answers = new ArrayList<>();
        for (int i = 0; i < rows; i++) {
            answers.add(new Answer.Values(output, i * row.elements(), row));
        }
        return answers;
    }
}
