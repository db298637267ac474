package dev.nereid.cuda.placement;

import dev.nereid.cuda.lowering.DeviceStep;
import dev.nereid.models.graph.Graph;
import dev.nereid.models.graph.Node;
import dev.nereid.models.graph.Value;
import java.util.HashMap;
import java.util.HashSet;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Orders the nodes of a graph in levels: the CPU's are even, the device's odd, and a node reads nothing of a higher level.
 * So all of a level can be one region, and there are as few crossings as any path has. A level of the device on which
 * nothing is computed is the CPU's.
 */
final class Levels {
    private final Graph graph;
    private final IdentityHashMap<Node, DeviceStep> steps;
    private final IdentityHashMap<Node, Integer> levels = new IdentityHashMap<>();

    private Levels(Graph graph, IdentityHashMap<Node, DeviceStep> steps) {
        this.graph = graph;
        this.steps = new IdentityHashMap<>(steps);
    }

    /** The level of every node. */
    static IdentityHashMap<Node, Integer> of(Graph graph, IdentityHashMap<Node, DeviceStep> steps) {
        Levels levels = new Levels(graph, steps);
        levels.assign();
        while (levels.dropIdle()) {
            levels.assign();
        }
        return levels.levels;
    }

    static boolean isDevice(int level) {
        return level % 2 != 0;
    }

    private void assign() {
        levels.clear();
        Map<Value, Integer> made = new HashMap<>();
        for (Node node : graph.nodes()) {
            int parity = steps.containsKey(node) ? 1 : 0;
            int level = parity;
            for (Value input : reads(node)) {
                int source = made.getOrDefault(input, 0);
                level = Math.max(level, source % 2 == parity ? source : source + 1);
            }
            levels.put(node, level);
            for (Optional<Value> output : node.outputs()) {
                if (output.isPresent()) {
                    made.put(output.get(), level);
                }
            }
        }
    }

    /** What a node waits for: on the device no shape, axis or other input that formulas knew when its step was made. */
    private List<Value> reads(Node node) {
        DeviceStep step = steps.get(node);
        return (step == null ? node.inputs().stream() : step.reads().stream().map(node::input))
                .flatMap(Optional::stream)
                .toList();
    }

    /** Hands levels of the device that compute nothing to the CPU; whether there were any. */
    private boolean dropIdle() {
        Set<Integer> computing = new HashSet<>();
        steps.forEach((node, step) -> {
            if (step.computes()) {
                computing.add(levels.get(node));
            }
        });
        return steps.keySet().removeIf(node -> !computing.contains(levels.get(node)));
    }
}
