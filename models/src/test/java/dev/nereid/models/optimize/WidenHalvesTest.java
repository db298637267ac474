package dev.nereid.models.optimize;

import static org.assertj.core.api.Assertions.assertThat;

import dev.nereid.models.graph.Attributes.Attribute;
import dev.nereid.models.graph.TensorType;
import dev.nereid.models.graph.Value;
import dev.nereid.models.operators.OnnxTypes;
import dev.nereid.tensor.DataType;
import dev.nereid.tensor.Shape;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class WidenHalvesTest extends GraphCase {
    private static final TensorType ROWS = TensorType.of(DataType.FP16, Shape.of(2, 6));

    @ParameterizedTest
    @EnumSource(
            value = DataType.class,
            names = {"FP16", "BF16"})
    void layersAreComputedAsFloats(DataType half) {
        Value x = new Value("x");
        Value sum = node("Add", node("MatMul", cast(half, x), halves(half, 6, 6)), halves(half, 6));
        Value y = cast(DataType.FP32, node("Relu", sum));
        float difference = half == DataType.FP16 ? 5e-3f : 5e-2f;
        assertThat(check(x, Shape.of(3, 6), y, difference)).containsExactly("FusedMatMul");
    }

    @Test
    void whatIsGivenIsCastOnceAndWhatIsGivenBackToo() {
        Value x = new Value("x");
        Value y = node("Relu", node("MatMul", node("Tanh", x), halves(DataType.FP16, 6, 6)));
        assertThat(optimized(Map.of(x, ROWS), y)).containsExactly("Cast", "Tanh", "FusedMatMul", "Cast");
    }

    @Test
    void geluOfRoundedConstantsIsOneNode() {
        Value x = new Value("x");
        Value half = cast(DataType.FP16, x);
        Value root = cast(DataType.FP16, scalar((float) Math.sqrt(2)));
        Value sum = node("Add", node("Erf", node("Div", half, root)), cast(DataType.FP16, scalar(1)));
        Value y = cast(DataType.FP32, node("Mul", node("Mul", half, sum), cast(DataType.FP16, scalar(0.5f))));
        assertThat(check(x, Shape.of(3, 6), y, 5e-3f)).containsExactly("Gelu");
    }

    @Test
    void rowsOfATableArePickedBeforeTheyAreWidened() {
        Value ids = new Value("ids");
        Value y = node("Tanh", node("Gather", halves(DataType.FP16, 100, 6), ids));
        assertThat(optimized(Map.of(ids, TensorType.of(DataType.INT64, Shape.of(4))), y))
                .containsExactly("Gather", "Cast", "Tanh", "Cast");
    }

    @Test
    void aCacheGrowsByNumbersOf16Bits() {
        Value past = new Value("past");
        Value x = new Value("x");
        Value all = node("Concat", Map.of("axis", new Attribute.Int(0)), past, node("Tanh", x));
        Value y = node("Softmax", Map.of("axis", new Attribute.Int(-1)), all);
        assertThat(optimized(Map.of(past, ROWS, x, ROWS), all, y))
                .containsExactly("Cast", "Tanh", "Cast", "Concat", "Cast", "Softmax", "Cast");
    }

    @Test
    void whatOnlyMovesStaysAsItIs() {
        Value x = new Value("x");
        Value y = node(
                "Transpose", Map.of("perm", ints(1, 0)), node("Concat", Map.of("axis", new Attribute.Int(0)), x, x));
        assertThat(optimized(Map.of(x, ROWS), y)).containsExactly("Concat", "Transpose");
    }

    @Test
    void digitsAndBitsAreThoseOf16Bits() {
        Value x = new Value("x");
        Value tanh = node("Tanh", x);
        Value text = cast(DataType.STRING, tanh);
        Value bits = node("", 26, "BitCast", Map.of("to", number(DataType.INT16)), tanh);
        assertThat(optimized(Map.of(x, ROWS), text, bits)).containsExactly("Cast", "Tanh", "Cast", "Cast", "BitCast");
    }

    private Value cast(DataType to, Value x) {
        return node("Cast", Map.of("to", number(to)), x);
    }

    private static Attribute number(DataType type) {
        return new Attribute.Int(OnnxTypes.number(type));
    }
}
