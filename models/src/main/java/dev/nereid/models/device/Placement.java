package dev.nereid.models.device;

import dev.nereid.kernels.device.Device;
import dev.nereid.kernels.device.DeviceSpace;
import dev.nereid.models.graph.Attributes;
import dev.nereid.models.graph.Graph;
import dev.nereid.models.graph.Node;
import dev.nereid.models.graph.TensorType;
import dev.nereid.models.graph.Value;
import dev.nereid.models.lowering.DeviceStep;
import dev.nereid.models.operators.GraphTypes;
import dev.nereid.models.operators.OperatorSet;
import dev.nereid.models.operators.OperatorSet.Entry;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.IdentityHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * A graph with the parts that a device has kernels for on that device.
 *
 * @param graph has a node for each region
 * @param operators those of before, and the regions
 * @param placed nodes on the device
 * @param joined nodes on the device that have no kernel of their own
 * @param fallenBack the operators of the nodes that stay on the CPU, with how many each; without those that only tell
 *     shapes
 * @param lanes the model's streams; closed before the device's space
 */
record Placement(
        Graph graph,
        OperatorSet operators,
        int placed,
        int regions,
        int joined,
        SortedMap<String, Integer> fallenBack,
        Lanes lanes) {
    /** The domain of operators that no file may use. */
    private static final String DOMAIN = "dev.nereid";

    private static final int VERSION = 1;

    /**
     * Places the nodes of a graph.
     *
     * @param space receives the constants of the nodes that go there
     */
    static Placement of(Graph graph, OperatorSet operators, DeviceSpace space) {
        return new Placer(graph, operators, space).place();
    }

    /** What people are told of it. */
    PlacementReport report(Device device) {
        return new PlacementReport(device.number(), device.description(), placed, regions, joined, fallenBack);
    }

    /** The steps of one placement. */
    private static final class Placer {
        private final Graph graph;
        private final OperatorSet operators;
        private final GraphTypes types;
        private final IdentityHashMap<Node, DeviceStep> steps;
        private final IdentityHashMap<Node, Integer> levels;
        private final DeviceConstants constants;
        private final Lanes lanes;
        private final List<Entry> regions = new ArrayList<>();
        private final List<Value> binding;
        private int joined;

        Placer(Graph graph, OperatorSet operators, DeviceSpace space) {
            this.graph = graph;
            this.operators = operators;
            this.types = GraphTypes.infer(graph, operators);
            this.steps = Candidates.of(graph, types, operators, space.abilities());
            this.levels = Levels.of(graph, steps);
            this.constants = new DeviceConstants(space);
            this.lanes = new Lanes(space);
            this.binding = binding();
        }

        Placement place() {
            SortedMap<Integer, List<Node>> byLevel = new TreeMap<>();
            for (Node node : graph.nodes()) {
                byLevel.computeIfAbsent(levels.getOrDefault(node, 0), _ -> new ArrayList<>())
                        .add(node);
            }
            Set<Value> readElsewhere = new HashSet<>(graph.outputs());
            Map<Value, Integer> madeAt = new HashMap<>();
            byLevel.forEach((level, nodes) -> nodes.forEach(node ->
                    node.outputs().stream().flatMap(Optional::stream).forEach(output -> madeAt.put(output, level))));
            byLevel.forEach((level, nodes) -> nodes.forEach(node -> node.inputs().stream()
                    .flatMap(Optional::stream)
                    .filter(input -> !level.equals(madeAt.get(input)))
                    .forEach(readElsewhere::add)));
            List<Node> placed = new ArrayList<>();
            SortedMap<String, Integer> fallenBack = new TreeMap<>();
            int onDevice = 0;
            for (Map.Entry<Integer, List<Node>> level : byLevel.entrySet()) {
                if (Levels.isDevice(level.getKey())) {
                    placed.add(region(level.getValue(), readElsewhere));
                    onDevice += level.getValue().size();
                } else {
                    placed.addAll(level.getValue());
                    level.getValue().stream()
                            .filter(this::computes)
                            .forEach(node -> fallenBack.merge(name(node), 1, Integer::sum));
                }
            }
            return new Placement(
                    graph.withNodes(placed),
                    new OperatorSet(operators.all(), regions),
                    onDevice,
                    regions.size(),
                    joined,
                    fallenBack,
                    lanes);
        }

        /** Whether a node is there for more than shapes, which formulas know. */
        private boolean computes(Node node) {
            return node.outputs().stream()
                    .flatMap(Optional::stream)
                    .anyMatch(output -> types.content(output).isEmpty());
        }

        private static String name(Node node) {
            return node.domain().isEmpty() ? node.operator() : node.domain() + "." + node.operator();
        }

        /** One node for all of a level. */
        private Node region(List<Node> nodes, Set<Value> readElsewhere) {
            RegionBuilder builder = new RegionBuilder(types, constants, binding.size());
            List<Value> outputs = new ArrayList<>();
            for (Node node : nodes) {
                builder.add(node, Objects.requireNonNull(steps.get(node)));
                node.outputs().stream()
                        .flatMap(Optional::stream)
                        .filter(readElsewhere::contains)
                        .forEach(outputs::add);
            }
            RegionPlan plan = builder.build(outputs);
            joined += nodes.size() - plan.steps().size();
            String name = "DeviceRegion" + regions.size();
            DeviceRegion operator = new DeviceRegion(
                    plan,
                    binding.stream().map(types::type).toList(),
                    outputs.stream().map(types::type).toList(),
                    lanes);
            regions.add(Entry.of(DOMAIN, name, VERSION, operator));
            List<Value> inputs = new ArrayList<>(binding);
            inputs.addAll(builder.inputs());
            return Node.of(name, DOMAIN, name, VERSION, inputs, outputs, Attributes.NONE);
        }

        /** The inputs of the model that give symbols their numbers; each symbol once. */
        private List<Value> binding() {
            Set<String> known = new HashSet<>();
            Set<Value> inputs = new LinkedHashSet<>();
            for (Value input : graph.inputs()) {
                if (types.valueType(input) instanceof TensorType type && type.hasRank()) {
                    type.dims().orElseThrow().forEach(dim -> {
                        if (known.addAll(dim.symbols())) {
                            inputs.add(input);
                        }
                    });
                }
            }
            return List.copyOf(inputs);
        }
    }
}
