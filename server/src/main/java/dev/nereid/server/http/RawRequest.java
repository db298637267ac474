package dev.nereid.server.http;

import dev.nereid.memory.SlabPool;
import dev.nereid.server.protocol.BodyStream;
import dev.nereid.server.protocol.DecodedInput;
import dev.nereid.server.protocol.DecodedRequest;
import dev.nereid.server.protocol.InferException;
import dev.nereid.server.protocol.InferRequest;
import dev.nereid.server.repository.Model;
import dev.nereid.server.repository.validation.TensorMetadata;
import dev.nereid.tensor.DataType;
import java.util.List;
import java.util.Optional;

/**
 * A request without any JSON: its whole body is the one input of the model, of a shape that follows from the model's
 * config and the body's length. All outputs are answered in binary.
 */
final class RawRequest {
    private RawRequest() {}

    /** Reads the body; the caller closes the result. */
    static DecodedRequest decode(BodyStream body, Model model, long mostInputBytes, SlabPool memory) {
        InferRequest.Header header = InferRequest.Header.of(model.name(), Long.toString(model.version()), "");
        if (model.inputs().size() != 1) {
            throw InferException.invalid(header.prefix() + "Raw request must only have 1 input (found 1) to be deduced "
                    + "but got " + model.inputs().size() + " inputs in '" + model.name() + "' model configuration");
        }
        if (body.length() > mostInputBytes) {
            throw InferException.invalid("Raw input has a byte_size (" + body.length()
                    + " bytes) that exceeds the maximum allowed value of " + mostInputBytes
                    + " bytes. Use --http-max-input-size to increase the limit.");
        }
        TensorMetadata input = model.inputs().getFirst();
        long[] dims = dims(header, model, input, body.length());
        if (input.dataType() == DataType.STRING) {
            DecodedInput.Content content =
                    new DecodedInput.Content.Strings(new byte[][] {body.readBytes((int) body.length())});
            return request(header, input, dims, content, List.of());
        }
        SlabPool.Slab slab = body.readSlab(memory, body.length());
        return request(header, input, dims, new DecodedInput.Content.Binary(slab.segment()), List.of(slab));
    }

    private static DecodedRequest request(
            InferRequest.Header header,
            TensorMetadata input,
            long[] dims,
            DecodedInput.Content content,
            List<SlabPool.Slab> memory) {
        DecodedInput decoded = new DecodedInput(input.name(), Optional.of(input.dataType()), dims, content);
        return new DecodedRequest(header, List.of(decoded), List.of(), true, memory);
    }

    /** The input's dims, a batch of 1 in front where the model batches. */
    private static long[] dims(InferRequest.Header header, Model model, TensorMetadata input, long bytes) {
        long[] dims = input.shape().stream().mapToLong(Long::longValue).toArray();
        int first = 0;
        if (model.config().getMaxBatchSize() > 0) {
            dims[0] = 1;
            first = 1;
        }
        if (input.dataType() == DataType.STRING) {
            if (dims.length != first + 1 || dims[first] != 1) {
                throw InferException.invalid(header.prefix() + "For BYTE datatype raw input '" + input.name()
                        + "', the model must have input shape [1]");
            }
            return dims;
        }
        int open = -1;
        long known = input.dataType().bytes();
        for (int i = first; i < dims.length; i++) {
            if (dims[i] >= 0) {
                known *= dims[i];
            } else if (open < 0) {
                open = i;
            } else {
                throw InferException.invalid(header.prefix() + "The shape of the raw input '" + input.name()
                        + "' can not be deduced because there are more than one variable-sized dimension");
            }
        }
        if (open >= 0) {
            dims[open] = known == 0 ? 0 : bytes / known;
        }
        return dims;
    }
}
