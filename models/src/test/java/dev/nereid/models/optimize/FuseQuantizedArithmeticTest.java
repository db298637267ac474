package dev.nereid.models.optimize;

import static org.assertj.core.api.Assertions.assertThat;

import dev.nereid.models.graph.Attributes.Attribute;
import dev.nereid.models.graph.Value;
import dev.nereid.tensor.DataType;
import dev.nereid.tensor.Shape;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Sums, products and pooling of dequantised tensors that are quantised again, as static quantisers write them. */
class FuseQuantizedArithmeticTest extends GraphCase {
    private static final Shape IMAGE = Shape.of(2, 3, 9, 10);

    private final Value x = new Value("x");

    private Value bytes(Value floats, float step, DataType type, int zeroPoint) {
        Value scale = scalar(step);
        Value zero = scalarByte(type, zeroPoint);
        return node("DequantizeLinear", node("QuantizeLinear", floats, scale, zero), scale, zero);
    }

    private Value bytes(Value floats) {
        return bytes(floats, 0.02f, DataType.UINT8, 120);
    }

    /** A convolution of bytes, which gives tensors their channels last. */
    private Value conv(Value input, int filters) {
        Value weights = node(
                "DequantizeLinear",
                randomBytes(DataType.INT8, filters, 3, 3, 3),
                scalar(0.003f),
                scalarByte(DataType.INT8, 0));
        return bytes(node("Conv", Map.of("pads", ints(1, 1, 1, 1)), input, weights));
    }

    @Test
    void aSumOfTwoTensorsIsOneOfBytes() {
        Value sum = node("Add", bytes(x), bytes(node("Neg", x), 0.013f, DataType.INT8, -7));
        assertThat(check(x, Shape.of(3, 70), bytes(sum, 0.031f, DataType.INT8, 3)))
                .containsExactly("QuantizeLinear", "Neg", "QuantizeLinear", "QuantizedAdd", "DequantizeLinear");
        nodes.clear();
        Value relu = node("Relu", node("Add", bytes(x), bytes(node("Neg", x))));
        assertThat(check(x, Shape.of(3, 70), bytes(relu, 0.02f, DataType.UINT8, 0)))
                .contains("QuantizedAdd")
                .doesNotContain("Relu");
    }

    @Test
    void aProductOfTwoTensorsIsOneOfBytes() {
        Value product = node("Mul", bytes(x), bytes(node("Neg", x), 0.013f, DataType.INT8, -7));
        assertThat(check(x, Shape.of(3, 70), bytes(product, 0.031f, DataType.UINT8, 128)))
                .contains("QuantizedMul")
                .doesNotContain("Mul");
    }

    @Test
    void aResidualBetweenConvolutionsStaysInBytes() {
        Value first = conv(bytes(x), 3);
        Value sum = bytes(node("Add", first, conv(first, 3)));
        assertThat(check(x, IMAGE, conv(sum, 4)))
                .containsExactly(
                        "QuantizeLinear",
                        "Transpose",
                        "QLinearConv",
                        "QLinearConv",
                        "QuantizedAdd",
                        "QLinearConv",
                        "Transpose",
                        "DequantizeLinear");
    }

    @Test
    void tensorsThatAreBroadcastStayFloats() {
        Value column = node("ReduceMax", Map.of("axes", ints(1)), x);
        assertThat(check(x, Shape.of(3, 70), bytes(node("Add", bytes(x), bytes(column)))))
                .contains("Add")
                .doesNotContain("QuantizedAdd");
    }

    @Test
    void stepsThatAreFarTooFineStayFloats() {
        Value sum = node("Add", bytes(x, 1000f, DataType.INT8, 0), bytes(x));
        assertThat(check(x, Shape.of(3, 70), bytes(sum))).doesNotContain("QuantizedAdd");
    }

    @Test
    void theHighestOfBytesIsOneOfThem() {
        Map<String, Attribute> window =
                Map.of("kernel_shape", ints(3, 3), "strides", ints(2, 2), "pads", ints(1, 1, 1, 1));
        assertThat(check(x, IMAGE, bytes(node("MaxPool", window, conv(bytes(x), 17)))))
                .containsExactly(
                        "QuantizeLinear",
                        "Transpose",
                        "QLinearConv",
                        "QuantizedMaxPool",
                        "Transpose",
                        "DequantizeLinear");
        nodes.clear();
        Value other = bytes(node("MaxPool", window, conv(bytes(x), 4)), 0.03f, DataType.UINT8, 120);
        assertThat(check(x, IMAGE, other)).doesNotContain("QuantizedMaxPool");
    }

    @Test
    void averagesOfBytesAreBytes() {
        for (int counted = 0; counted < 2; counted++) {
            nodes.clear();
            Map<String, Attribute> window = Map.of(
                    "kernel_shape",
                    ints(3, 2),
                    "strides",
                    ints(2, 1),
                    "pads",
                    ints(1, 1, 1, 0),
                    "count_include_pad",
                    new Attribute.Int(counted));
            Value pooled = node("AveragePool", window, conv(bytes(x), 17));
            assertThat(check(x, IMAGE, bytes(pooled, 0.031f, DataType.INT8, 3))).contains("QuantizedAveragePool");
        }
        nodes.clear();
        Value mean = node("GlobalAveragePool", conv(bytes(x), 17));
        assertThat(check(x, IMAGE, bytes(mean, 0.011f, DataType.UINT8, 100))).contains("QuantizedAveragePool");
    }

    @Test
    void meansOverAllOfAnImageAreAveragesOfBytes() {
        for (int keeps = 0; keeps < 2; keeps++) {
            nodes.clear();
            Map<String, Attribute> axes = Map.of("axes", ints(2, 3), "keepdims", new Attribute.Int(keeps));
            Value mean = node("ReduceMean", axes, conv(bytes(x), 17));
            List<String> operators = check(x, IMAGE, bytes(mean, 0.011f, DataType.UINT8, 100));
            assertThat(operators).contains("QuantizedAveragePool").doesNotContain("ReduceMean");
        }
        nodes.clear();
        Value rows = node("ReduceMean", Map.of("axes", ints(2)), conv(bytes(x), 4));
        assertThat(check(x, IMAGE, bytes(rows))).doesNotContain("QuantizedAveragePool");
    }
}
