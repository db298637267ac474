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

/** A handler of the user's own: the model is code that takes the bytes of each instance and gives the bytes of its answer. */
record JavaHandler(ModelTensor input) implements Handler {
    static JavaHandler of(ModelHandler.Setup setup) {
        if (setup.inputs().size() != 1 || setup.inputs().getFirst().dataType() != DataType.STRING) {
            throw InferException.invalid("handler " + ModelHandler.JAVA
                    + ": expected a model with one input of BYTES, got " + ModelHandler.text(setup.inputs()));
        }
        return new JavaHandler(setup.inputs().getFirst());
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
