package dev.nereid.server.protocol.json;

import dev.nereid.server.protocol.CooperativeYield;
import dev.nereid.server.protocol.InferException;
import dev.nereid.tensor.DataType;
import dev.nereid.tensor.Shape;
import dev.nereid.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;

/**
 * A tensor as nested lists, as Python writes one: a number, truth value or string, or an array of tensors that have the same
 * shape.
 */
public final class JsonTensor {
    /** Arrays within so many others are refused. */
    static final int MOST_DIMS = 32;

    private static final int OPEN = -1;

    private final byte[] bytes;
    private final JsonTokens tokens;
    private final NumberRuns runs;
    private final long[] dims = new long[MOST_DIMS];
    private final long[] counts = new long[MOST_DIMS];
    private int rank;
    private int elementDepth = OPEN;
    private int run;

    private JsonTensor(JsonValue value) {
        bytes = value.bytes();
        tokens = value.tokens();
        runs = value.numbers();
        run = runs.firstFrom(value.start());
        Arrays.fill(dims, OPEN);
    }

    /**
     * The shape of nested lists.
     *
     * @throws InferException if lists of one level have different lengths, or there is an object among the elements
     */
    public static Shape shape(JsonValue value) {
        return new JsonTensor(value).walk(value.start());
    }

    private Shape walk(int start) {
        int position = start;
        int depth = 0;
        long nextPause = CooperativeYield.first(start);
        do {
            switch (bytes[position]) {
                case ' ', '\n', '\r', '\t', ',' -> position++;
                case '[' -> {
                    open(depth);
                    depth++;
                    position++;
                }
                case ']' -> {
                    depth--;
                    close(depth);
                    position++;
                }
                case '{' -> throw InferException.invalid("expected a list of numbers, got an object in it");
                default -> {
                    checkElement(depth);
                    position = depth == 0 ? tokens.skipScalar(position) : skipElements(position, depth - 1);
                    if (position >= nextPause) {
                        nextPause = CooperativeYield.pauseAt(position);
                    }
                }
            }
        } while (depth > 0);
        return Shape.of(Arrays.copyOf(dims, rank));
    }

    /** Walks over an element, or over a run of numbers that begins there, which was read when the document was checked. */
    private int skipElements(int from, int level) {
        while (runs.start(run) < from) {
            run++;
        }
        if (runs.start(run) == from && runs.isInOneArray(run)) {
            counts[level] += runs.count(run);
            return runs.end(run);
        }
        counts[level]++;
        return skipElement(from);
    }

    /** The document was checked before, so behind a number comes a comma or a bracket. */
    private int skipElement(int from) {
        if (bytes[from] == '"') {
            return tokens.skipString(from);
        }
        int position = from;
        while (position + EightDigits.MOST <= bytes.length) {
            int distance = EightDigits.separator(bytes, position);
            position += distance;
            if (distance < EightDigits.MOST) {
                return position;
            }
        }
        return tokens.skipScalar(from);
    }

    private void open(int depth) {
        if (depth == MOST_DIMS) {
            throw InferException.invalid("expected lists in at most " + MOST_DIMS + " lists, got more");
        }
        if (depth == elementDepth) {
            throw ragged(depth, "both elements and lists");
        }
        if (depth > 0) {
            counts[depth - 1]++;
        }
        counts[depth] = 0;
        rank = Math.max(rank, depth + 1);
    }

    private void close(int depth) {
        if (dims[depth] == OPEN) {
            dims[depth] = counts[depth];
        } else if (dims[depth] != counts[depth]) {
            throw ragged(depth, "lists of " + dims[depth] + " and of " + counts[depth]);
        }
    }

    private void checkElement(int depth) {
        if (elementDepth == OPEN && depth == rank) {
            elementDepth = depth;
        } else if (elementDepth != depth) {
            throw ragged(depth, "both elements and lists");
        }
    }

    private static InferException ragged(int depth, String found) {
        return InferException.invalid("expected lists of equal lengths at depth " + depth + ", got " + found);
    }

    /**
     * Reads the elements, in row-major order.
     *
     * @param shape what {@link #shape} said
     * @param target room for them; not used for strings
     * @throws InferException if an element is not of that datatype
     */
    public static Tensor read(JsonValue value, DataType type, Shape shape, MemorySegment target) {
        JsonValue array = value.isArray() ? value : value.inArray();
        try {
            if (type == DataType.STRING) {
                return Tensor.ofStrings(shape, JsonTensorData.readStrings(array));
            }
            JsonTensorData.read(array, type, shape.elements(), target);
            return Tensor.of(type, shape, target);
        } catch (InferException e) {
            throw new InferException(
                    InferException.Code.INVALID_ARG,
                    "expected elements of datatype " + type.protocolName() + ": " + e.text(),
                    e);
        }
    }
}
