package dev.nereid.models.conformance;

import dev.nereid.models.graph.RunValue;
import dev.nereid.tensor.DataType;
import dev.nereid.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;

/**
 * Whether a computed tensor is the expected one. Datatype and shape are equal; floats agree within a tolerance, where
 * two NaN agree and infinities only with themselves; everything else is equal.
 */
final class Comparison {
    private static final double RELATIVE = 1e-3;
    private static final double ABSOLUTE = 1e-7;

    private Comparison() {}

    /** The difference in a sentence; empty if there is none. */
    static Optional<String> difference(RunValue expected, RunValue actual) {
        if (expected instanceof RunValue.OfTensor(Tensor wanted) && actual instanceof RunValue.OfTensor(Tensor got)) {
            return difference(wanted, got);
        }
        if (expected instanceof RunValue.OfSequence(List<RunValue> wanted)
                && actual instanceof RunValue.OfSequence(List<RunValue> got)
                && wanted.size() == got.size()) {
            return IntStream.range(0, wanted.size())
                    .boxed()
                    .flatMap(i -> difference(wanted.get(i), got.get(i)).map(text -> "at " + i + ": " + text).stream())
                    .findFirst();
        }
        if (expected instanceof RunValue.OfOptional wanted
                && actual instanceof RunValue.OfOptional got
                && wanted.element().isPresent() == got.element().isPresent()) {
            return wanted.element()
                    .flatMap(value -> difference(value, got.element().orElseThrow()));
        }
        if (expected instanceof RunValue.OfMap wanted && actual instanceof RunValue.OfMap got) {
            return difference(wanted.keys(), got.keys()).or(() -> difference(wanted.values(), got.values()));
        }
        return Optional.of("expected " + expected.kind() + ", got " + actual.kind());
    }

    /** As {@link #difference(RunValue, RunValue)}, of tensors. */
    static Optional<String> difference(Tensor expected, Tensor actual) {
        Optional<String> type = typeDifference(expected, actual);
        if (type.isPresent()) {
            return type;
        }
        long elements = expected.shape().elements();
        for (long i = 0; i < elements; i++) {
            if (!agrees(expected, actual, i)) {
                return Optional.of("element " + i + " of " + elements + ": expected " + text(expected, i) + ", got "
                        + text(actual, i));
            }
        }
        return Optional.empty();
    }

    /** The difference in datatype or shape. */
    static Optional<String> typeDifference(Tensor expected, Tensor actual) {
        if (expected.dataType() == actual.dataType() && expected.shape().equals(actual.shape())) {
            return Optional.empty();
        }
        return Optional.of(
                "expected " + expected.dataType() + expected.shape() + ", got " + actual.dataType() + actual.shape());
    }

    private static boolean agrees(Tensor expected, Tensor actual, long i) {
        return switch (expected.dataType()) {
            case STRING -> Arrays.equals(expected.strings()[(int) i], actual.strings()[(int) i]);
            case FP16, BF16, FP32, FP64 -> close(real(expected, i), real(actual, i));
            case COMPLEX64, COMPLEX128 -> {
                int bytes = expected.dataType().bytes() / 2;
                yield close(real(expected.segment(), bytes, 2 * i), real(actual.segment(), bytes, 2 * i))
                        && close(real(expected.segment(), bytes, 2 * i + 1), real(actual.segment(), bytes, 2 * i + 1));
            }
            case FLOAT8E4M3FN, FLOAT8E4M3FNUZ, FLOAT8E5M2, FLOAT8E5M2FNUZ, FLOAT8E8M0, FLOAT4E2M1 ->
                NarrowFloats.agree(expected.dataType(), bits(expected, i), bits(actual, i));
            default -> equalBytes(expected, actual, i);
        };
    }

    private static boolean close(double expected, double actual) {
        if (Double.isNaN(expected) || Double.isNaN(actual)) {
            return Double.isNaN(expected) && Double.isNaN(actual);
        }
        if (Double.isInfinite(expected) || Double.isInfinite(actual)) {
            return expected == actual;
        }
        return Math.abs(expected - actual) <= ABSOLUTE + RELATIVE * Math.abs(expected);
    }

    /** An element of FP16, BF16, FP32 or FP64. */
    static double real(Tensor tensor, long i) {
        MemorySegment segment = tensor.segment();
        return switch (tensor.dataType()) {
            case FP16 -> Float.float16ToFloat(segment.get(ValueLayout.JAVA_SHORT_UNALIGNED, 2 * i));
            case BF16 -> Float.intBitsToFloat(segment.get(ValueLayout.JAVA_SHORT_UNALIGNED, 2 * i) << 16);
            default -> real(segment, tensor.dataType().bytes(), i);
        };
    }

    private static double real(MemorySegment segment, int bytes, long i) {
        return bytes == 4
                ? segment.get(ValueLayout.JAVA_FLOAT_UNALIGNED, 4 * i)
                : segment.get(ValueLayout.JAVA_DOUBLE_UNALIGNED, 8 * i);
    }

    private static boolean equalBytes(Tensor expected, Tensor actual, long i) {
        long from = i * expected.dataType().bytes();
        long to = from + expected.dataType().bytes();
        return MemorySegment.mismatch(expected.segment(), from, to, actual.segment(), from, to) < 0;
    }

    private static int bits(Tensor tensor, long i) {
        return tensor.segment().get(ValueLayout.JAVA_BYTE, i) & 0xFF;
    }

    private static String text(Tensor tensor, long i) {
        DataType type = tensor.dataType();
        return switch (type) {
            case STRING -> "'" + new String(tensor.strings()[(int) i], java.nio.charset.StandardCharsets.UTF_8) + "'";
            case FP16, BF16, FP32, FP64 -> Double.toString(real(tensor, i));
            default -> {
                long value = 0;
                for (int b = type.bytes() - 1; b >= 0; b--) {
                    byte next = tensor.segment().get(ValueLayout.JAVA_BYTE, i * type.bytes() + b);
                    value = b == type.bytes() - 1 && type.kind() == DataType.Kind.SIGNED
                            ? next
                            : (value << 8) | (next & 0xFF);
                }
                yield Long.toString(value);
            }
        };
    }
}
