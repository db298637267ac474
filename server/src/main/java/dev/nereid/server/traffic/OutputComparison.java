package dev.nereid.server.traffic;

import dev.nereid.server.protocol.InferResponse;
import dev.nereid.server.protocol.OutputTensor;
import dev.nereid.tensor.DataType;
import dev.nereid.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Compares the outputs of two versions: numbers within a tolerance, or the place of the largest number of each row, texts and
 * booleans exactly. Immutable.
 *
 * @param outputs the tolerances by output; where neither this nor the next names any, all are compared, whole numbers exactly and
 *     others with the default tolerance
 * @param argmax the outputs of which only the place of the largest number of each row counts
 */
record OutputComparison(Map<String, Tolerance> outputs, Set<String> argmax) {
    private static final int MOST_TEXT = 80;

    OutputComparison {
        outputs = Map.copyOf(outputs);
        argmax = Set.copyOf(argmax);
    }

    /**
     * The first difference.
     *
     * @param index of the element, or of the row
     */
    record Difference(String output, long index, String expected, String actual) {}

    /** Whether an answer has an output that is compared; one without can neither match nor differ. */
    boolean concerns(InferResponse expected) {
        return expected.outputs().stream().anyMatch(output -> concerns(output.name()));
    }

    private boolean concerns(String output) {
        return (outputs.isEmpty() && argmax.isEmpty()) || outputs.containsKey(output) || argmax.contains(output);
    }

    /**
     * The first difference between what was answered and what the other version answers; empty where there is none.
     *
     * @param expected an answer that has an output which is compared
     */
    Optional<Difference> compare(InferResponse expected, InferResponse actual) {
        for (OutputTensor output : expected.outputs()) {
            if (!concerns(output.name())) {
                continue;
            }
            boolean byArgmax = argmax.contains(output.name());
            Tolerance tolerance = outputs.get(output.name());
            Tolerance otherwise = isWhole(output.tensor()) ? Tolerance.EXACT : Tolerance.DEFAULT;
            Optional<Difference> difference = find(actual, output.name())
                    .map(other -> compare(
                            output.name(), output.tensor(), other, byArgmax, tolerance == null ? otherwise : tolerance))
                    .orElseGet(() -> Optional.of(new Difference(output.name(), 0, "an output", "none")));
            if (difference.isPresent()) {
                return difference;
            }
        }
        return Optional.empty();
    }

    private static Optional<Tensor> find(InferResponse response, String name) {
        return response.outputs().stream()
                .filter(output -> output.name().equals(name))
                .map(OutputTensor::tensor)
                .findFirst();
    }

    private static Optional<Difference> compare(
            String name, Tensor expected, Tensor actual, boolean byArgmax, Tolerance tolerance) {
        if (expected.dataType() != actual.dataType() || !expected.shape().equals(actual.shape())) {
            return Optional.of(new Difference(
                    name, 0, expected.dataType() + " " + expected.shape(), actual.dataType() + " " + actual.shape()));
        }
        if (expected.dataType() == DataType.STRING) {
            return strings(name, expected.strings(), actual.strings());
        }
        long elements = expected.shape().elements();
        if (byArgmax) {
            return argmax(name, expected, actual, elements);
        }
        return isWhole(expected)
                ? wholes(
                        name,
                        expected,
                        actual,
                        elements,
                        expected.dataType() == DataType.BOOL ? Tolerance.EXACT : tolerance)
                : reals(name, expected, actual, elements, tolerance);
    }

    private static boolean isWhole(Tensor tensor) {
        return switch (tensor.dataType()) {
            case FP16, BF16, FP32, FP64 -> false;
            default -> true;
        };
    }

    private static Optional<Difference> reals(
            String name, Tensor expected, Tensor actual, long elements, Tolerance tolerance) {
        for (long i = 0; i < elements; i++) {
            double left = number(expected, i);
            double right = number(actual, i);
            if (!tolerance.allows(left, right)) {
                return Optional.of(new Difference(name, i, Double.toString(left), Double.toString(right)));
            }
        }
        return Optional.empty();
    }

    /** A double would not hold all numbers of 64 bits. */
    private static Optional<Difference> wholes(
            String name, Tensor expected, Tensor actual, long elements, Tolerance tolerance) {
        boolean unsigned = expected.dataType() == DataType.UINT64;
        for (long i = 0; i < elements; i++) {
            long left = whole(expected, i);
            long right = whole(actual, i);
            if (!tolerance.allows(left, right, unsigned)) {
                return Optional.of(
                        unsigned
                                ? new Difference(name, i, Long.toUnsignedString(left), Long.toUnsignedString(right))
                                : new Difference(name, i, Long.toString(left), Long.toString(right)));
            }
        }
        return Optional.empty();
    }

    private static Optional<Difference> strings(String name, byte[][] expected, byte[][] actual) {
        for (int i = 0; i < expected.length; i++) {
            if (!Arrays.equals(expected[i], actual[i])) {
                return Optional.of(new Difference(name, i, text(expected[i]), text(actual[i])));
            }
        }
        return Optional.empty();
    }

    private static String text(byte[] bytes) {
        return new String(bytes, 0, Math.min(bytes.length, MOST_TEXT), StandardCharsets.UTF_8);
    }

    /** Rows are along the last dim. */
    private static Optional<Difference> argmax(String name, Tensor expected, Tensor actual, long elements) {
        int rank = expected.shape().rank();
        long width = rank == 0 ? 1 : expected.shape().dims()[rank - 1];
        for (long row = 0; width > 0 && row < elements / width; row++) {
            long left = largest(expected, row * width, width);
            long right = largest(actual, row * width, width);
            if (left != right) {
                return Optional.of(new Difference(name, row, Long.toString(left), Long.toString(right)));
            }
        }
        return Optional.empty();
    }

    private static long largest(Tensor tensor, long from, long width) {
        long best = 0;
        for (long i = 1; i < width; i++) {
            if (isLarger(tensor, from + i, from + best)) {
                best = i;
            }
        }
        return best;
    }

    private static boolean isLarger(Tensor tensor, long index, long other) {
        if (!isWhole(tensor)) {
            return number(tensor, index) > number(tensor, other);
        }
        long left = whole(tensor, index);
        long right = whole(tensor, other);
        return tensor.dataType() == DataType.UINT64 ? Long.compareUnsigned(left, right) > 0 : left > right;
    }

    private static double number(Tensor tensor, long index) {
        MemorySegment segment = tensor.segment();
        return switch (tensor.dataType()) {
            case FP32 -> segment.getAtIndex(ValueLayout.JAVA_FLOAT_UNALIGNED, index);
            case FP64 -> segment.getAtIndex(ValueLayout.JAVA_DOUBLE_UNALIGNED, index);
            case FP16 -> Float.float16ToFloat(segment.getAtIndex(ValueLayout.JAVA_SHORT_UNALIGNED, index));
            case BF16 -> Float.intBitsToFloat(segment.getAtIndex(ValueLayout.JAVA_SHORT_UNALIGNED, index) << 16);
            default -> throw new IllegalArgumentException("no fractions: " + tensor.dataType());
        };
    }

    /** An element of an integer or truth value; an unsigned one of 64 bits in the bits of a long. */
    private static long whole(Tensor tensor, long index) {
        MemorySegment segment = tensor.segment();
        return switch (tensor.dataType()) {
            case INT64, UINT64 -> segment.getAtIndex(ValueLayout.JAVA_LONG_UNALIGNED, index);
            case INT32 -> segment.getAtIndex(ValueLayout.JAVA_INT_UNALIGNED, index);
            case UINT32 -> Integer.toUnsignedLong(segment.getAtIndex(ValueLayout.JAVA_INT_UNALIGNED, index));
            case INT16 -> segment.getAtIndex(ValueLayout.JAVA_SHORT_UNALIGNED, index);
            case UINT16 -> Short.toUnsignedInt(segment.getAtIndex(ValueLayout.JAVA_SHORT_UNALIGNED, index));
            case INT8 -> segment.get(ValueLayout.JAVA_BYTE, index);
            case UINT8, BOOL -> Byte.toUnsignedInt(segment.get(ValueLayout.JAVA_BYTE, index));
            default -> throw new IllegalArgumentException("no whole numbers: " + tensor.dataType());
        };
    }
}
