package dev.nereid.server.protocol.json;

import dev.nereid.server.protocol.CooperativeYield;
import dev.nereid.server.protocol.HeapSizes;
import dev.nereid.server.protocol.InferException;
import dev.nereid.server.protocol.RequestBudget;
import dev.nereid.tensor.DataType;
import dev.nereid.tensor.HalfFloats;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;

/**
 * Reads the {@code data} of one input: numbers, truth values or strings in arrays of any nesting, flattened in their
 * order, straight from the document's bytes into the tensor's memory.
 */
final class JsonTensorData {
    /** Elements in so many arrays are refused. */
    private static final int TOO_DEEP = 100;

    private static final String IN_DATA = "Unable to parse 'data': ";
    private static final String TOO_MANY = IN_DATA + "Shape does not match true shape of 'data' field";
    private static final String TOO_FEW = "Failed to parse 'data' field: shape does not match true shape";
    private static final ValueLayout.OfShort SHORT = ValueLayout.JAVA_SHORT.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfFloat FLOAT = ValueLayout.JAVA_FLOAT.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfDouble DOUBLE = ValueLayout.JAVA_DOUBLE.withOrder(ByteOrder.LITTLE_ENDIAN);

    private final byte[] bytes;
    private final int end;
    private final JsonTokens tokens;
    private final JsonNumber number;
    private final NumberRuns runs;
    private final RequestBudget.Share share;
    /** What Triton says in front of nesting too deep: nothing for strings. */
    private final String nestingPrefix;

    private int run;
    private int position;
    private int depth;
    private long nextPause;

    private JsonTensorData(JsonValue data, String nestingPrefix) {
        if (!data.isArray()) {
            throw inData("attempt to access JSON non-array as array");
        }
        this.bytes = data.bytes();
        this.end = data.end();
        this.tokens = data.tokens();
        this.number = new JsonNumber(bytes);
        this.position = data.start() + 1;
        this.runs = data.numbers();
        this.share = data.share();
        this.run = runs.firstFrom(position);
        this.depth = 1;
        this.nextPause = CooperativeYield.first(position);
        this.nestingPrefix = nestingPrefix;
    }

    /** No more elements than this can lie in that array, whatever a client claims. */
    static long mostElements(JsonValue data) {
        return data.isArray() ? (data.end() - data.start()) / 2 : 0;
    }

    /**
     * Reads exactly {@code count} elements of a fixed size.
     *
     * @param target room for {@code count} elements, or for {@link #mostElements} if that is less
     */
    static void read(JsonValue data, DataType type, long count, MemorySegment target) {
        JsonTensorData reader = new JsonTensorData(data, IN_DATA);
        long read = switch (type) {
            case BOOL -> reader.bools(count, target);
            case FP32 -> reader.floats(count, target);
            case FP64 -> reader.doubles(count, target);
            case FP16 -> reader.fp16(count, target);
            case BF16 -> reader.bf16(count, target);
            default -> reader.integers(type, count, target);
        };
        if (read < count) {
            throw InferException.malformed(TOO_FEW);
        }
    }

    /** Reads strings; their number is the caller's to check. */
    static byte[][] readStrings(JsonValue data) {
        JsonTensorData reader = new JsonTensorData(data, "");
        List<byte[]> strings = new ArrayList<>();
        while (reader.nextElement()) {
            if (reader.bytes[reader.position] != '"') {
                throw InferException.malformed(
                        "Unable to parse JSON bytes array: attempt to access JSON non-string as string");
            }
            int behind = reader.tokens.skipString(reader.position);
            reader.share.take(HeapSizes.element(behind - reader.position));
            strings.add(JsonStrings.bytes(reader.bytes, reader.position, behind));
            reader.position = behind;
        }
        return strings.toArray(new byte[0][]);
    }

    private long bools(long count, MemorySegment target) {
        long index = 0;
        while (nextElement()) {
            checkRoom(index, count);
            byte first = bytes[position];
            if (first != 't' && first != 'f') {
                throw inData("attempt to access JSON non-boolean as boolean");
            }
            position = tokens.skipScalar(position);
            target.set(ValueLayout.JAVA_BYTE, index, (byte) (first == 't' ? 1 : 0));
            index++;
        }
        return index;
    }

    private long floats(long count, MemorySegment target) {
        long index = 0;
        while (nextElement()) {
            checkRoom(index, count);
            if (isRun(DataType.FP32)) {
                index += run(DataType.FP32, index, count, target);
                continue;
            }
            // Rounded twice, first to a double, as Triton does.
            target.set(FLOAT, index * Float.BYTES, (float) real());
            index++;
        }
        return index;
    }

    private long doubles(long count, MemorySegment target) {
        long index = 0;
        while (nextElement()) {
            checkRoom(index, count);
            if (isRun(DataType.FP64)) {
                index += run(DataType.FP64, index, count, target);
                continue;
            }
            target.set(DOUBLE, index * Double.BYTES, real());
            index++;
        }
        return index;
    }

    private long fp16(long count, MemorySegment target) {
        long index = 0;
        while (nextElement()) {
            checkRoom(index, count);
            if (isRun(DataType.FP16)) {
                index += run(DataType.FP16, index, count, target);
                continue;
            }
            target.set(SHORT, index * Short.BYTES, HalfFloats.fp16(real()));
            index++;
        }
        return index;
    }

    private long bf16(long count, MemorySegment target) {
        long index = 0;
        while (nextElement()) {
            checkRoom(index, count);
            if (isRun(DataType.BF16)) {
                index += run(DataType.BF16, index, count, target);
                continue;
            }
            target.set(SHORT, index * Short.BYTES, HalfFloats.bf16(real()));
            index++;
        }
        return index;
    }

    private double real() {
        int from = position;
        position = number.read(from, end);
        if (number.kind() == JsonNumber.Kind.NONE) {
            throw inData("attempt to access JSON non-number as double");
        }
        return number.real(from, position);
    }

    private long integers(DataType type, long count, MemorySegment target) {
        boolean signed = type.kind() == DataType.Kind.SIGNED;
        int width = type.bytes();
        long index = 0;
        while (nextElement()) {
            checkRoom(index, count);
            if (isRun(type)) {
                index += run(type, index, count, target);
                continue;
            }
            position = number.read(position, end);
            checkInteger(signed);
            long value = number.integer();
            long offset = index * width;
            switch (width) {
                case 1 -> target.set(ValueLayout.JAVA_BYTE, offset, (byte) value);
                case 2 -> target.set(SHORT, offset, (short) value);
                case 4 -> target.set(INT, offset, (int) value);
                default -> target.set(LONG, offset, value);
            }
            index++;
        }
        return index;
    }

    private void checkInteger(boolean signed) {
        boolean fits = switch (number.kind()) {
            case BOTH -> true;
            case SIGNED -> signed;
            case UNSIGNED -> !signed;
            case NONE, REAL -> false;
        };
        if (!fits) {
            throw inData(
                    signed
                            ? "attempt to access JSON non-signed-integer as signed-integer"
                            : "attempt to access JSON non-unsigned-integer as unsigned-integer");
        }
    }

    /** Whether the element is the first of numbers that were read before, as the datatype's. */
    private boolean isRun(DataType type) {
        while (runs.start(run) < position) {
            run++;
        }
        return runs.start(run) == position && NumberRunCopy.fits(runs, run, type);
    }

    /** Takes those numbers as elements; returns how many they are. */
    private int run(DataType type, long index, long count, MemorySegment target) {
        int numbers = runs.count(run);
        if (numbers > count - index) {
            throw InferException.malformed(TOO_MANY);
        }
        NumberRunCopy.copy(runs, run, type, target, index);
        position = runs.end(run);
        return numbers;
    }

    private static void checkRoom(long index, long count) {
        if (index >= count) {
            throw InferException.malformed(TOO_MANY);
        }
    }

    /** Moves to the next element that is no array, in and out of arrays; false at the end of the outermost one. */
    private boolean nextElement() {
        while (depth > 0) {
            switch (bytes[position]) {
                case ' ', '\n', '\r', '\t', ',' -> position++;
                case '[' -> {
                    position++;
                    depth++;
                    checkDepth(depth > TOO_DEEP);
                }
                case ']' -> {
                    position++;
                    depth--;
                }
                default -> {
                    if (position >= nextPause) {
                        nextPause = CooperativeYield.pauseAt(position);
                    }
                    checkDepth(depth == TOO_DEEP);
                    return true;
                }
            }
        }
        return false;
    }

    private void checkDepth(boolean isTooDeep) {
        if (isTooDeep) {
            throw InferException.invalid(
                    nestingPrefix + "JSON nesting depth exceeds maximum allowed limit (" + TOO_DEEP + ")");
        }
    }

    private static InferException inData(String text) {
        return InferException.malformed(IN_DATA + text);
    }
}
