package dev.nereid.models.operators.elementwise;

import dev.nereid.kernels.elementwise.CastRule;
import dev.nereid.kernels.elementwise.ElementwiseKernels;
import dev.nereid.kernels.elementwise.UnaryKernel;
import dev.nereid.tensor.DataType;
import dev.nereid.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.util.Locale;

/**
 * Strings to numbers, in the way of ONNX's Cast: plain and scientific notation, NaN and INF in any case and with a
 * sign. Integers are read exactly, and of other numbers the whole part taken.
 *
 * @param integer whether the target holds integers, which then come as INT64; else numbers come as FP64
 * @param cast from there to the target
 */
record StringParser(boolean integer, UnaryKernel cast) {
    static StringParser of(ElementwiseKernels kernels, DataType to, CastRule rule) {
        boolean integer = to.isInteger();
        return new StringParser(integer, kernels.cast(integer ? DataType.INT64 : DataType.FP64, to, rule));
    }

    /**
     * Parses every element.
     *
     * @param scratch 8 bytes, aligned
     * @throws IllegalArgumentException if a string is not a number
     */
    void run(Tensor strings, Tensor numbers, MemorySegment scratch) {
        long bytes = numbers.dataType().bytes();
        long count = numbers.shape().elements();
        for (int i = 0; i < count; i++) {
            String text = new String(strings.strings()[i], StandardCharsets.UTF_8).strip();
            if (integer) {
                scratch.set(ValueLayout.JAVA_LONG, 0, parseInteger(text));
            } else {
                scratch.set(ValueLayout.JAVA_DOUBLE, 0, parseReal(text));
            }
            cast.run(scratch, 0, numbers.segment(), bytes * i, 1);
        }
    }

    private static long parseInteger(String text) {
        try {
            return new BigDecimal(text).toBigInteger().longValue();
        } catch (NumberFormatException e) {
            return (long) parseReal(text);
        }
    }

    private static double parseReal(String text) {
        String lower = text.toLowerCase(Locale.ROOT);
        boolean negative = lower.startsWith("-");
        String magnitude = negative || lower.startsWith("+") ? lower.substring(1) : lower;
        double value = switch (magnitude) {
            case "nan" -> Double.NaN;
            case "inf", "infinity" -> Double.POSITIVE_INFINITY;
            case "true" -> 1;
            case "false" -> 0;
            default -> parseFinite(text, magnitude);
        };
        return negative ? -value : value;
    }

    private static double parseFinite(String text, String magnitude) {
        try {
            return new BigDecimal(magnitude).doubleValue();
        } catch (NumberFormatException e) {
            throw new IllegalArgumentException("'" + text + "' is not a number", e);
        }
    }
}
