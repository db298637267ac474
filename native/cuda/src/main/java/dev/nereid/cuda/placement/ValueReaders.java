package dev.nereid.cuda.placement;

import dev.nereid.cuda.lowering.DeviceStep;
import dev.nereid.models.graph.Graph;
import dev.nereid.models.graph.Node;
import dev.nereid.models.graph.Value;
import dev.nereid.models.operators.GraphTypes;
import java.util.HashMap;
import java.util.HashSet;
import java.util.IdentityHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;

/** The readers of a value: the host, which needs all of it or only its shape, or levels of the device. */
final class ValueReaders {
    private final GraphTypes types;
    private final Set<Value> onHost;
    private final Set<Value> shapes = new HashSet<>();
    private final Map<Value, Integer> lastLevels = new HashMap<>();

    /**
     * The readers of all values.
     *
     * @param steps of the nodes on the device, and of others
     * @param levels of all nodes
     */
    ValueReaders(
            Graph graph,
            GraphTypes types,
            IdentityHashMap<Node, DeviceStep> steps,
            IdentityHashMap<Node, Integer> levels) {
        this.types = types;
        this.onHost = new HashSet<>(graph.outputs());
        for (Node node : graph.nodes()) {
            int level = levels.getOrDefault(node, 0);
            if (Levels.isDevice(level)) {
                for (int input : Objects.requireNonNull(steps.get(node)).reads()) {
                    node.input(input).ifPresent(value -> lastLevels.merge(value, level, Math::max));
                }
            } else {
                Set<Value> wanted = wantsShapeAlone(node) ? shapes : onHost;
                node.inputs().stream().flatMap(Optional::stream).forEach(wanted::add);
            }
        }
    }

    /** Whether a node is there for more than shapes, which formulas know. */
    boolean computes(Node node) {
        return node.outputs().stream()
                .flatMap(Optional::stream)
                .anyMatch(output -> types.content(output).isEmpty());
    }

    /** Of a value that no formula knows: where the result is known all the same, the node looks at its shape. */
    private boolean wantsShapeAlone(Node node) {
        return node.inputs().size() == 1 && !computes(node);
    }

    /** Whether the content is read outside of the device. */
    boolean areOnHost(Value value) {
        return onHost.contains(value);
    }

    /** Whether nothing but the shape is read outside of the device. */
    boolean wantShapeOnHost(Value value) {
        return shapes.contains(value) && !areOnHost(value);
    }

    /** Whether the content is read on the device at a higher level than this one. */
    boolean areBehind(Value value, int level) {
        return lastLevels.getOrDefault(value, level) > level;
    }
}
