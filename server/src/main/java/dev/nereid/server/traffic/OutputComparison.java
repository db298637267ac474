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
 * @param outputs the tolerances by output; where neither this nor the next names any, all are compared with the default one
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

    /** The first difference between what was answered and what the other version answers; empty where there is none. */
    Optional<Difference> compare(InferResponse expected, InferResponse actual) {
        for (OutputTensor output : expected.outputs()) {
            boolean byArgmax = argmax.contains(output.name());
            Tolerance tolerance = outputs.get(output.name());
            if (!byArgmax && tolerance == null && !(outputs.isEmpty() && argmax.isEmpty())) {
                continue;
            }
            Optional<Difference> difference = find(actual, output.name())
                    .map(other -> compare(
                            output.name(),
                            output.tensor(),
                            other,
                            byArgmax,
                            tolerance == null ? Tolerance.DEFAULT : tolerance))
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
        for (long i = 0; i < elements; i++) {
            if (expected.dataType() == DataType.INT64 || expected.dataType() == DataType.UINT64) {
                long left = expected.segment().getAtIndex(ValueLayout.JAVA_LONG_UNALIGNED, i);
                long right = actual.segment().getAtIndex(ValueLayout.JAVA_LONG_UNALIGNED, i);
                if (left == right) {
                    continue; // a double would not hold all of them
                }
            }
            double left = number(expected, i);
            double right = number(actual, i);
            if (!tolerance.allows(left, right)) {
                return Optional.of(new Difference(name, i, Double.toString(left), Double.toString(right)));
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
            if (number(tensor, from + i) > number(tensor, from + best)) {
                best = i;
            }
        }
        return best;
    }

    private static double number(Tensor tensor, long index) {
        MemorySegment segment = tensor.segment();
        return switch (tensor.dataType()) {
            case FP32 -> segment.getAtIndex(ValueLayout.JAVA_FLOAT_UNALIGNED, index);
            case FP64 -> segment.getAtIndex(ValueLayout.JAVA_DOUBLE_UNALIGNED, index);
            case FP16 -> Float.float16ToFloat(segment.getAtIndex(ValueLayout.JAVA_SHORT_UNALIGNED, index));
            case BF16 -> Float.intBitsToFloat(segment.getAtIndex(ValueLayout.JAVA_SHORT_UNALIGNED, index) << 16);
            case INT64 -> segment.getAtIndex(ValueLayout.JAVA_LONG_UNALIGNED, index);
            case UINT64 -> unsigned(segment.getAtIndex(ValueLayout.JAVA_LONG_UNALIGNED, index));
            case INT32 -> segment.getAtIndex(ValueLayout.JAVA_INT_UNALIGNED, index);
            case UINT32 -> Integer.toUnsignedLong(segment.getAtIndex(ValueLayout.JAVA_INT_UNALIGNED, index));
            case INT16 -> segment.getAtIndex(ValueLayout.JAVA_SHORT_UNALIGNED, index);
            case UINT16 -> Short.toUnsignedInt(segment.getAtIndex(ValueLayout.JAVA_SHORT_UNALIGNED, index));
            case INT8 -> segment.get(ValueLayout.JAVA_BYTE, index);
            case UINT8, BOOL -> Byte.toUnsignedInt(segment.get(ValueLayout.JAVA_BYTE, index));
            default -> throw new IllegalArgumentException("no numbers: " + tensor.dataType());
        };
    }

    private static double unsigned(long value) {
        return value >= 0 ? value : 2.0 * (value >>> 1) + (value & 1);
    }
}
