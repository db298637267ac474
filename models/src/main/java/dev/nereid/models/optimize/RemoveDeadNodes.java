package dev.nereid.models.optimize;

import dev.nereid.models.graph.Graph;
import dev.nereid.models.graph.Node;
import dev.nereid.models.graph.Value;
import dev.nereid.tensor.Tensor;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** Drops nodes and initializers whose values lead to no output. */
public final class RemoveDeadNodes implements GraphPass {
    @Override
    public Graph apply(Graph graph) {
        Set<Value> read = new HashSet<>(graph.outputs());
        List<Node> live = new ArrayList<>();
        for (Node node : graph.nodes().reversed()) {
            if (node.outputs().stream().flatMap(Optional::stream).anyMatch(read::contains)) {
                live.add(node);
                node.inputs().forEach(input -> input.ifPresent(read::add));
            }
        }
        Collections.reverse(live);
        Map<Value, Tensor> initializers = new HashMap<>(graph.initializers());
        initializers.keySet().retainAll(read);
        return graph.with(live, initializers);
    }
}
