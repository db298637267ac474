package dev.nereid.cuda.placement;

import dev.nereid.cuda.device.DeviceModelResources;
import dev.nereid.cuda.lowering.DeviceStep;
import dev.nereid.models.device.Device;
import dev.nereid.models.device.PlacementReport;
import dev.nereid.models.graph.Graph;
import dev.nereid.models.graph.Node;
import dev.nereid.models.graph.TensorType;
import dev.nereid.models.graph.Value;
import dev.nereid.models.operators.GraphTypes;
import dev.nereid.models.operators.OperatorSet;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.IdentityHashMap;
import java.util.LinkedHashSet;
import java.util.List;
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
 * @param boundStreams the model's streams; closed before the device's space
 */
record Placement(
        Graph graph,
        OperatorSet operators,
        int placed,
        int regions,
        int joined,
        SortedMap<String, Integer> fallenBack,
        BoundStreamPool boundStreams) {
    /**
     * Places the nodes of a graph.
     *
     * @param resources receives the constants of the nodes that go there
     */
    static Placement of(Graph graph, OperatorSet operators, DeviceModelResources resources) {
        return new Placer(graph, operators, resources).place();
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
        private final SortedMap<Integer, List<Node>> levels = new TreeMap<>();
        private final ValueReaders readers;
        private final DeviceConstants constants;
        private final DeviceValues values;
        private final BoundStreamPool boundStreams;
        private final List<Value> binding;

        Placer(Graph graph, OperatorSet operators, DeviceModelResources resources) {
            this.graph = graph;
            this.operators = operators;
            this.types = GraphTypes.infer(graph, operators);
            this.steps = Candidates.of(graph, types, operators, resources.capabilities());
            IdentityHashMap<Node, Integer> levelOf = Levels.of(graph, steps);
            for (Node node : graph.nodes()) {
                levels.computeIfAbsent(levelOf.getOrDefault(node, 0), _ -> new ArrayList<>())
                        .add(node);
            }
            this.readers = new ValueReaders(graph, types, steps, levelOf);
            this.constants = new DeviceConstants(resources);
            this.values = new DeviceValues(types, constants);
            this.boundStreams = new BoundStreamPool(resources);
            this.binding = binding();
        }

        Placement place() {
            List<RegionDraft> regions = new ArrayList<>();
            levels.forEach((level, nodes) -> {
                if (Levels.isDevice(level)) {
                    regions.add(draft(regions.size(), level, nodes));
                }
            });
            List<Node> nodes = new ArrayList<>();
            SortedMap<String, Integer> fallenBack = new TreeMap<>();
            int next = 0;
            for (int level : levels.keySet()) {
                List<Node> ofLevel = Objects.requireNonNull(levels.get(level));
                if (Levels.isDevice(level)) {
                    nodes.add(regions.get(next++).node(binding, regions));
                } else {
                    nodes.addAll(ofLevel);
                    ofLevel.stream()
                            .filter(readers::computes)
                            .forEach(node -> fallenBack.merge(name(node), 1, Integer::sum));
                }
            }
            DevicePlan plan = new DevicePlan(
                    values.all(), regions.stream().map(RegionDraft::plan).toList());
            PlacedRuns runs =
                    new PlacedRuns(plan, binding.stream().map(types::type).toList(), boundStreams);
            int placed = regions.stream().mapToInt(RegionDraft::nodes).sum();
            return new Placement(
                    graph.withNodes(nodes),
                    new OperatorSet(
                            operators.all(),
                            regions.stream()
                                    .map(region -> region.entry(runs, types::type))
                                    .toList()),
                    placed,
                    regions.size(),
                    placed - plan.steps(),
                    fallenBack,
                    boundStreams);
        }

        private static String name(Node node) {
            return node.domain().isEmpty() ? node.operator() : node.domain() + "." + node.operator();
        }

        /** One region for all of a level. */
        private RegionDraft draft(int region, int level, List<Node> nodes) {
            RegionBuilder builder = new RegionBuilder(region, values, constants);
            List<Value> outputs = new ArrayList<>();
            List<Value> shapes = new ArrayList<>();
            List<Value> kept = new ArrayList<>();
            for (Node node : nodes) {
                builder.add(node, Objects.requireNonNull(steps.get(node)));
                for (Value output :
                        node.outputs().stream().flatMap(Optional::stream).toList()) {
                    if (readers.areOnHost(output)) {
                        outputs.add(output);
                    }
                    if (readers.wantShapeOnHost(output)) {
                        shapes.add(output);
                    }
                    if (readers.areBehind(output, level)) {
                        kept.add(output);
                    }
                }
            }
            RegionPlan plan = builder.build(binding.size(), outputs, kept);
            outputs.addAll(shapes);
            return new RegionDraft(
                    plan,
                    region,
                    nodes.size(),
                    builder.inputs(),
                    outputs,
                    builder.before(),
                    new Value("the end of region " + region));
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
