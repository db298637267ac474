package dev.nereid.models.optimize;

import dev.nereid.models.graph.Attributes;
import dev.nereid.models.graph.Graph;
import dev.nereid.models.graph.Node;
import dev.nereid.models.graph.Value;
import dev.nereid.tensor.DataType;
import dev.nereid.tensor.Tensor;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Puts the nodes of the branch that is taken in the place of an If whose condition is a constant. */
public final class InlineBranches implements GraphPass {
    @Override
    public Graph apply(Graph graph) {
        if (!hasDecided(graph)) {
            return graph;
        }
        List<Node> nodes = new ArrayList<>();
        Map<Value, Tensor> initializers = new HashMap<>(graph.initializers());
        for (Node node : graph.nodes()) {
            Optional<Graph> branch = takenBranch(node, graph);
            if (branch.isPresent()) {
                new Inlining(node, branch.get(), nodes, initializers).run();
            } else {
                nodes.add(node);
            }
        }
        return graph.with(nodes, initializers);
    }

    /** Whether the graph has an If whose condition is a constant. */
    static boolean hasDecided(Graph graph) {
        return graph.nodes().stream().anyMatch(node -> takenBranch(node, graph).isPresent());
    }

    private static Optional<Graph> takenBranch(Node node, Graph graph) {
        if (!GraphIndex.is(node, "If")) {
            return Optional.empty();
        }
        return node.input(0)
                .map(graph.initializers()::get)
                .filter(tensor ->
                        tensor.dataType() == DataType.BOOL && tensor.shape().elements() == 1)
                .map(tensor -> tensor.segment().get(ValueLayout.JAVA_BYTE, 0) != 0)
                .flatMap(taken -> node.attributes().graph(taken ? "then_branch" : "else_branch"))
                .filter(branch -> branch.outputs().size() >= node.outputs().size());
    }

    /** One branch on its way into the graph around it. */
    private static final class Inlining {
        private final Node branching;
        private final Graph branch;
        private final List<Node> nodes;
        private final Map<Value, Tensor> initializers;
        private final Map<Value, Value> renamed = new HashMap<>();

        Inlining(Node branching, Graph branch, List<Node> nodes, Map<Value, Tensor> initializers) {
            this.branching = branching;
            this.branch = branch;
            this.nodes = nodes;
            this.initializers = initializers;
        }

        void run() {
            int own = branching.inputs().size() - branch.inputs().size();
            for (int i = 0; i < branch.inputs().size(); i++) {
                renamed.put(branch.inputs().get(i), branching.input(own + i).orElseThrow());
            }
            branch.initializers().forEach((value, tensor) -> initializers.put(fresh(value), tensor));
            nameOutputs();
            branch.nodes().forEach(node -> nodes.add(renamed(node)));
            for (int i = 0; i < branching.outputs().size(); i++) {
                Optional<Value> output = branching.output(i);
                Value made = renamed.get(branch.outputs().get(i));
                if (output.isPresent() && !output.get().equals(made)) {
                    nodes.add(Node.of(
                            "",
                            "",
                            "Identity",
                            branching.opset(),
                            List.of(made),
                            List.of(output.get()),
                            Attributes.NONE));
                }
            }
        }

        /** What a node of the branch makes as an output of the branch becomes that output of the node around it. */
        private void nameOutputs() {
            for (int i = 0; i < branching.outputs().size(); i++) {
                Value inner = branch.outputs().get(i);
                branching.output(i).ifPresent(output -> renamed.putIfAbsent(inner, output));
            }
        }

        private Node renamed(Node node) {
            return node.with(
                    node.inputs().stream()
                            .map(input -> input.map(value -> renamed.getOrDefault(value, value)))
                            .toList(),
                    node.outputs().stream()
                            .map(output -> output.map(this::fresh))
                            .toList(),
                    node.attributes());
        }

        private Value fresh(Value value) {
            return renamed.computeIfAbsent(value, _ -> new Value(value.name()));
        }
    }
}
