package dev.nereid.server.tensorflow.rest;

import dev.nereid.memory.SlabPool;
import dev.nereid.server.protocol.DecodedInput;
import dev.nereid.server.protocol.HeapSizes;
import dev.nereid.server.protocol.InferException;
import dev.nereid.server.protocol.json.JsonTensor;
import dev.nereid.server.protocol.json.JsonValue;
import dev.nereid.server.protocol.json.NestedArrays;
import dev.nereid.server.protocol.json.WireText;
import dev.nereid.server.repository.validation.TensorMetadata;
import dev.nereid.server.tensorflow.TensorflowTypes;
import dev.nereid.tensor.DataType;
import dev.nereid.tensor.Shape;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Optional;

/**
 * Reads one input of a request from JSON. Numbers and truth values are read straight into the tensor's memory; only where that
 * fails is the value looked at element by element, for the error. Source: json_tensor.cc.
 */
final class TensorJson {
    /** The only member of an object that stands for bytes. */
    private static final String BASE64 = "b64";

    /** As much of a value as an error repeats. */
    private static final int MOST_EXCERPT = 256;

    private TensorJson() {}

    /** Whether a value is an object that stands for bytes. */
    static boolean isBase64(JsonValue value) {
        return value.isObject()
                && value.memberCount() == 1
                && value.find(BASE64).filter(JsonValue::isString).isPresent();
    }

    /** Whether a value is an object that does not stand for bytes. */
    static boolean isNamed(JsonValue value) {
        return value.isObject() && !isBase64(value);
    }

    /** A value as errors repeat it. */
    static String excerpt(JsonValue value) {
        return value.excerpt(MOST_EXCERPT);
    }

    /**
     * Reads a tensor whose shape is that of the nesting.
     *
     * @param owned gets the memory that the tensor lies in
     * @throws InferException if elements are of another type, or arrays of different sizes
     */
    static DecodedInput read(
            JsonValue value, TensorMetadata input, SlabPool memory, List<? super SlabPool.Slab> owned) {
        DataType type = input.dataType();
        if (type == DataType.STRING) {
            long[] dims = NestedArrays.shape(value);
            return input(
                    input,
                    dims,
                    new DecodedInput.Content.Strings(strings(value, dims).toArray(new byte[0][])));
        }
        if (!isReadable(type)) {
            throw wrong(value, type);
        }
        Shape shape = shape(value, type);
        SlabPool.Slab slab = memory.take(shape.elements() * NestedArrays.room(type));
        owned.add(slab);
        if (!NestedArrays.read(value, type, shape.elements(), slab.segment())) {
            throw wrong(value, type);
        }
        MemorySegment elements = slab.segment().asSlice(0, shape.elements() * type.bytes());
        return input(input, shape.dims(), new DecodedInput.Content.Binary(elements));
    }

    private static Shape shape(JsonValue value, DataType type) {
        try {
            return JsonTensor.shape(value);
        } catch (InferException e) {
            throw wrong(value, type);
        }
    }

    private static DecodedInput input(TensorMetadata input, long[] dims, DecodedInput.Content content) {
        return new DecodedInput(input.name(), Optional.of(input.dataType()), dims, content);
    }

    /** The number of elements of a shape that a document has. */
    static long elements(long[] dims) {
        long elements = 1;
        for (long dim : dims) {
            elements *= dim;
        }
        return elements;
    }

    private static List<byte[]> strings(JsonValue value, long[] dims) {
        List<byte[]> strings = new ArrayList<>();
        walk(value, 0, DataType.STRING, dims, strings);
        return strings;
    }

    /** Whether JSON can carry a type. */
    private static boolean isReadable(DataType type) {
        return switch (type) {
            case FP32, FP64, INT8, INT16, INT32, INT64, UINT8, UINT32, UINT64, BOOL -> true;
            default -> false;
        };
    }

    /** What is wrong with a value that cannot be read. */
    private static InferException wrong(JsonValue value, DataType type) {
        walk(value, 0, type, NestedArrays.shape(value), new ArrayList<>());
        return InferException.internal("the input is well-formed, and was not read");
    }

    /**
     * Visits every element in order.
     *
     * @param level the number of arrays around the value
     * @param strings gets the elements of a tensor of strings
     * @throws InferException at the first one that does not fit shape and type
     */
    private static void walk(JsonValue value, int level, DataType type, long[] dims, List<byte[]> strings) {
        if (!value.isArray()) {
            if (level != dims.length) {
                throw InferException.invalid("JSON Value: " + excerpt(value) + " found at incorrect level: "
                        + (level + 1) + " in the JSON DOM. Expected at level: " + dims.length);
            }
            element(value, type, strings);
            return;
        }
        if (level >= dims.length) {
            throw InferException.invalid(
                    "Encountered list at unexpected level: " + level + " expected < " + dims.length);
        }
        long size = 0;
        for (JsonValue.Elements elements = value.elements(); elements.next(); size++) {
            // Only counted: the size of a list is told before what is wrong in it.
        }
        if (size != dims[level]) {
            throw InferException.invalid("Encountered list at unexpected size: " + size + " at level: " + level
                    + " expected size: " + dims[level]);
        }
        JsonValue.Elements elements = value.elements();
        while (elements.next()) {
            walk(elements.value(), level + 1, type, dims, strings);
        }
    }

    private static void element(JsonValue value, DataType type, List<byte[]> strings) {
        boolean fits = switch (type) {
            case FP32, FP64 -> value.isNumber();
            case INT8, INT16, INT32, UINT8 -> value.isLong() && value.asLong() == (int) value.asLong();
            case INT64 -> value.isLong();
            case UINT32 -> value.isUnsigned() && Long.compareUnsigned(value.asUnsigned(), 1L << Integer.SIZE) < 0;
            case UINT64 -> value.isUnsigned();
            case BOOL -> value.isBool();
            case STRING -> value.isString() || value.isObject();
            default ->
                throw InferException.unsupported(
                        "Conversion of JSON Value: " + excerpt(value) + " to type: " + TensorflowTypes.name(type));
        };
        if (!fits) {
            throw InferException.invalid("JSON Value: " + excerpt(value) + " Type: " + typeName(value)
                    + " is not of expected type: " + TensorflowTypes.name(type));
        }
        if (type == DataType.STRING) {
            byte[] bytes = value.isString() ? WireText.encode(value.asString()) : base64(value);
            value.takeHeap(HeapSizes.element(bytes.length));
            strings.add(bytes);
        }
    }

    /**
     * The bytes that an object stands for.
     *
     * @throws InferException if it stands for none
     */
    static byte[] base64(JsonValue value) {
        if (!isBase64(value)) {
            throw InferException.invalid("JSON Value: " + excerpt(value) + " not formatted correctly for base64 data");
        }
        try {
            String text = value.member(BASE64).asString();
            return Base64.getDecoder().decode(text.replaceAll("\\s", ""));
        } catch (IllegalArgumentException e) {
            throw new InferException(InferException.Code.INVALID_ARG, "Unable to base64 decode", e);
        }
    }

    /** RapidJSON's names. */
    static String typeName(JsonValue value) {
        if (value.isNull()) {
            return "Null";
        }
        if (value.isBool()) {
            return value.asBool() ? "True" : "False";
        }
        if (value.isObject()) {
            return "Object";
        }
        if (value.isArray()) {
            return "Array";
        }
        return value.isString() ? "String" : "Number";
    }
}
