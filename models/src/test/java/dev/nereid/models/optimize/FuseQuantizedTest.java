package dev.nereid.models.optimize;

import static org.assertj.core.api.Assertions.assertThat;

import dev.nereid.models.graph.Attributes.Attribute;
import dev.nereid.models.graph.Value;
import dev.nereid.tensor.DataType;
import dev.nereid.tensor.Shape;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Models as static quantisers write them: floats between QuantizeLinear and DequantizeLinear. */
class FuseQuantizedTest extends GraphCase {
    private static final Map<String, Attribute> FIRST_AXIS = Map.of("axis", new Attribute.Int(0));
    private static final Map<String, Attribute> PADDED = Map.of("pads", ints(1, 1, 1, 1));
    private static final Map<String, Attribute> ROWS = Map.of("transB", new Attribute.Int(1));

    private final Value x = new Value("x");

    /** Bytes of a step of a fiftieth, and floats again. */
    private Value bytes(Value floats, DataType type, int zeroPoint) {
        Value scale = scalar(0.02f);
        Value zero = scalarByte(type, zeroPoint);
        return node("DequantizeLinear", node("QuantizeLinear", floats, scale, zero), scale, zero);
    }

    private Value bytes(Value floats) {
        return bytes(floats, DataType.UINT8, 120);
    }

    /** Weights with one scale for all. */
    private Value weights(long... dims) {
        return node("DequantizeLinear", randomBytes(DataType.INT8, dims), scalar(0.003f), scalarByte(DataType.INT8, 0));
    }

    /** Weights with a scale and a zero point for each place of the first axis. */
    private Value filters(long... dims) {
        return node(
                "DequantizeLinear",
                FIRST_AXIS,
                randomBytes(DataType.INT8, dims),
                positive(dims[0]),
                randomBytes(DataType.INT8, dims[0]));
    }

    @Test
    void aConvolutionIsComputedInIntegers() {
        Value conv = node("Conv", PADDED, bytes(x), weights(4, 3, 3, 3));
        List<String> operators = check(x, Shape.of(2, 3, 5, 5), bytes(conv));
        assertThat(operators).contains("QLinearConv").doesNotContain("Conv", "FusedConv", "ChannelsLastConv");
    }

    @Test
    void filtersMayHaveScalesAndZeroPointsOfTheirOwn() {
        Value conv = node("Conv", bytes(x), filters(4, 3, 3, 3));
        Value scale = scalar(10f);
        Value zero = scalarByte(DataType.INT8, -3);
        Value y = node("DequantizeLinear", node("QuantizeLinear", conv, scale, zero), scale, zero);
        assertThat(check(x, Shape.of(1, 3, 5, 6), y)).contains("QLinearConv");
    }

    @Test
    void addendsAreFloatsOrIntegersInStepsOfTheSums() {
        Value floats = node("Conv", bytes(x), weights(4, 3, 1, 1), random(4));
        assertThat(check(x, Shape.of(1, 3, 4, 4), bytes(floats))).contains("QLinearConv");
        nodes.clear();
        Value integers = node("DequantizeLinear", integers(100, -2000, 0, 5), scalar(0.02f * 0.003f));
        Value conv = node("Conv", bytes(x), weights(4, 3, 1, 1), integers);
        assertThat(check(x, Shape.of(1, 3, 4, 4), bytes(conv))).contains("QLinearConv");
    }

    @Test
    void aClampThatBytesReachNoFurtherThanGoes() {
        Value relu = node("Relu", node("Conv", bytes(x), weights(4, 3, 1, 1)));
        assertThat(check(x, Shape.of(1, 3, 4, 4), bytes(relu, DataType.UINT8, 0)))
                .contains("QLinearConv")
                .doesNotContain("Relu");
        nodes.clear();
        relu = node("Relu", node("Conv", bytes(x), weights(4, 3, 1, 1)));
        assertThat(check(x, Shape.of(1, 3, 4, 4), bytes(relu, DataType.INT8, -128)))
                .contains("QLinearConv");
        nodes.clear();
        Value clip = node("Clip", node("Conv", bytes(x), weights(4, 3, 1, 1)), scalar(0), scalar(6));
        assertThat(check(x, Shape.of(1, 3, 4, 4), bytes(clip, DataType.UINT8, 0)))
                .contains("QLinearConv");
    }

    @Test
    void aClampThatChangesBytesStays() {
        Value relu = node("Relu", node("Conv", bytes(x), weights(4, 3, 1, 1)));
        assertThat(check(x, Shape.of(1, 3, 4, 4), bytes(relu))).doesNotContain("QLinearConv");
        nodes.clear();
        Value clip = node("Clip", node("Conv", bytes(x), weights(4, 3, 1, 1)), scalar(0), scalar(0.5f));
        assertThat(check(x, Shape.of(1, 3, 4, 4), bytes(clip, DataType.UINT8, 0)))
                .doesNotContain("QLinearConv");
    }

    @Test
    void denseLayersAreComputedInIntegersWithTheirAddends() {
        Value gemm = node("Gemm", ROWS, bytes(x), filters(5, 7), random(5));
        Value scale = scalar(8f);
        Value zero = scalarByte(DataType.UINT8, 100);
        Value y = node("DequantizeLinear", node("QuantizeLinear", gemm, scale, zero), scale, zero);
        assertThat(check(x, Shape.of(3, 7), y)).contains("QLinearConv").doesNotContain("Gemm", "FusedMatMul");
        nodes.clear();
        Value columns = node("Gemm", bytes(x), weights(7, 5), random(5));
        assertThat(check(x, Shape.of(3, 7), bytes(columns))).contains("QLinearConv");
        nodes.clear();
        Value product = node("MatMul", bytes(x), weights(7, 5));
        assertThat(check(x, Shape.of(2, 3, 7), bytes(product))).contains("QLinearMatMul");
    }

    @Test
    void whatMovesNumbersMovesBytes() {
        Value rows = bytes(node("Reshape", bytes(x), shape(-1, 4, 5)));
        Value moved = bytes(node("Transpose", Map.of("perm", ints(0, 2, 1)), rows));
        assertThat(check(x, Shape.of(2, 20), moved))
                .containsExactly("QuantizeLinear", "Reshape", "Transpose", "DequantizeLinear");
        nodes.clear();
        Value other = bytes(node("Reshape", bytes(x), shape(-1, 4, 5)), DataType.UINT8, 121);
        assertThat(check(x, Shape.of(2, 20), other))
                .containsExactly("QuantizeLinear", "DequantizeLinear", "Reshape", "QuantizeLinear", "DequantizeLinear");
    }

    @Test
    void floatsThatAreReadElsewhereStay() {
        Value conv = node("Conv", bytes(x), weights(4, 3, 1, 1));
        Value both = node("Add", conv, bytes(conv));
        assertThat(check(x, Shape.of(1, 3, 4, 4), both)).doesNotContain("QLinearConv");
    }

    @Test
    void depthwiseConvolutionsAreComputedInIntegers() {
        for (long window : new long[] {3, 5}) {
            nodes.clear();
            Map<String, Attribute> depthwise =
                    Map.of("group", new Attribute.Int(18), "pads", ints(2, 2, 2, 2), "strides", ints(2, 2));
            Value conv = node("Conv", depthwise, bytes(x), filters(18, 1, window, window));
            Value scale = scalar(10f);
            Value zero = scalarByte(DataType.INT8, 5);
            Value y = node("DequantizeLinear", node("QuantizeLinear", conv, scale, zero), scale, zero);
            assertThat(check(x, Shape.of(2, 18, 9, 10), y))
                    .contains("QLinearConv")
                    .doesNotContain("Conv");
        }
    }

    @Test
    void narrowGroupsStayFloats() {
        Map<String, Attribute> grouped = Map.of("group", new Attribute.Int(3));
        Value conv = node("Conv", grouped, bytes(x), weights(6, 2, 3, 3));
        assertThat(check(x, Shape.of(1, 6, 6, 6), bytes(conv))).doesNotContain("QLinearConv");
    }
}
