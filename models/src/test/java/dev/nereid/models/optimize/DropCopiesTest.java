package dev.nereid.models.optimize;

import static org.assertj.core.api.Assertions.assertThat;

import dev.nereid.models.graph.Attributes.Attribute;
import dev.nereid.models.graph.Node;
import dev.nereid.models.graph.TensorType;
import dev.nereid.models.graph.Value;
import dev.nereid.models.operators.OnnxTypes;
import dev.nereid.tensor.DataType;
import dev.nereid.tensor.Shape;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class DropCopiesTest extends GraphCase {
    private static final TensorType ROWS = TensorType.of(DataType.FP32, Shape.of(2, 6));
    private static final Map<String, Attribute> TO_FLOAT =
            Map.of("to", new Attribute.Int(OnnxTypes.number(DataType.FP32)));

    @Test
    void patternsAreFoundThroughCopies() {
        Value x = new Value("x");
        Value product = node("Identity", node("MatMul", node("Dropout", x), random(6, 6)));
        Value y = node("Relu", node("Cast", TO_FLOAT, node("Add", product, random(6))));
        assertThat(check(x, Shape.of(2, 6), y)).containsExactly("FusedMatMul");
    }

    @Test
    void anOutputIsMadeWhereTheOriginalWas() {
        Value x = new Value("x");
        Value tanh = node("Tanh", x);
        Value other = node("Relu", tanh);
        Value y = node("Identity", node("Identity", tanh));
        assertThat(check(x, Shape.of(2, 6), y)).containsExactly("Tanh");
        assertThat(optimized(Map.of(x, ROWS), y, other)).containsExactly("Tanh", "Relu");
    }

    @Test
    void anOutputThatIsAnInputOrAnotherOutputStaysACopy() {
        Value x = new Value("x");
        Value tanh = node("Tanh", x);
        Value y = node("Identity", tanh);
        Value same = node("Identity", x);
        assertThat(optimized(Map.of(x, ROWS), tanh, y, same)).containsExactly("Tanh", "Identity", "Identity");
    }

    @Test
    void aDropoutThatMayDropSomethingStays() {
        Value x = new Value("x");
        Value training = node("Cast", Map.of("to", new Attribute.Int(OnnxTypes.number(DataType.BOOL))), scalar(1));
        Value y = node("Tanh", node("Dropout", x, scalar(0.5f), training));
        assertThat(optimized(x, Shape.of(2, 6), y)).containsExactly("Dropout", "Tanh");
    }

    @Test
    void aMaskIsMadeWhereSomethingReadsIt() {
        Value x = new Value("x");
        Value kept = node("Dropout", x);
        Value mask = new Value("mask");
        Node dropout = nodes.removeLast();
        nodes.add(Node.of("", "", "Dropout", dropout.opset(), List.of(x), List.of(kept, mask), dropout.attributes()));
        Value y = node("Add", kept, node("Cast", TO_FLOAT, mask));
        assertThat(check(x, Shape.of(2, 6), y)).containsExactly("Dropout", "Cast", "Add");
    }
}
