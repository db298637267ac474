package dev.nereid.models.operators.elementwise;

import dev.nereid.kernels.elementwise.CastRule;
import dev.nereid.kernels.elementwise.ElementwiseKernels;
import dev.nereid.kernels.elementwise.UnaryKernel;
import dev.nereid.tensor.DataType;
import dev.nereid.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.math.BigDecimal;
import java.math.MathContext;
import java.math.RoundingMode;
import java.nio.charset.StandardCharsets;
import java.util.function.DoubleUnaryOperator;

/**
 * Numbers to strings, in the way of ONNX's Cast: the fewest digits that tell a float from its neighbours. They are laid out
 * as ONNX Runtime does it, so that {@code 2} stays a key {@code 2}: no point behind whole numbers, and plain notation from
 * 1e-4 up to as many digits as the type is printed with.
 *
 * @param from the numbers' type
 * @param cast from there to INT64 or FP64
 */
record StringFormatter(DataType from, UnaryKernel cast) {
    private static final double PLAIN_FROM = 1e-4;
    private static final double PLAIN_DOUBLES_BELOW = 1e17;
    private static final double PLAIN_FLOATS_BELOW = 1e8;

    static StringFormatter of(ElementwiseKernels kernels, DataType from) {
        DataType wide = from.isFloat() ? DataType.FP64 : DataType.INT64;
        return new StringFormatter(from, kernels.cast(from, wide, CastRule.DEFAULT));
    }

    /**
     * Formats every element.
     *
     * @param scratch 8 bytes, aligned
     */
    void run(Tensor numbers, Tensor strings, MemorySegment scratch) {
        long bytes = from.bytes();
        long count = numbers.shape().elements();
        for (int i = 0; i < count; i++) {
            cast.run(numbers.segment(), bytes * i, scratch, 0, 1);
            String text = from.isFloat()
                    ? real(scratch.get(ValueLayout.JAVA_DOUBLE, 0))
                    : integer(scratch.get(ValueLayout.JAVA_LONG, 0));
            strings.strings()[i] = text.getBytes(StandardCharsets.UTF_8);
        }
    }

    private String integer(long value) {
        return switch (from) {
            case UINT64 -> Long.toUnsignedString(value);
            default -> Long.toString(value);
        };
    }

    private String real(double value) {
        if (Double.isNaN(value)) {
            return "NaN";
        }
        if (Double.isInfinite(value)) {
            return value > 0 ? "INF" : "-INF";
        }
        String sign = Double.doubleToRawLongBits(value) < 0 ? "-" : "";
        if (value == 0) {
            return sign + "0";
        }
        BigDecimal digits = shortest(Math.abs(value)).stripTrailingZeros();
        double magnitude = Math.abs(value);
        if (magnitude >= PLAIN_FROM && magnitude < (from == DataType.FP64 ? PLAIN_DOUBLES_BELOW : PLAIN_FLOATS_BELOW)) {
            return sign + digits.toPlainString();
        }
        int exponent = digits.precision() - digits.scale() - 1;
        String mantissa = digits.unscaledValue().toString();
        String point = mantissa.length() == 1 ? mantissa : mantissa.charAt(0) + "." + mantissa.substring(1);
        return sign + point + "e" + (exponent < 0 ? "-" : "+") + (Math.abs(exponent) < 10 ? "0" : "")
                + Math.abs(exponent);
    }

    private BigDecimal shortest(double magnitude) {
        return switch (from) {
            case FP64 -> new BigDecimal(Double.toString(magnitude));
            case FP32 -> new BigDecimal(Float.toString((float) magnitude));
            case FP16 -> shortest(magnitude, v -> Float.float16ToFloat(Float.floatToFloat16((float) v)));
            case BF16 -> shortest(magnitude, StringFormatter::roundToBfloat16);
            default -> new BigDecimal(magnitude);
        };
    }

    private static BigDecimal shortest(double magnitude, DoubleUnaryOperator rounding) {
        BigDecimal exact = new BigDecimal(magnitude);
        for (int precision = 1; precision < 9; precision++) {
            BigDecimal rounded = exact.round(new MathContext(precision, RoundingMode.HALF_EVEN));
            if (rounding.applyAsDouble(rounded.doubleValue()) == magnitude) {
                return rounded;
            }
        }
        return exact;
    }

    private static double roundToBfloat16(double value) {
        int bits = Float.floatToRawIntBits((float) value);
        return Float.intBitsToFloat((bits + 0x7fff + ((bits >>> 16) & 1)) & 0xffff_0000);
    }
}
