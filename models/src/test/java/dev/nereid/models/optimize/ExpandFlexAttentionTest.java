package dev.nereid.models.optimize;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.nereid.models.ModelFormatException;
import dev.nereid.models.graph.Attributes;
import dev.nereid.models.graph.Attributes.Attribute;
import dev.nereid.models.graph.Graph;
import dev.nereid.models.graph.Node;
import dev.nereid.models.graph.Value;
import dev.nereid.models.operators.Tensors;
import dev.nereid.tensor.Tensor;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class ExpandFlexAttentionTest {
    private final Value q = new Value("q");
    private final Value k = new Value("k");
    private final Value v = new Value("v");
    private final Value y = new Value("y");
    private final Tensor number = Tensors.floats(new float[] {2});

    /** A graph that applies an operator to its input and a constant of its own. */
    private Graph modifier(String operator) {
        Value in = new Value("in");
        Value constant = new Value("constant");
        Value out = new Value("out");
        Node node = Node.of("", "", operator, 14, List.of(in, constant), List.of(out), Attributes.NONE);
        return new Graph(operator, List.of(in), List.of(out), List.of(node), Map.of(constant, number), Map.of());
    }

    private Node flexAttention(Map<String, Graph> subgraphs) {
        Map<String, Attribute> attributes = new HashMap<>();
        attributes.put("scale", new Attribute.Real(0.5f));
        subgraphs.forEach((name, graph) -> attributes.put(name, new Attribute.Subgraph(graph, 0)));
        return Node.of(
                "node",
                "ai.onnx.preview",
                "FlexAttention",
                1,
                List.of(q, k, v),
                List.of(y),
                new Attributes(attributes));
    }

    private Graph graph(Node node) {
        return new Graph("graph", List.of(q, k, v), List.of(y), List.of(node), Map.of(), Map.of());
    }

    private static List<String> operators(Graph graph) {
        return graph.nodes().stream().map(Node::operator).toList();
    }

    @Test
    void subgraphsStandBetweenThePartsOfTheAttention() {
        Graph expanded = new ExpandFlexAttention()
                .apply(graph(flexAttention(Map.of("score_mod", modifier("Add"), "prob_mod", modifier("Mul")))));
        assertThat(operators(expanded))
                .containsExactly("FlexAttentionScores", "Add", "Softmax", "Mul", "FlexAttentionValues");
        assertThat(expanded.initializers()).hasSize(2);
        assertThat(expanded.nodes().getFirst().attributes().real("scale")).contains(0.5f);
        assertThat(expanded.nodes().getLast().output(0)).contains(y);
        for (int i = 1; i < 4; i++) {
            assertThat(expanded.nodes().get(i).input(0))
                    .isEqualTo(expanded.nodes().get(i - 1).output(0));
        }
    }

    @Test
    void maskComesBehindTheScoresModifier() {
        Graph expanded = new ExpandFlexAttention()
                .apply(graph(flexAttention(Map.of("mask_mod", modifier("Min"), "score_mod", modifier("Add")))));
        assertThat(operators(expanded))
                .containsExactly("FlexAttentionScores", "Add", "Identity", "Min", "Softmax", "FlexAttentionValues");
    }

    @Test
    void nodesOfOtherSubgraphsAreTakenApartToo() {
        Graph inner = graph(flexAttention(Map.of("score_mod", modifier("Add"))));
        Node branch = Node.of(
                "if",
                "",
                "If",
                16,
                List.of(q),
                List.of(new Value("z")),
                new Attributes(Map.of("then_branch", new Attribute.Subgraph(inner, 0))));
        Graph expanded = new ExpandFlexAttention().apply(graph(branch));
        Graph branchGraph =
                expanded.nodes().getFirst().attributes().graph("then_branch").orElseThrow();
        assertThat(operators(branchGraph))
                .containsExactly("FlexAttentionScores", "Add", "Softmax", "FlexAttentionValues");
    }

    @Test
    void nodeWithoutSubgraphsStays() {
        Graph graph = graph(flexAttention(Map.of()));
        assertThat(new ExpandFlexAttention().apply(graph)).isSameAs(graph);
    }

    @Test
    void subgraphOfTwoInputsIsRefused() {
        Graph two = new Graph("two", List.of(q, k), List.of(q), List.of(), Map.of(), Map.of());
        Graph graph = graph(flexAttention(Map.of("score_mod", two)));
        assertThatThrownBy(() -> new ExpandFlexAttention().apply(graph))
                .isInstanceOf(ModelFormatException.class)
                .hasMessageContaining("score_mod")
                .hasMessageContaining("got 2 and 1");
    }
}
