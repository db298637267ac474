package dev.nereid.server.grpc;

import com.google.protobuf.ByteString;
import com.google.protobuf.UnsafeByteOperations;
import dev.nereid.proto.inference.InferParameter;
import dev.nereid.proto.inference.ModelInferResponse;
import dev.nereid.proto.inference.ModelStreamInferResponse;
import dev.nereid.server.protocol.BytesCodec;
import dev.nereid.server.protocol.Classification;
import dev.nereid.server.protocol.InferException;
import dev.nereid.server.protocol.InferRequest;
import dev.nereid.server.protocol.InferResponse;
import dev.nereid.server.protocol.OutputTensor;
import dev.nereid.server.protocol.Parameter;
import dev.nereid.server.protocol.RequestedOutput;
import dev.nereid.server.protocol.SharedRange;
import dev.nereid.server.protocol.SharedTensors;
import dev.nereid.server.repository.Model;
import dev.nereid.tensor.DataType;
import dev.nereid.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.util.Optional;

/** From a response to its message; tensors go as raw bytes, always. */
final class ResponseWriter {
    private ResponseWriter() {}

    /**
     * The message of one response; reads the response's memory, does not close it. Outputs with a place in the client's
     * memory are copied there.
     *
     * @param memory what the call holds of the heap: grows by the message
     * @throws InferException in Triton's words if it is larger than a message can be; nothing is copied then
     */
    static ModelInferResponse.Builder write(
            Model model, InferRequest request, InferResponse response, CallMemory memory) {
        ModelInferResponse.Builder message = ModelInferResponse.newBuilder()
                .setModelName(response.modelName())
                .setModelVersion(response.modelVersion())
                .setId(response.id());
        response.parameters().forEach((key, value) -> message.putParameters(key, parameter(value)));
        long carried = 0;
        for (OutputTensor output : response.outputs()) {
            Optional<RequestedOutput> requested = requested(request, output);
            Tensor tensor = classified(
                    model, requested.map(RequestedOutput::classification).orElse(0), output);
            ModelInferResponse.InferOutputTensor.Builder described = ModelInferResponse.InferOutputTensor.newBuilder()
                    .setName(output.name())
                    .setDatatype(tensor.dataType().protocolName());
            for (int axis = 0; axis < tensor.shape().rank(); axis++) {
                described.addShape(tensor.shape().dim(axis));
            }
            Optional<SharedRange> place = requested.flatMap(RequestedOutput::place);
            place.ifPresent(range -> SharedTensors.write(output.name(), tensor, range));
            long size = place.isPresent() ? 0 : size(tensor);
            carried += size;
            if (carried > Integer.MAX_VALUE) {
                throw InferException.invalid("Response has byte size " + carried
                        + " which exceeds gRPC's byte size limit " + Integer.MAX_VALUE + ".");
            }
            memory.takeForAnswer(size);
            // Clients find an output's bytes by its position, so one that went elsewhere has none, but an entry.
            message.addOutputs(described)
                    .addRawOutputContents(place.isPresent() ? ByteString.EMPTY : bytes(tensor, (int) size));
        }
        return message;
    }

    /** What was taken for a message when it was written. */
    static long heldBytes(Object message) {
        return switch (message) {
            case ModelStreamInferResponse streamed -> heldBytes(streamed.getInferResponse());
            case ModelInferResponse response -> {
                long bytes = 0;
                for (ByteString content : response.getRawOutputContentsList()) {
                    bytes += content.size();
                }
                yield bytes;
            }
            default -> 0;
        };
    }

    static InferParameter parameter(Parameter parameter) {
        InferParameter.Builder message = InferParameter.newBuilder();
        return switch (parameter) {
            case Parameter.Bool bool -> message.setBoolParam(bool.value()).build();
            case Parameter.Int integer -> message.setInt64Param(integer.value()).build();
            case Parameter.Real real -> message.setDoubleParam(real.value()).build();
            case Parameter.Text text -> message.setStringParam(text.value()).build();
        };
    }

    private static Optional<RequestedOutput> requested(InferRequest request, OutputTensor output) {
        for (RequestedOutput requested : request.outputs()) {
            if (requested.name().equals(output.name())) {
                return Optional.of(requested);
            }
        }
        return Optional.empty();
    }

    private static Tensor classified(Model model, int classes, OutputTensor output) {
        if (classes == 0) {
            return output.tensor();
        }
        return Classification.classify(
                output.tensor(), classes, model.config().getMaxBatchSize() > 0, model.labels(output.name()));
    }

    /** The bytes of a tensor in a message. */
    private static long size(Tensor tensor) {
        return tensor.dataType() == DataType.STRING
                ? BytesCodec.encodedSize(tensor.strings(), tensor.shape().elements())
                : tensor.byteSize();
    }

    private static ByteString bytes(Tensor tensor, int size) {
        if (tensor.dataType() != DataType.STRING) {
            return ByteString.copyFrom(tensor.segment().asSlice(0, size).asByteBuffer());
        }
        long elements = tensor.shape().elements();
        byte[] wire = new byte[size];
        BytesCodec.encode(tensor.strings(), elements, MemorySegment.ofArray(wire), 0);
        return UnsafeByteOperations.unsafeWrap(wire);
    }
}
