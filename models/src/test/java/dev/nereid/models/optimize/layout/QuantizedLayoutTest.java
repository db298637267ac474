package dev.nereid.models.optimize.layout;

import static org.assertj.core.api.Assertions.assertThat;

import dev.nereid.models.graph.Attributes.Attribute;
import dev.nereid.models.graph.Value;
import dev.nereid.models.optimize.GraphCase;
import dev.nereid.tensor.DataType;
import dev.nereid.tensor.Shape;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Convolutions of bytes get their channels last; images are transposed as bytes, where a chain begins and ends. */
class QuantizedLayoutTest extends GraphCase {
    private static final Shape INPUT = Shape.of(2, 3, 8, 10);

    private final Value x = new Value("x");
    private final Value scale = scalar(0.02f);
    private final Value wScale = scalar(0.001f);
    private final Value zero = scalarByte(DataType.UINT8, 121);
    private final Value wZero = scalarByte(DataType.INT8, -3);

    private Value quantized(Value floats) {
        return node("QuantizeLinear", floats, scale, zero);
    }

    private Value floats(Value bytes) {
        return node("DequantizeLinear", bytes, scale, zero);
    }

    private Value conv(Value input, int channels, int filters) {
        return node(
                "QLinearConv",
                Map.of("pads", ints(1, 1, 1, 1)),
                input,
                scale,
                zero,
                randomBytes(DataType.INT8, filters, channels, 3, 3),
                wScale,
                wZero,
                scale,
                zero);
    }

    @Test
    void aChainIsTransposedAtItsEndsAsBytes() {
        assertThat(check(x, INPUT, floats(conv(conv(quantized(x), 3, 7), 7, 9))))
                .containsExactly(
                        "QuantizeLinear", "Transpose", "QLinearConv", "QLinearConv", "Transpose", "DequantizeLinear");
    }

    @Test
    void sumsAndActivationsOfBytesStayWhereTheyAre() {
        Value a = conv(quantized(x), 3, 6);
        Value b = conv(a, 6, 6);
        Value sum = node("com.microsoft", 1, "QLinearAdd", Map.of(), a, scale, zero, b, scale, zero, scale, zero);
        Value active = node(
                "com.microsoft",
                1,
                "QLinearLeakyRelu",
                Map.of("alpha", new Attribute.Real(0.1f)),
                sum,
                scale,
                zero,
                scale,
                zero);
        assertThat(check(x, INPUT, floats(conv(active, 6, 4))))
                .containsExactly(
                        "QuantizeLinear",
                        "Transpose",
                        "QLinearConv",
                        "QLinearConv",
                        "QuantizedAdd",
                        "DequantizeLinear",
                        "LeakyRelu",
                        "QuantizeLinear",
                        "QLinearConv",
                        "Transpose",
                        "DequantizeLinear");
    }

    @Test
    void floatsBetweenThemStayWhereTheyAre() {
        Value a = node("Relu", floats(conv(quantized(x), 3, 6)));
        assertThat(check(x, INPUT, floats(conv(quantized(a), 6, 4))))
                .containsExactly(
                        "QuantizeLinear",
                        "Transpose",
                        "QLinearConv",
                        "DequantizeLinear",
                        "Relu",
                        "QuantizeLinear",
                        "QLinearConv",
                        "Transpose",
                        "DequantizeLinear");
    }

    @Test
    void aScaleForEachChannelMovesWithItsAxis() {
        Value scales = positive(6);
        Value zeros = randomBytes(DataType.UINT8, 6);
        Value a =
                node("DequantizeLinear", Map.of("axis", new Attribute.Int(1)), conv(quantized(x), 3, 6), scales, zeros);
        assertThat(check(x, INPUT, floats(conv(quantized(node("Sigmoid", a)), 6, 4))))
                .containsExactly(
                        "QuantizeLinear",
                        "Transpose",
                        "QLinearConv",
                        "DequantizeLinear",
                        "Sigmoid",
                        "QuantizeLinear",
                        "QLinearConv",
                        "Transpose",
                        "DequantizeLinear");
    }

    @Test
    void aConvolutionWhoseFiltersAreComputedStaysAsItIs() {
        Value filters = quantized(x);
        Value y = node("QLinearConv", quantized(x), scale, zero, filters, wScale, zero, scale, zero);
        assertThat(optimized(x, Shape.of(3, 3, 8, 10), floats(y))).doesNotContain("Transpose");
    }
}
