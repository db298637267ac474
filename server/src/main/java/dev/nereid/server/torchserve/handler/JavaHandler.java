package dev.nereid.server.torchserve.handler;

import dev.nereid.server.protocol.InferException;
import dev.nereid.server.protocol.InputTensor;
import dev.nereid.server.protocol.OutputTensor;
import dev.nereid.server.protocol.RequestBudget;
import dev.nereid.tensor.DataType;
import dev.nereid.tensor.Shape;
import dev.nereid.tensor.Tensor;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** A handler of the user's own: the model is code that takes the bytes of each instance and gives the bytes of its answer. */
record JavaHandler(ModelTensor input) implements Handler {
    static JavaHandler of(ModelHandler.Setup setup) {
        return new JavaHandler(setup.inputs().stream()
                .filter(input -> input.name().equals(ModelHandler.JAVA_INPUT) && input.dataType() == DataType.STRING)
                .findFirst()
                .orElseThrow(() ->
                        InferException.invalid("handler " + ModelHandler.JAVA + ": expected a model with the input '"
                                + ModelHandler.JAVA_INPUT + "' of BYTES, got " + ModelHandler.text(setup.inputs()))));
    }

    /** Whether a form has parts, and none that is the data. */
    static boolean lacksData(Map<String, RequestPart> parts) {
        return !parts.isEmpty() && !parts.containsKey("data") && !parts.containsKey("body");
    }

    /** The inputs with the names and the bytes of all parts. */
    static List<InputTensor> withParts(List<InputTensor> inputs, Map<String, RequestPart> parts) {
        byte[][] names = parts.keySet().stream()
                .map(name -> name.getBytes(StandardCharsets.UTF_8))
                .toArray(byte[][]::new);
        byte[][] bytes = parts.values().stream().map(RequestPart::bytes).toArray(byte[][]::new);
        Shape shape = Shape.of(names.length);
        List<InputTensor> all = new ArrayList<>(inputs);
        all.add(new InputTensor(ModelHandler.JAVA_PART_NAMES, Tensor.ofStrings(shape, names)));
        all.add(new InputTensor(ModelHandler.JAVA_PARTS, Tensor.ofStrings(shape, bytes)));
        return all;
    }

    @Override
    public Row row(RequestPart part, RequestBudget.Share share) {
        return new Row.Bytes(part.bytes());
    }

    @Override
    public List<InputTensor> preprocess(List<Row> rows, TensorMemory memory) {
        byte[][] elements = new byte[rows.size()][];
        for (int i = 0; i < elements.length; i++) {
            elements[i] = switch (rows.get(i)) {
                case Row.Bytes(byte[] bytes) -> bytes;
                case Row.Text(String text) -> text.getBytes(StandardCharsets.UTF_8);
                case Row.Numbers numbers -> numbers.value().toBytes();
            };
        }
        return List.of(new InputTensor(input.name(), Tensor.ofStrings(Shape.of(elements.length), elements)));
    }

    @Override
    public List<Answer> postprocess(List<OutputTensor> outputs, int rows) {
        Tensor output = Handler.checked(outputs.getFirst().tensor(), 1, rows);
        if (output.dataType() != DataType.STRING) {
            throw InferException.internal(
                    "expected a model output of BYTES, got " + output.dataType().protocolName());
        }
        List<Answer> answers = new ArrayList<>();
        for (int i = 0; i < rows; i++) {
            answers.add(new Answer.Raw(output.strings()[i]));
        }
        return answers;
    }
}
