package dev.nereid.server.protocol;

import dev.nereid.tensor.DataType;
import dev.nereid.tensor.Shape;
import dev.nereid.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.PriorityQueue;
import java.util.function.Function;

/**
 * The classification extension: answers the greatest elements of an output as texts {@code value:index[:label]} in place
 * of the output itself. Equal values come in the order of their indexes.
 */
public final class Classification {
    private static final long MOST_ELEMENTS = 1_000_000;
    private static final ByteOrder LITTLE = ByteOrder.LITTLE_ENDIAN;
    private static final ValueLayout.OfShort SHORT = ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(LITTLE);
    private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT_UNALIGNED.withOrder(LITTLE);
    private static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG_UNALIGNED.withOrder(LITTLE);
    private static final ValueLayout.OfFloat FLOAT = ValueLayout.JAVA_FLOAT_UNALIGNED.withOrder(LITTLE);
    private static final ValueLayout.OfDouble DOUBLE = ValueLayout.JAVA_DOUBLE_UNALIGNED.withOrder(LITTLE);

    private Classification() {}

    /**
     * The outputs of a response, with classes in place of those outputs of which the client wants classes.
     *
     * @param labels the labels of an output's classes, by the output's name
     */
    public static List<OutputTensor> apply(
            InferResponse response,
            List<RequestedOutput> requested,
            boolean batched,
            Function<String, List<String>> labels) {
        if (requested.stream().noneMatch(output -> output.classification() > 0)) {
            return response.outputs();
        }
        List<OutputTensor> outputs = new ArrayList<>();
        for (OutputTensor output : response.outputs()) {
            int classes = requested.stream()
                    .filter(candidate -> candidate.name().equals(output.name()))
                    .mapToInt(RequestedOutput::classification)
                    .findFirst()
                    .orElse(0);
            outputs.add(
                    classes == 0
                            ? output
                            : new OutputTensor(
                                    output.name(),
                                    classify(output.tensor(), classes, batched, labels.apply(output.name()))));
        }
        return outputs;
    }

    /**
     * The greatest {@code classes} elements of each batch entry, greatest first.
     *
     * @param classes at least 1; more than there are elements means all
     * @param batched whether the first dim counts batch entries
     * @param labels by index; those that are missing or empty are left out
     * @return BYTES of shape [batch, classes], or [classes] without batching
     * @throws InferException if elements of this datatype have no order, or there are too many
     */
    public static Tensor classify(Tensor output, int classes, boolean batched, List<String> labels) {
        DataType type = output.dataType();
        if (!type.isInteger() && type != DataType.FP32 && type != DataType.FP64) {
            throw InferException.invalid(
                    "class result not available for output due to unsupported type '" + type.protocolName() + "'");
        }
        long elements = output.shape().elements();
        long batch = batched && output.shape().rank() > 0 ? output.shape().dim(0) : 1;
        long perEntry = batch == 0 ? 0 : elements / batch;
        if (elements > MOST_ELEMENTS) {
            throw InferException.invalid("classification output tensor too large");
        }
        int kept = (int) Math.min(classes, perEntry);
        byte[][] texts = new byte[(int) batch * kept][];
        for (int entry = 0; entry < batch; entry++) {
            long base = entry * perEntry;
            List<Integer> best = greatest(orderKeys(output, base, (int) perEntry), kept);
            for (int rank = 0; rank < kept; rank++) {
                int index = best.get(rank);
                texts[entry * kept + rank] = text(output, base, index, labels).getBytes(StandardCharsets.UTF_8);
            }
        }
        return Tensor.ofStrings(batched ? Shape.of(batch, kept) : Shape.of(kept), texts);
    }

    private static String text(Tensor output, long base, int index, List<String> labels) {
        String label = index < labels.size() ? labels.get(index) : "";
        return valueText(output, base + index) + ":" + index + (label.isEmpty() ? "" : ":" + label);
    }

    /** Numbers that are ordered, as signed longs, like the elements; NaN comes last. */
    private static long[] orderKeys(Tensor output, long base, int count) {
        long[] keys = new long[count];
        for (int i = 0; i < count; i++) {
            keys[i] = switch (output.dataType()) {
                case FP32, FP64 -> floatKey(floatValue(output, base + i));
                case UINT64 -> integerValue(output, base + i) ^ Long.MIN_VALUE;
                default -> integerValue(output, base + i);
            };
        }
        return keys;
    }

    private static long floatKey(double value) {
        if (Double.isNaN(value)) {
            return Long.MIN_VALUE;
        }
        long bits = Double.doubleToLongBits(value + 0.0); // makes the two zeros equal
        return bits ^ ((bits >> 63) & Long.MAX_VALUE);
    }

    private static List<Integer> greatest(long[] keys, int kept) {
        Comparator<Integer> bestFirst = Comparator.<Integer>comparingLong(index -> keys[index])
                .reversed()
                .thenComparingInt(Integer::intValue);
        PriorityQueue<Integer> worstFirst = new PriorityQueue<>(Math.max(kept, 1), bestFirst.reversed());
        for (int index = 0; index < keys.length; index++) {
            if (worstFirst.size() < kept) {
                worstFirst.add(index);
            } else if (kept > 0 && keys[index] > keys[worstFirst.element()]) {
                worstFirst.remove();
                worstFirst.add(index);
            }
        }
        List<Integer> best = new ArrayList<>(worstFirst);
        best.sort(bestFirst);
        return best;
    }

    private static String valueText(Tensor output, long index) {
        return switch (output.dataType()) {
            case FP32, FP64 -> sixDecimals(floatValue(output, index));
            case UINT64 -> Long.toUnsignedString(integerValue(output, index));
            default -> Long.toString(integerValue(output, index));
        };
    }

    /** As C prints {@code %f}: the exact value of the binary number, rounded half to even. */
    static String sixDecimals(double value) {
        if (Double.isNaN(value)) {
            return "nan";
        }
        String sign = Double.doubleToRawLongBits(value) < 0 ? "-" : "";
        if (Double.isInfinite(value)) {
            return sign + "inf";
        }
        return sign
                + new BigDecimal(Math.abs(value))
                        .setScale(6, RoundingMode.HALF_EVEN)
                        .toPlainString();
    }

    private static double floatValue(Tensor output, long index) {
        MemorySegment segment = output.segment();
        return output.dataType() == DataType.FP32
                ? segment.get(FLOAT, index * Float.BYTES)
                : segment.get(DOUBLE, index * Double.BYTES);
    }

    private static long integerValue(Tensor output, long index) {
        MemorySegment segment = output.segment();
        boolean signed = output.dataType().kind() == DataType.Kind.SIGNED;
        return switch (output.dataType().bytes()) {
            case 1 -> {
                byte value = segment.get(ValueLayout.JAVA_BYTE, index);
                yield signed ? value : Byte.toUnsignedLong(value);
            }
            case 2 -> {
                short value = segment.get(SHORT, index * Short.BYTES);
                yield signed ? value : Short.toUnsignedLong(value);
            }
            case 4 -> {
                int value = segment.get(INT, index * Integer.BYTES);
                yield signed ? value : Integer.toUnsignedLong(value);
            }
            default -> segment.get(LONG, index * Long.BYTES);
        };
    }
}
