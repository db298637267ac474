package dev.nereid.models.conformance;

import static org.assertj.core.api.Assertions.assertThat;

import dev.nereid.models.graph.Attributes;
import dev.nereid.models.graph.Graph;
import dev.nereid.models.graph.Node;
import dev.nereid.models.graph.Value;
import dev.nereid.models.operators.Tensors;
import dev.nereid.tensor.Tensor;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class RandomnessTest {
    private final Value drawn = new Value("drawn");
    private final Value y = new Value("y");

    private Graph graph(Node... nodes) {
        return new Graph("test", List.of(), List.of(y), List.of(nodes), Map.of(), Map.of());
    }

    private static Node node(String operator, List<Value> inputs, Value output) {
        return Node.of("", "", operator, 15, inputs, List.of(output), Attributes.NONE);
    }

    private Optional<String> wrong(Graph graph, Tensor expected, Tensor actual) {
        return Randomness.impossible(graph, y, expected, actual);
    }

    private static Tensor filled(float value) {
        float[] values = new float[1000];
        Arrays.fill(values, value);
        return Tensors.floats(values);
    }

    @Test
    void wantsNumbersThatTheOperatorCanDraw() {
        Graph uniform = graph(node("RandomUniform", List.of(), y));
        Tensor expected = Tensors.floats(new float[] {0.5f});
        assertThat(wrong(uniform, expected, Tensors.floats(new float[] {0.1f}))).isEmpty();
        assertThat(wrong(uniform, expected, Tensors.floats(new float[] {1.1f})))
                .hasValue("element 0 is 1.100000023841858, which is outside the distribution");
        assertThat(wrong(uniform, expected, Tensors.floats(new float[] {Float.NaN})))
                .isPresent();
    }

    @Test
    void looksThroughCastsAtAFunctionsBody() {
        Graph body = graph(node("Greater", List.of(drawn, drawn), drawn), node("Cast", List.of(drawn), y));
        Tensor expected = Tensors.longs(0, 1);
        assertThat(wrong(body, expected, Tensors.longs(1, 1))).isEmpty();
        assertThat(wrong(body, expected, Tensors.longs(2, 1))).isPresent();
    }

    @Test
    void wantsAboutTheExpectedDistribution() {
        Graph normal = graph(node("RandomNormal", List.of(), y));
        assertThat(wrong(normal, filled(1), filled(1))).isEmpty();
        assertThat(wrong(normal, filled(1), filled(2))).hasValue("the distributions differ by 1.0");
    }
}
