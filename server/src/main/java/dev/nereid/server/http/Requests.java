package dev.nereid.server.http;

import dev.nereid.server.protocol.BytesCodec;
import dev.nereid.server.protocol.DecodedInput;
import dev.nereid.server.protocol.DecodedRequest;
import dev.nereid.server.protocol.InferException;
import dev.nereid.server.protocol.InferRequest;
import dev.nereid.server.protocol.InputTensor;
import dev.nereid.server.repository.DeclaredInput;
import dev.nereid.server.repository.Model;
import dev.nereid.tensor.DataType;
import dev.nereid.tensor.Shape;
import dev.nereid.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** From a decoded body to a request for a model. */
final class Requests {
    private Requests() {}

    /**
     * Makes tensors of the inputs. Takes the decoded request's memory over: whoever closes the result frees it.
     *
     * @throws InferException with what the model's config says about inputs that contradict themselves
     */
    static InferRequest of(DecodedRequest decoded, Model model, long receivedNanos) {
        List<InputTensor> inputs = new ArrayList<>();
        for (DecodedInput input : decoded.inputs()) {
            Optional<Tensor> tensor = tensor(input);
            if (tensor.isEmpty()) {
                throw contradiction(decoded, model, input);
            }
            inputs.add(new InputTensor(input.name(), tensor.get()));
        }
        return new InferRequest(decoded.header(), inputs, decoded.outputs(), decoded.memory(), receivedNanos);
    }

    /** The input as a tensor; empty if datatype, dims and content do not go together. */
    private static Optional<Tensor> tensor(DecodedInput input) {
        if (input.dataType().isEmpty()) {
            return Optional.empty();
        }
        Optional<Shape> shape = shape(input.dims());
        if (shape.isEmpty()) {
            return Optional.empty();
        }
        DataType type = input.dataType().get();
        return switch (input.content()) {
            case DecodedInput.Content.Strings strings ->
                strings.elements().length == shape.get().elements()
                        ? Optional.of(Tensor.ofStrings(shape.get(), strings.elements()))
                        : Optional.empty();
            case DecodedInput.Content.Binary binary
            when type == DataType.STRING ->
                BytesCodec.decode(binary.bytes(), shape.get().elements())
                        .map(elements -> Tensor.ofStrings(shape.get(), elements));
            case DecodedInput.Content.Binary binary -> {
                long bytes = binary.bytes().byteSize();
                boolean fits = bytes / type.bytes() == shape.get().elements() && bytes % type.bytes() == 0;
                yield fits ? Optional.of(Tensor.of(type, shape.get(), binary.bytes())) : Optional.empty();
            }
        };
    }

    private static Optional<Shape> shape(long[] dims) {
        try {
            return Optional.of(Shape.of(dims));
        } catch (ArithmeticException | IllegalArgumentException e) {
            return Optional.empty();
        }
    }

    private static InferException contradiction(DecodedRequest decoded, Model model, DecodedInput broken) {
        List<DeclaredInput> declared =
                decoded.inputs().stream().map(Requests::declare).toList();
        try {
            model.validator().check(decoded.header(), declared, decoded.outputs());
        } catch (InferException e) {
            return e;
        }
        return InferException.invalid(
                decoded.header().prefix() + "the data of input '" + broken.name() + "' does not fit its shape");
    }

    private static DeclaredInput declare(DecodedInput input) {
        DeclaredInput.Content content = switch (input.content()) {
            case DecodedInput.Content.Strings strings -> new DeclaredInput.Content.Strings(strings.elements().length);
            case DecodedInput.Content.Binary binary
            when input.dataType().equals(Optional.of(DataType.STRING)) ->
                new DeclaredInput.Content.SerializedStrings(binary.bytes());
            case DecodedInput.Content.Binary binary ->
                new DeclaredInput.Content.Bytes(binary.bytes().byteSize());
        };
        return new DeclaredInput(input.name(), input.dataType(), input.dims(), content);
    }
}
