package dev.nereid.server.protocol.json;

import dev.nereid.memory.SlabPool;
import dev.nereid.server.protocol.BytesCodec;
import dev.nereid.server.protocol.ClientNames;
import dev.nereid.server.protocol.Closing;
import dev.nereid.server.protocol.CorrelationId;
import dev.nereid.server.protocol.DecodedInput;
import dev.nereid.server.protocol.DecodedRequest;
import dev.nereid.server.protocol.Dialect;
import dev.nereid.server.protocol.InferException;
import dev.nereid.server.protocol.InferRequest;
import dev.nereid.server.protocol.Parameter;
import dev.nereid.server.protocol.RequestBudget;
import dev.nereid.tensor.DataType;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;

/**
 * Decodes the body of a generate request: one object whose members are inputs of the model, by their names, and parameters
 * otherwise. One decoder serves all requests of a front; any thread.
 */
public final class GenerateDecoder {
    private static final String PARAMETERS = "parameters";

    private final long mostInputBytes;
    private final SlabPool pool;
    private final Dialect dialect;

    /**
     * An input that a member may stand for.
     *
     * @param shape -1 for a dim of any size
     */
    public record Input(DataType dataType, List<Long> shape) {
        public Input {
            Objects.requireNonNull(dataType, "dataType");
            shape = List.copyOf(shape);
        }
    }

    /**
     * Creates a decoder.
     *
     * @param mostInputBytes the most bytes that the inputs of a request may take
     * @param pool where their memory comes from
     * @param dialect what JSON may carry
     */
    public GenerateDecoder(long mostInputBytes, SlabPool pool, Dialect dialect) {
        this.dialect = dialect;
        this.mostInputBytes = mostInputBytes;
        this.pool = pool;
    }

    /**
     * Decodes a body; the caller closes the result.
     *
     * @param inputs the model's, by their names
     * @throws InferException with Triton's text for whatever is wrong with the body
     */
    public DecodedRequest decode(byte[] body, String modelName, String modelVersion, Map<String, Input> inputs) {
        return decode(
                body, modelName, modelVersion, inputs, RequestBudget.unlimited().open());
    }

    /**
     * Decodes a body; the caller closes the result.
     *
     * @param inputs the model's, by their names
     * @param share what the request holds of the heap
     * @throws InferException with Triton's text for whatever is wrong with the body
     */
    public DecodedRequest decode(
            byte[] body, String modelName, String modelVersion, Map<String, Input> inputs, RequestBudget.Share share) {
        JsonValue root = JsonValue.parse(body, 0, body.length, share);
        if (root.find(PARAMETERS).isPresent() && inputs.containsKey(PARAMETERS)) {
            throw InferException.invalid("Keyword 'parameters' for nested schema also given as input tensor name");
        }
        Request request = new Request(inputs);
        try {
            root.forEachMember(request::add);
            ClientNames.checkParameters(request.parameters.size(), "the request");
            InferRequest.Header header = new InferRequest.Header(
                    modelName, modelVersion, request.id, CorrelationId.NONE, false, false, 0, 0, request.parameters);
            return new DecodedRequest(header, request.decoded, List.of(), false, request.memory);
        } catch (RuntimeException | Error e) {
            Closing.all(request.memory);
            throw e;
        }
    }

    /** What has been read of one request. */
    private final class Request {
        private final Map<String, Input> inputs;
        private final List<DecodedInput> decoded = new ArrayList<>();
        private final Map<String, Parameter> parameters = new LinkedHashMap<>();
        private final List<SlabPool.Slab> memory = new ArrayList<>();
        private String id = "";
        private long bytes;

        private Request(Map<String, Input> inputs) {
            this.inputs = inputs;
        }

        void add(String key, JsonValue value) {
            if (key.equals(PARAMETERS)) {
                if (!value.isObject()) {
                    throw InferException.malformed(
                            "Expected JSON object for keyword: 'parameters': attempt to access JSON non-object as object");
                }
                try {
                    value.forEachMember(this::put);
                } catch (InferException e) {
                    throw new InferException(e.code(), "Converting keyword: 'parameters': " + e.text(), e);
                }
                return;
            }
            if (key.equals("id")) {
                id = JsonErrors.parsing(key, value::asString);
            }
            put(key, value);
        }

        private void put(String key, JsonValue value) {
            Input input = inputs.get(key);
            if (input != null) {
                decoded.add(input(key, input, value.isArray() ? value : value.inArray()));
            } else if (!key.equals("id")) {
                parameters.putIfAbsent(key, JsonParameters.parameter(key, value));
            }
        }

        private DecodedInput input(String name, Input input, JsonValue data) {
            DataType type = input.dataType();
            JsonTypes.checkRead(type, name, dialect);
            long count = count(data);
            DecodedInput.Content content;
            if (type == DataType.STRING) {
                byte[][] strings = JsonTensorData.readStrings(data);
                admit(name, BytesCodec.encodedSize(strings, strings.length));
                content = new DecodedInput.Content.Strings(strings);
            } else {
                long size = count * type.bytes();
                admit(name, size);
                SlabPool.Slab slab = pool.take(size);
                memory.add(slab);
                JsonTensorData.read(data, type, count, slab.segment());
                content = new DecodedInput.Content.Binary(slab.segment());
            }
            return new DecodedInput(name, Optional.of(type), dims(name, input.shape(), count), content);
        }

        /** Counts an input's bytes; refuses those that are too many, before memory is taken for them. */
        private void admit(String name, long size) {
            bytes += size;
            if (bytes > mostInputBytes) {
                throw InferException.invalid(
                        "request size of " + bytes + " bytes with input '" + name + "' of size " + size
                                + " bytes exceeds the maximum allowed input size of " + mostInputBytes
                                + ". Use --http-max-input-size to increase the limit.");
            }
        }

        private static long count(JsonValue data) {
            long count = 0;
            JsonValue.Elements elements = data.elements();
            while (elements.next()) {
                count++;
            }
            return count;
        }

        /** Gives a shape to so many elements: the innermost open dim takes what the fixed ones leave, the others are 1. */
        private static long[] dims(String name, List<Long> shape, long count) {
            if (count == 0) {
                return new long[0]; // as Triton, whose check of the shape then fails
            }
            long[] dims = new long[shape.size()];
            long left = count;
            for (long dim : shape) {
                if (dim == 0 || (dim > 0 && left % dim != 0)) {
                    throw misfit(name);
                }
                left = dim > 0 ? left / dim : left;
            }
            for (int i = dims.length - 1; i >= 0; i--) {
                dims[i] = shape.get(i);
                if (dims[i] < 0) {
                    dims[i] = left;
                    left = 1;
                }
            }
            if (left != 1) {
                throw misfit(name);
            }
            return dims;
        }

        private static InferException misfit(String name) {
            return InferException.invalid(
                    "The schema can not convert input '" + name + "' to tensor with proper shape");
        }
    }
}
