package dev.nereid.models.optimize;

import static org.assertj.core.api.Assertions.assertThat;

import dev.nereid.models.graph.Attributes.Attribute;
import dev.nereid.models.graph.Value;
import dev.nereid.tensor.DataType;
import dev.nereid.tensor.Shape;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class FuseBlockWeightsTest extends GraphCase {
    private static final int OPSET = 21;
    private static final int K = 72;
    private static final int N = 5;
    private static final int BLOCK = 32;
    private static final int BLOCKS = 3;
    private static final Shape INPUT = Shape.of(3, K);

    private final Value x = new Value("x");

    private Value dequantized(DataType type, boolean transposed, boolean zeroPoints, int block) {
        long[] scales = transposed ? new long[] {N, BLOCKS} : new long[] {BLOCKS, N};
        Value numbers = nBits(type, transposed ? new long[] {N, K} : new long[] {K, N});
        Map<String, Attribute> attributes =
                Map.of("axis", new Attribute.Int(transposed ? -1 : 0), "block_size", new Attribute.Int(block));
        return zeroPoints
                ? node("", OPSET, "DequantizeLinear", attributes, numbers, positive(scales), nBits(type, scales))
                : node("", OPSET, "DequantizeLinear", attributes, numbers, positive(scales));
    }

    @ParameterizedTest
    @CsvSource({
        "INT4, false",
        "INT4, true",
        "UINT4, false",
        "UINT4, true",
        "INT8, false",
        "INT8, true",
        "UINT8, false",
        "UINT8, true"
    })
    void weightsOfAMatMulStayAsTheyAre(DataType type, boolean zeroPoints) {
        Value y = node("MatMul", x, dequantized(type, false, zeroPoints, BLOCK));
        assertThat(check(x, INPUT, y, 1e-3f)).containsExactly("MatMulNBits");
    }

    @ParameterizedTest
    @CsvSource({"INT4, false", "UINT4, true", "INT8, true", "UINT8, false"})
    void soDoTransposedOnesAndThoseOfAGemmAndABiasGoesAlong(DataType type, boolean zeroPoints) {
        Value transposed = node("Transpose", dequantized(type, true, zeroPoints, BLOCK));
        Value first = node("Add", random(N), node("MatMul", x, transposed));
        Value second = node(
                "Gemm",
                Map.of("transB", new Attribute.Int(1)),
                x,
                dequantized(type, true, zeroPoints, BLOCK),
                random(N));
        assertThat(check(x, INPUT, node("Add", first, second), 1e-3f))
                .containsExactlyInAnyOrder("MatMulNBits", "MatMulNBits", "Add");
    }

    @Test
    void weightsThatHaveNoBlocksBecomeFloats() {
        Value numbers = nBits(DataType.INT4, K, N);
        Value scaled = node("", OPSET, "DequantizeLinear", Map.of("axis", new Attribute.Int(1)), numbers, positive(N));
        assertThat(check(x, INPUT, node("MatMul", x, scaled), 1e-3f)).containsExactly("MatMul");
    }
}
