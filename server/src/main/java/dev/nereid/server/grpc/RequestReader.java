package dev.nereid.server.grpc;

import com.google.protobuf.ByteString;
import dev.nereid.memory.SlabPool;
import dev.nereid.proto.inference.InferParameter;
import dev.nereid.proto.inference.InferParameter.ParameterChoiceCase;
import dev.nereid.proto.inference.ModelInferRequest;
import dev.nereid.proto.inference.ModelInferRequest.InferInputTensor;
import dev.nereid.proto.inference.ModelInferRequest.InferRequestedOutputTensor;
import dev.nereid.server.protocol.BytesCodec;
import dev.nereid.server.protocol.InferException;
import dev.nereid.server.protocol.InferRequest;
import dev.nereid.server.protocol.InputTensor;
import dev.nereid.server.protocol.RequestedOutput;
import dev.nereid.server.repository.DeclaredInput;
import dev.nereid.server.repository.Model;
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
    }

    private final Model model;
    private final ModelInferRequest message;
    private final SlabPool memory;

    RequestReader(Model model, ModelInferRequest message, SlabPool memory) {
        this.model = model;
        this.message = message;
        this.memory = memory;
    }

    /**
     * Reads the request.
     *
     * @param receivedNanos when the message arrived
     * @return the request; the caller closes it
     * @throws InferException if the message does not suit the model
     */
    InferRequest read(InferRequest.Header header, long receivedNanos) {
        List<Source> sources = sources();
        List<RequestedOutput> outputs =
                message.getOutputsList().stream().map(RequestReader::output).toList();
        List<DeclaredInput> declared = new ArrayList<>(sources.size());
        for (int i = 0; i < sources.size(); i++) {
            declared.add(declare(message.getInputs(i), sources.get(i)));
        }
        model.validator().check(header, declared, outputs);
        List<SlabPool.Slab> slabs = new ArrayList<>();
        try {
            List<InputTensor> inputs = new ArrayList<>();
            for (int i = 0; i < sources.size(); i++) {
                Tensor tensor = tensor(declared.get(i), sources.get(i), slabs);
                inputs.add(new InputTensor(declared.get(i).name(), tensor));
            }
            return new InferRequest(header, inputs, outputs, slabs, receivedNanos);
        } catch (RuntimeException e) {
            slabs.forEach(SlabPool.Slab::close);
            throw e;
        }
    }

    private List<Source> sources() {
        List<Source> sources = new ArrayList<>(message.getInputsCount());
        int raw = 0;
        for (InferInputTensor input : message.getInputsList()) {
            if (input.hasContents()) {
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
                throw unexpectedContents(input, field, ", binary data was already supplied.");
            }
            if (type.isPresent() && !field.holds(type.get())) {
                throw unexpectedContents(input, field, ", expected datatype '" + input.getDatatype() + "'");
            }
            found = new Source.Typed(field, input);
        }
        return found != null ? found : new Source.Raw(ByteString.EMPTY);
    }

    private InferException unexpectedContents(InferInputTensor input, TypedContents field, String rest) {
        return InferException.invalid("unexpected explicit tensor data for input tensor '" + input.getName()
                + "' for model '" + message.getModelName() + "' of type '" + field.fieldType() + "'" + rest);
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

    private Tensor tensor(DeclaredInput declared, Source source, List<SlabPool.Slab> slabs) {
        Shape shape = Shape.of(declared.dims());
        DataType type = declared.dataType().orElseThrow();
        if (type == DataType.STRING) {
            return Tensor.ofStrings(shape, strings(source, shape));
        }
        SlabPool.Slab slab = memory.take(shape.elements() * type.bytes());
        slabs.add(slab);
        switch (source) {
            case Source.Raw raw -> raw.bytes().copyTo(slab.segment().asByteBuffer());
            case Source.Typed typed -> typed.field().copy(typed.input().getContents(), type, slab.segment());
        }
        return Tensor.of(type, shape, slab.segment());
    }

    private static byte[][] strings(Source source, Shape shape) {
        return switch (source) {
            case Source.Raw raw ->
                BytesCodec.decode(MemorySegment.ofBuffer(raw.bytes().asReadOnlyByteBuffer()), shape.elements())
                        .orElseThrow(() -> InferException.invalid("malformed string content"));
            case Source.Typed typed ->
                typed.input().getContents().getBytesContentsList().stream()
                        .map(ByteString::toByteArray)
                        .toArray(byte[][]::new);
        };
    }

    private static RequestedOutput output(InferRequestedOutputTensor output) {
        InferParameter classification = output.getParametersMap().get("classification");
        int classes = 0;
        if (classification != null) {
            if (classification.getParameterChoiceCase() != ParameterChoiceCase.INT64_PARAM) {
                throw InferException.invalid("invalid value type for 'classification' parameter, expected int64_param");
            }
            if (classification.getInt64Param() <= 0) {
                throw InferException.invalid("invalid value for 'classification' parameter, expected >= 0");
            }
            classes = Math.clamp(classification.getInt64Param(), 0, Integer.MAX_VALUE);
        }
        return new RequestedOutput(output.getName(), classes, true);
    }
}
