package dev.nereid.models.optimize;

import static org.assertj.core.api.Assertions.assertThat;

import dev.nereid.models.graph.Attributes.Attribute;
import dev.nereid.models.graph.Value;
import dev.nereid.tensor.Shape;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class GatherOneHotTest extends GraphCase {
    private static final long FLOAT = 1;
    private static final long LONG = 7;
    private static final Shape INPUT = Shape.of(5, 8, 1);

    private final Value x = new Value("x");

    /** Numbers of both signs and beyond the table's end among them. */
    private Value integers() {
        return node("Cast", to(LONG), node("Mul", x, scalar(6)));
    }

    private static Map<String, Attribute> to(long type) {
        return Map.of("to", new Attribute.Int(type));
    }

    private List<String> lookUp(Value places) {
        Value hot = node("Cast", to(FLOAT), node("Equal", integers(), places));
        return check(x, INPUT, node("MatMul", hot, random(4, 7)));
    }

    @Test
    void aTableMultipliedWithPlacesIsLookedUp() {
        assertThat(lookUp(shape(0, 1, 2, 3))).contains("Gather").doesNotContain("MatMul", "Equal");
    }

    @Test
    void placesInAnotherOrderAreNoTable() {
        assertThat(lookUp(shape(0, 2, 1, 3))).contains("MatMul").doesNotContain("Gather");
    }
}
