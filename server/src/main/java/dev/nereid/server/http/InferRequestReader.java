package dev.nereid.server.http;

import dev.nereid.memory.SlabPool;
import dev.nereid.server.protocol.BytesCodec;
import dev.nereid.server.protocol.DecodedInput;
import dev.nereid.server.protocol.DecodedInput.Content;
import dev.nereid.server.protocol.DecodedRequest;
import dev.nereid.server.protocol.HeapSizes;
import dev.nereid.server.protocol.InferException;
import dev.nereid.server.protocol.InferRequest;
import dev.nereid.server.protocol.InputTensor;
import dev.nereid.server.protocol.RequestBudget;
import dev.nereid.server.protocol.SharedRange;
import dev.nereid.server.protocol.SharedTensors;
import dev.nereid.server.repository.Model;
import dev.nereid.server.repository.validation.DeclaredInput;
import dev.nereid.tensor.DataType;
import dev.nereid.tensor.Shape;
import dev.nereid.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Makes an inference request of a decoded body. */
public final class InferRequestReader {
    private InferRequestReader() {}

    /**
     * Makes tensors of the inputs. Takes the decoded request's memory over: whoever closes the result frees it.
     *
     * @param memory what inputs that lie in a client's memory are copied to
     * @param share what the request holds of the heap; afterwards that is its strings alone
     * @throws InferException with what the model's config says about inputs that contradict themselves
     */
    public static InferRequest of(
            DecodedRequest decoded, Model model, SlabPool memory, RequestBudget.Share share, long receivedNanos) {
        if (isAnyShared(decoded.inputs())) {
            // Otherwise a small request could have the same memory copied any number of times.
            model.validator().check(decoded.header(), declared(decoded.inputs()), decoded.outputs());
        }
        List<SlabPool.Slab> copies = new ArrayList<>();
        try {
            List<DecodedInput> contents = new ArrayList<>();
            for (DecodedInput input : decoded.inputs()) {
                contents.add(copied(input, memory, copies));
            }
            List<InputTensor> inputs = new ArrayList<>();
            long heapBytes = HeapSizes.of(decoded);
            for (DecodedInput input : contents) {
                Optional<Tensor> tensor = tensor(input, share);
                if (tensor.isEmpty()) {
                    throw contradiction(decoded, contents, model, input);
                }
                inputs.add(new InputTensor(input.name(), tensor.get()));
                heapBytes += HeapSizes.elements(tensor.get());
            }
            share.keep(heapBytes);
            List<AutoCloseable> owned = new ArrayList<>(decoded.memory());
            owned.addAll(copies);
            return new InferRequest(decoded.header(), inputs, decoded.outputs(), owned, receivedNanos);
        } catch (RuntimeException | Error e) {
            copies.forEach(SlabPool.Slab::close);
            throw e;
        }
    }

    private static boolean isAnyShared(List<DecodedInput> inputs) {
        for (DecodedInput input : inputs) {
            if (input.content() instanceof Content.Shared) {
                return true;
            }
        }
        return false;
    }

    /** The input with its bytes in the server's memory. */
    private static DecodedInput copied(DecodedInput input, SlabPool memory, List<SlabPool.Slab> copies) {
        if (!(input.content() instanceof Content.Shared(SharedRange range))) {
            return input;
        }
        SlabPool.Slab slab = SharedTensors.read(range, memory);
        copies.add(slab);
        return new DecodedInput(input.name(), input.dataType(), input.dims(), new Content.Binary(slab.segment()));
    }

    /** The input as a tensor; empty if datatype, dims and content do not go together. */
    private static Optional<Tensor> tensor(DecodedInput input, RequestBudget.Share share) {
        if (input.dataType().isEmpty()) {
            return Optional.empty();
        }
        Optional<Shape> shape = shape(input.dims());
        if (shape.isEmpty()) {
            return Optional.empty();
        }
        DataType type = input.dataType().get();
        return switch (input.content()) {
            case Content.Strings strings ->
                strings.elements().length == shape.get().elements()
                        ? Optional.of(Tensor.ofStrings(shape.get(), strings.elements()))
                        : Optional.empty();
            case Content.Binary binary
            when type == DataType.STRING ->
                BytesCodec.decode(binary.bytes(), shape.get().elements(), share)
                        .map(elements -> Tensor.ofStrings(shape.get(), elements));
            case Content.Shared _ -> throw new IllegalStateException("shared memory was not copied");
            case Content.Binary binary -> {
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

    private static InferException contradiction(
            DecodedRequest decoded, List<DecodedInput> inputs, Model model, DecodedInput broken) {
        try {
            model.validator().check(decoded.header(), declared(inputs), decoded.outputs());
        } catch (InferException e) {
            return e;
        }
        return InferException.invalid(
                decoded.header().prefix() + "the data of input '" + broken.name() + "' does not fit its shape");
    }

    private static List<DeclaredInput> declared(List<DecodedInput> inputs) {
        return inputs.stream().map(InferRequestReader::declare).toList();
    }

    private static DeclaredInput declare(DecodedInput input) {
        boolean strings = input.dataType().equals(Optional.of(DataType.STRING));
        DeclaredInput.Content content = switch (input.content()) {
            case Content.Strings elements -> new DeclaredInput.Content.Strings(elements.elements().length);
            case Content.Binary binary when strings -> new DeclaredInput.Content.SerializedStrings(binary.bytes());
            case Content.Binary binary ->
                new DeclaredInput.Content.Bytes(binary.bytes().byteSize());
            // Taken for good until they have been copied.
            case Content.Shared _
            when strings ->
                new DeclaredInput.Content.Strings(
                        shape(input.dims()).map(Shape::elements).orElse(0L));
            case Content.Shared shared ->
                new DeclaredInput.Content.Bytes(shared.range().byteSize());
        };
        return new DeclaredInput(input.name(), input.dataType(), input.dims(), content);
    }
}
