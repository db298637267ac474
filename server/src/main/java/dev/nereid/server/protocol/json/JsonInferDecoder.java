package dev.nereid.server.protocol.json;

import dev.nereid.memory.SlabPool;
import dev.nereid.server.protocol.BodyReadException;
import dev.nereid.server.protocol.BodyStream;
import dev.nereid.server.protocol.ClientNames;
import dev.nereid.server.protocol.Closing;
import dev.nereid.server.protocol.DecodedInput;
import dev.nereid.server.protocol.DecodedRequest;
import dev.nereid.server.protocol.Dialect;
import dev.nereid.server.protocol.DimText;
import dev.nereid.server.protocol.DuplicateNameCheck;
import dev.nereid.server.protocol.HeapSizes;
import dev.nereid.server.protocol.InferException;
import dev.nereid.server.protocol.InferRequest;
import dev.nereid.server.protocol.SharedRange;
import dev.nereid.server.protocol.SharedRanges;
import dev.nereid.tensor.DataType;
import dev.nereid.tensor.Shape;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * Decodes the body of an inference request: a JSON document, alone or followed by the binary data of its inputs. The
 * order of members is free: the document is checked in one pass that notes where everything lies, then each input's
 * {@code data} is read from there into memory whose size its shape and datatype have fixed. One decoder serves all
 * requests of a front; any thread.
 */
public final class JsonInferDecoder {
    /** The datatypes that a request can carry. */
    private static final Set<DataType> WIRE_TYPES = EnumSet.range(DataType.BOOL, DataType.STRING);

    private static final int FEW_DIMS = 4;

    private final long mostInputBytes;
    private final SlabPool pool;
    private final SharedRanges ranges;
    private final Dialect dialect;

    /**
     * Creates a decoder.
     *
     * @param mostInputBytes the most bytes that the JSON part, or one input given in JSON, may take
     * @param pool where the inputs' memory comes from
     * @param ranges memory of clients that tensors may lie in
     * @param dialect what JSON may carry
     */
    public JsonInferDecoder(long mostInputBytes, SlabPool pool, SharedRanges ranges, Dialect dialect) {
        this.mostInputBytes = mostInputBytes;
        this.pool = pool;
        this.ranges = ranges;
        this.dialect = dialect;
    }

    /**
     * Decodes a body; the caller closes the result.
     *
     * @param jsonBytes length of the JSON part at the body's start, at least 1; the rest is binary data
     * @throws InferException with Triton's text for whatever is wrong with the body itself
     * @throws BodyReadException if the client did not send it to its end
     */
    public DecodedRequest decode(BodyStream body, long jsonBytes, String modelName, String modelVersion) {
        checkJsonSize(jsonBytes);
        if (jsonBytes > body.remaining()) {
            throw InferException.invalid(
                    "unexpected size for request JSON, expecting " + (jsonBytes - body.remaining()) + " more bytes");
        }
        byte[] json = body.readBytes((int) jsonBytes);
        JsonValue root = JsonValue.parse(json, 0, json.length, body.share());
        String id = root.find("id")
                .map(value -> JsonErrors.parsing("id", value::asString))
                .orElse("");
        JsonParameters parameters =
                root.find("parameters").map(JsonParameters::read).orElseGet(JsonParameters::none);
        InferRequest.Header header = parameters.header(modelName, modelVersion, id);
        List<AutoCloseable> memory = new ArrayList<>();
        try {
            List<DecodedInput> inputs = new ArrayList<>();
            DuplicateNameCheck seen = new DuplicateNameCheck();
            JsonValue.Elements elements =
                    JsonErrors.parsing("inputs", () -> root.member("inputs").elements());
            while (elements.next()) {
                inputs.add(input(elements.value(), body, header, seen, memory));
            }
            if (body.remaining() > 0) {
                throw InferException.invalid("unexpected additional input data for model '" + modelName + "'");
            }
            return new DecodedRequest(
                    header,
                    inputs,
                    JsonRequestedOutputs.read(
                            root, header, ranges, memory, dialect == Dialect.IMPROVED && parameters.binaryByDefault()),
                    parameters.binaryByDefault(),
                    memory);
        } catch (RuntimeException | Error e) {
            Closing.all(memory);
            throw e;
        }
    }

    private void checkJsonSize(long jsonBytes) {
        long most = Math.min(mostInputBytes, Integer.MAX_VALUE - 8);
        if (jsonBytes > most) {
            throw InferException.invalid("request JSON size of " + jsonBytes
                    + " bytes exceeds the maximum allowed input size of " + most
                    + " bytes. Use --http-max-input-size to increase the limit.");
        }
    }

    private DecodedInput input(
            JsonValue input,
            BodyStream body,
            InferRequest.Header header,
            DuplicateNameCheck seen,
            List<AutoCloseable> memory) {
        body.share().take(HeapSizes.INPUT);
        Optional<JsonValue> data = input.find("data");
        Optional<JsonValue> parameters = input.find("parameters");
        Optional<JsonValue> binarySize = parameters.flatMap(value -> value.find("binary_data_size"));
        Optional<JsonValue> region = parameters.flatMap(value -> value.find("shared_memory_region"));
        checkOneContent(data.isPresent(), binarySize.isPresent(), region.isPresent());
        String name = JsonErrors.parsing("name", () -> input.member("name").asString());
        String typeName =
                JsonErrors.parsing("datatype", () -> input.member("datatype").asString());
        Optional<DataType> type = DataType.ofProtocolName(typeName).filter(WIRE_TYPES::contains);
        long[] dims = JsonErrors.parsing("shape", () -> dims(input.member("shape")));
        long elements = elementCount(name, dims);
        seen.addOf("input", name, header::prefix);
        parameters.ifPresent(value -> ClientNames.checkParameters(value.memberCount(), "input '" + name + "'"));
        boolean base64 = parameters.filter(Base64Strings::wanted).isPresent();
        if (base64 && data.isEmpty()) {
            throw InferException.invalid("'" + Base64Strings.PARAMETER + "' of input '" + name
                    + "': expected 'data', got data that is no JSON");
        }
        Optional<SharedRange> range = parameters.flatMap(value -> JsonSharedRange.find(value, ranges));
        DecodedInput.Content content;
        if (range.isPresent()) {
            memory.add(range.get());
            content = new DecodedInput.Content.Shared(range.get());
        } else if (binarySize.isPresent()) {
            content = binary(name, binarySize.get(), body, header.modelName(), memory);
        } else {
            // Triton takes a shape without dims for one without elements, and has no scalars.
            boolean isOne = dims.length > 0 || hasOneElement(data.orElseThrow());
            content = json(name, type, isOne ? elements : 0, data.orElseThrow(), base64, memory);
        }
        return new DecodedInput(name, type, dims, content);
    }

    private static boolean hasOneElement(JsonValue data) {
        if (!data.isArray()) {
            return true;
        }
        JsonValue.Elements elements = data.elements();
        return elements.next() && !elements.next();
    }

    private static void checkOneContent(boolean data, boolean binary, boolean region) {
        String given = (data ? " 'data'" : "")
                + (binary ? " 'binary_data_size'" : "")
                + (region ? " 'shared_memory_region'" : "");
        int count = (data ? 1 : 0) + (binary ? 1 : 0) + (region ? 1 : 0);
        if (count != 1) {
            throw InferException.invalid("Input must set only one of the following fields: 'data', 'binary_data_size' "
                    + "in 'parameters', 'shared_memory_region' in 'parameters'. But "
                    + (count == 0 ? "no field is set" : "set" + given));
        }
    }

    private static long[] dims(JsonValue shape) {
        long[] dims = new long[FEW_DIMS];
        int count = 0;
        JsonValue.Elements elements = shape.elements();
        while (elements.next()) {
            if (count == dims.length) {
                shape.share().take(2L * count * Long.BYTES);
                dims = Arrays.copyOf(dims, 2 * count);
            }
            dims[count++] = elements.value().asUnsigned();
        }
        return Arrays.copyOf(dims, count);
    }

    private static long elementCount(String name, long[] dims) {
        for (long dim : dims) {
            if (dim < 0) {
                throw InferException.invalid(invalidShape(name, dims) + " contains one or more invalid dimensions");
            }
        }
        try {
            return Shape.of(dims).elements();
        } catch (ArithmeticException e) {
            throw new InferException(
                    InferException.Code.INVALID_ARG,
                    invalidShape(name, dims) + " causes total element count to exceed maximum size of "
                            + Long.MAX_VALUE,
                    e);
        }
    }

    private static String invalidShape(String name, long[] dims) {
        return "invalid shape for input '" + name + "': shape " + DimText.of(dims);
    }

    private DecodedInput.Content binary(
            String name, JsonValue size, BodyStream body, String modelName, List<AutoCloseable> memory) {
        long bytes = JsonErrors.parsing("binary_data_size", size::asUnsigned);
        if (Long.compareUnsigned(bytes, body.remaining()) > 0) {
            throw InferException.invalid("unexpected size for input '" + name + "', expecting "
                    + Long.toUnsignedString(bytes - body.remaining()) + " additional bytes for model '" + modelName
                    + "'");
        }
        SlabPool.Slab slab = body.readSlab(pool, bytes);
        memory.add(slab);
        return new DecodedInput.Content.Binary(slab.segment());
    }

    private DecodedInput.Content json(
            String name,
            Optional<DataType> dataType,
            long elements,
            JsonValue data,
            boolean base64,
            List<AutoCloseable> memory) {
        if (dataType.isEmpty()) {
            throw InferException.invalid("invalid datatype for input " + name);
        }
        DataType type = dataType.get();
        JsonTypes.checkRead(type, name, dialect);
        if (base64) {
            Base64Strings.check(name, type);
        }
        if (type == DataType.STRING) {
            byte[][] strings = elements == 0 ? new byte[0][] : JsonTensorData.readStrings(data);
            return new DecodedInput.Content.Strings(base64 ? Base64Strings.decode(name, strings) : strings);
        }
        long bytes = byteSize(name, elements, type);
        // A shape may claim more than the array holds: then reading fails, before anything is written behind the end.
        long room = Math.min(elements, JsonTensorData.mostElements(data)) * type.bytes();
        SlabPool.Slab slab = pool.take(room);
        memory.add(slab);
        MemorySegment segment = slab.segment();
        if (bytes > 0) {
            JsonTensorData.read(data, type, elements, segment);
        }
        return new DecodedInput.Content.Binary(segment);
    }

    private long byteSize(String name, long elements, DataType type) {
        if (elements > Long.MAX_VALUE / type.bytes()) {
            throw InferException.invalid(
                    "byte size overflow for input '" + name + "': element count (" + elements + ") * data type size ("
                            + type.bytes() + ") exceeds maximum allowed size (" + Long.MAX_VALUE + ")");
        }
        long bytes = elements * type.bytes();
        if (bytes > mostInputBytes) {
            throw InferException.invalid("JSON input '" + name + "' has a byte_size (" + bytes
                    + " bytes) that exceeds the maximum allowed value of " + mostInputBytes
                    + " bytes. Use --http-max-input-size to increase the limit.");
        }
        return bytes;
    }
}
