package dev.nereid.server.grpc;

import com.google.protobuf.ByteString;
import dev.nereid.memory.SlabPool;
import dev.nereid.proto.inference.InferParameter;
import dev.nereid.proto.inference.InferParameter.ParameterChoiceCase;
import dev.nereid.proto.inference.ModelInferRequest;
import dev.nereid.proto.inference.ModelInferRequest.InferInputTensor;
import dev.nereid.proto.inference.ModelInferRequest.InferRequestedOutputTensor;
import dev.nereid.server.protocol.BytesCodec;
import dev.nereid.server.protocol.ClientNames;
import dev.nereid.server.protocol.Closing;
import dev.nereid.server.protocol.DuplicateNameCheck;
import dev.nereid.server.protocol.HeapSizes;
import dev.nereid.server.protocol.InferException;
import dev.nereid.server.protocol.InferRequest;
import dev.nereid.server.protocol.InputTensor;
import dev.nereid.server.protocol.RequestedOutput;
import dev.nereid.server.protocol.SharedRange;
import dev.nereid.server.protocol.SharedRanges;
import dev.nereid.server.protocol.SharedTensors;
import dev.nereid.server.repository.Model;
import dev.nereid.server.repository.validation.DeclaredInput;
import dev.nereid.tensor.DataType;
import dev.nereid.tensor.Shape;
import dev.nereid.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** From a request message to a request: finds each input's data, checks it, and copies it once into pooled memory. */
final class RequestReader {
    /** Where the data of one input lies in the message. */
    private sealed interface Source {
        record Raw(ByteString bytes) implements Source {}

        record Typed(TypedContents field, InferInputTensor input) implements Source {}

        /** In memory of the client's. */
        record Shared(SharedRange range) implements Source {}
    }

    private final Model model;
    private final ModelInferRequest message;
    private final SlabPool memory;
    private final SharedRanges ranges;
    private final CallMemory call;
    /** What the request will own: ranges of shared memory and the slabs of its inputs. */
    private final List<AutoCloseable> owned = new ArrayList<>();

    /** @param call what the call holds of the heap: when the request is read, its strings are left */
    RequestReader(Model model, ModelInferRequest message, SlabPool memory, SharedRanges ranges, CallMemory call) {
        this.call = call;
        this.model = model;
        this.message = message;
        this.memory = memory;
        this.ranges = ranges;
    }

    /**
     * Reads the request.
     *
     * @param receivedNanos when the message arrived
     * @return the request; the caller closes it
     * @throws InferException if the message does not suit the model
     */
    InferRequest read(InferRequest.Header header, long receivedNanos) {
        try {
            checkNames(header);
            List<Source> sources = sources();
            List<RequestedOutput> outputs =
                    message.getOutputsList().stream().map(this::output).toList();
            List<DeclaredInput> declared = new ArrayList<>(sources.size());
            for (int i = 0; i < sources.size(); i++) {
                declared.add(declare(message.getInputs(i), sources.get(i)));
            }
            model.validator().check(header, declared, outputs);
            List<InputTensor> inputs = new ArrayList<>();
            for (int i = 0; i < sources.size(); i++) {
                inputs.add(new InputTensor(declared.get(i).name(), tensor(header, declared.get(i), sources.get(i))));
            }
            long kept = HeapSizes.of(header, outputs);
            for (InputTensor input : inputs) {
                kept += HeapSizes.of(input);
            }
            long heapBytes = call.requestRead(kept);
            owned.add(() -> call.giveBack(heapBytes));
            return new InferRequest(header, inputs, outputs, owned, receivedNanos);
        } catch (RuntimeException | Error e) {
            call.requestRead(0);
            Closing.all(owned);
            throw e;
        }
    }

    /** Names come before anything else, as in Triton. */
    private void checkNames(InferRequest.Header header) {
        DuplicateNameCheck inputs = new DuplicateNameCheck();
        for (InferInputTensor input : message.getInputsList()) {
            inputs.addOf("input", input.getName(), header::prefix);
            ClientNames.checkParameters(input.getParametersCount(), "input '" + input.getName() + "'");
        }
        DuplicateNameCheck outputs = new DuplicateNameCheck();
        for (InferRequestedOutputTensor output : message.getOutputsList()) {
            outputs.addOf("output", output.getName(), header::prefix);
            ClientNames.checkParameters(output.getParametersCount(), "output '" + output.getName() + "'");
        }
    }

    private List<Source> sources() {
        List<Source> sources = new ArrayList<>(message.getInputsCount());
        int raw = 0;
        for (InferInputTensor input : message.getInputsList()) {
            if (input.hasContents() && SharedParameters.areGiven(input.getParametersMap())) {
                throw InferException.invalid("unexpected 'content' provided when using shared memory for input tensor '"
                        + input.getName() + "' for model '" + message.getModelName() + "'");
            }
            Optional<SharedRange> range = SharedParameters.range(input.getName(), input.getParametersMap(), ranges);
            if (range.isPresent()) {
                owned.add(range.get());
                sources.add(new Source.Shared(range.get()));
            } else if (input.hasContents()) {
                if (message.getRawInputContentsCount() > 0) {
                    throw InferException.invalid(
                            "contents field must not be specified when using raw_input_contents for '" + input.getName()
                                    + "' for model '" + message.getModelName() + "'");
                }
                sources.add(typed(input));
            } else if (raw < message.getRawInputContentsCount()) {
                sources.add(new Source.Raw(message.getRawInputContents(raw++)));
            } else {
                throw InferException.invalid("unable to find data for input tensor '" + input.getName()
                        + "' for model '" + message.getModelName() + "' in request.");
            }
        }
        return sources;
    }

    private Source typed(InferInputTensor input) {
        Optional<DataType> type = DataType.ofProtocolName(input.getDatatype());
        Source.Typed found = null;
        for (TypedContents field : TypedContents.values()) {
            if (field.elements(input.getContents()).isEmpty()) {
                continue;
            }
            if (found != null) {
                throw unexpectedContents(input, ", binary data was already supplied.");
            }
            if (type.filter(field::holds).isEmpty()) {
                throw unexpectedContents(
                        input,
                        " of type '" + field.fieldType() + "', expected datatype '"
                                + type.map(DataType::protocolName).orElse("<invalid>") + "'");
            }
            found = new Source.Typed(field, input);
        }
        return found != null ? found : new Source.Raw(ByteString.EMPTY);
    }

    private InferException unexpectedContents(InferInputTensor input, String rest) {
        return InferException.invalid("unexpected explicit tensor data for input tensor '" + input.getName()
                + "' for model '" + message.getModelName() + "'" + rest);
    }

    private static DeclaredInput declare(InferInputTensor input, Source source) {
        Optional<DataType> type = DataType.ofProtocolName(input.getDatatype());
        long[] dims = input.getShapeList().stream().mapToLong(Long::longValue).toArray();
        boolean strings = type.equals(Optional.of(DataType.STRING));
        DeclaredInput.Content content = switch (source) {
            case Source.Raw raw
            when strings ->
                new DeclaredInput.Content.SerializedStrings(
                        MemorySegment.ofBuffer(raw.bytes().asReadOnlyByteBuffer()));
            case Source.Raw raw -> new DeclaredInput.Content.Bytes(raw.bytes().size());
            // Taken for good until they have been copied.
            case Source.Shared _ when strings -> new DeclaredInput.Content.Strings(elements(dims));
            case Source.Shared shared ->
                new DeclaredInput.Content.Bytes(shared.range().byteSize());
            case Source.Typed typed -> {
                long count = typed.field().elements(typed.input().getContents()).size();
                yield strings
                        ? new DeclaredInput.Content.Strings(count)
                        : new DeclaredInput.Content.Bytes(
                                count * type.map(DataType::bytes).orElse(0));
            }
        };
        return new DeclaredInput(input.getName(), type, dims, content);
    }

    /** The product of dims; -1 where they have none, which no input can have. */
    private static long elements(long[] dims) {
        try {
            return Shape.of(dims).elements();
        } catch (ArithmeticException | IllegalArgumentException e) {
            return -1;
        }
    }

    private Tensor tensor(InferRequest.Header header, DeclaredInput declared, Source source) {
        Shape shape = Shape.of(declared.dims());
        DataType type = declared.dataType().orElseThrow();
        if (type == DataType.STRING) {
            return Tensor.ofStrings(shape, strings(header, declared, source, shape));
        }
        SlabPool.Slab slab = memory.take(shape.elements() * type.bytes());
        owned.add(slab);
        switch (source) {
            case Source.Raw raw -> raw.bytes().copyTo(slab.segment().asByteBuffer());
            case Source.Typed typed -> typed.field().copy(typed.input().getContents(), type, slab.segment());
            case Source.Shared shared -> shared.range().read(slab.segment());
        }
        return Tensor.of(type, shape, slab.segment());
    }

    private byte[][] strings(InferRequest.Header header, DeclaredInput declared, Source source, Shape shape) {
        return switch (source) {
            case Source.Raw raw -> decoded(MemorySegment.ofBuffer(raw.bytes().asReadOnlyByteBuffer()), shape);
            case Source.Typed typed ->
                typed.input().getContents().getBytesContentsList().stream()
                        .map(ByteString::toByteArray)
                        .toArray(byte[][]::new);
            case Source.Shared shared -> {
                try (SlabPool.Slab slab = SharedTensors.read(shared.range(), memory)) {
                    model.validator().checkStrings(header, declared, slab.segment());
                    yield decoded(slab.segment(), shape);
                }
            }
        };
    }

    private byte[][] decoded(MemorySegment wire, Shape shape) {
        call.takeForRequest(shape.elements() * HeapSizes.element(0) + wire.byteSize());
        return BytesCodec.decode(wire, shape.elements())
                .orElseThrow(() -> InferException.invalid("malformed string content"));
    }

    private RequestedOutput output(InferRequestedOutputTensor output) {
        Optional<SharedRange> place = SharedParameters.range(output.getName(), output.getParametersMap(), ranges);
        place.ifPresent(owned::add);
        int classes = classes(output);
        if (place.isPresent() && classes > 0) {
            throw InferException.invalid("output can't set both 'shared_memory_region' and 'classification'");
        }
        return new RequestedOutput(output.getName(), classes, true, false, place);
    }

    private static int classes(InferRequestedOutputTensor output) {
        InferParameter classification = output.getParametersMap().get("classification");
        if (classification != null) {
            if (classification.getParameterChoiceCase() != ParameterChoiceCase.INT64_PARAM) {
                throw InferException.invalid("invalid value type for 'classification' parameter, expected int64_param");
            }
            if (classification.getInt64Param() <= 0) {
                throw InferException.invalid("invalid value for 'classification' parameter, expected >= 0");
            }
            return Math.clamp(classification.getInt64Param(), 0, Integer.MAX_VALUE);
        }
        return 0;
    }
}
