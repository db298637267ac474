package dev.nereid.models.optimize;

import static org.assertj.core.api.Assertions.assertThat;

import dev.nereid.kernels.KernelSet;
import dev.nereid.models.ModelLoader;
import dev.nereid.models.graph.Attributes;
import dev.nereid.models.graph.Graph;
import dev.nereid.models.graph.Node;
import dev.nereid.models.graph.TensorType;
import dev.nereid.models.graph.Value;
import dev.nereid.models.operators.Tensors;
import dev.nereid.tensor.DataType;
import dev.nereid.tensor.Shape;
import java.lang.foreign.Arena;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** How long constants are computed. */
@Tag("found-6")
class FoldConstantsTest {
    @AutoClose
    private final Arena arena = Arena.ofShared();

    private static Node node(String operator, List<Value> inputs, Value output) {
        return new Node(
                operator,
                "",
                operator,
                13,
                inputs.stream().map(Optional::of).toList(),
                List.of(Optional.of(output)),
                Attributes.NONE);
    }

    /** y = x + sigmoid(c), of a constant c. */
    private static Graph graph() {
        Value x = new Value("x");
        Value c = new Value("c");
        Value s = new Value("s");
        Value y = new Value("y");
        return new Graph(
                "g",
                List.of(x),
                List.of(y),
                List.of(node("Sigmoid", List.of(c), s), node("Add", List.of(x, s), y)),
                Map.of(c, Tensors.floats(new float[] {1, 2})),
                Map.of(x, TensorType.of(DataType.FP32, Shape.of(2))));
    }

    private List<String> operators(Duration time) {
        FoldConstants fold = new FoldConstants(ModelLoader.operators(), KernelSet.scalar(), arena, _ -> true, time);
        return fold.apply(graph()).nodes().stream().map(Node::operator).toList();
    }

    @Test
    void computesConstantsWithinTheTime() {
        assertThat(operators(Duration.ofMinutes(1))).containsExactly("Add");
    }

    @Test
    void leavesNodesThatTakeLongerAsTheyAre() {
        assertThat(operators(Duration.ZERO)).containsExactly("Sigmoid", "Add");
    }
}
