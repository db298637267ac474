package dev.nereid.models.plan;

import dev.nereid.kernels.KernelSet;
import dev.nereid.models.ModelFormatException;
import dev.nereid.models.graph.Dim;
import dev.nereid.models.graph.Graph;
import dev.nereid.models.graph.Node;
import dev.nereid.models.graph.TensorType;
import dev.nereid.models.graph.Value;
import dev.nereid.models.graph.ValueType;
import dev.nereid.models.lowering.Subgraph;
import dev.nereid.models.operators.GraphTypes;
import dev.nereid.models.operators.Operator;
import dev.nereid.models.operators.OperatorSet;
import dev.nereid.models.operators.Subgraphs;
import dev.nereid.tensor.DataType;
import dev.nereid.tensor.Tensor;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/**
 * Lowers a graph to a plan: infers types, lowers every node, drops steps that nobody reads, and gives every value its
 * storage. Used once, by one thread.
 */
public final class PlanBuilder {
    /** A node after lowering. */
    private record Lowered(Node node, Operator operator, NodeLowering.Emitted step, int viewOf, boolean hasBody) {}

    private final Graph graph;
    private final OperatorSet operators;
    private final KernelSet kernels;
    private final GraphTypes types;
    private final ConstantMemory constants;
    private final Set<String> inputSymbols = new HashSet<>();
    private final Map<Value, Value> aliasOf = new HashMap<>();
    /** The ends of chains of {@link #aliasOf}, as far as somebody asked. */
    private final Map<Value, Value> roots = new HashMap<>();

    private final Map<Value, Integer> numbers = new HashMap<>();
    private final List<PlanValue> values = new ArrayList<>();

    private PlanBuilder(Graph graph, OperatorSet operators, KernelSet kernels, ConstantMemory constants) {
        this.graph = graph;
        this.operators = operators;
        this.kernels = kernels;
        this.constants = constants;
        this.types = GraphTypes.infer(graph, operators);
        for (Value input : graph.inputs()) {
            if (types.valueType(input) instanceof TensorType type) {
                type.dims().ifPresent(dims -> dims.forEach(dim -> inputSymbols.addAll(dim.symbols())));
            }
        }
    }

    /**
     * The plan of a graph for one device's kernels. The plan holds no memory of the graph's initializers afterwards.
     *
     * @throws ModelFormatException if a node cannot be lowered; names the node
     */
    public static Plan build(Graph graph, OperatorSet operators, KernelSet kernels) {
        ConstantMemory constants = new ConstantMemory();
        try {
            Plan plan = new PlanBuilder(graph, operators, kernels, constants).build();
            constants.forgetSources();
            return plan;
        } catch (RuntimeException | Error e) {
            constants.close();
            throw e;
        }
    }

    /** The plan of a subgraph of a node, with constants in the memory of the whole model. */
    private Subgraph body(Graph body, List<? extends ValueType> inputs) {
        return new SubgraphPlan(
                new PlanBuilder(Subgraphs.standalone(body, inputs), operators, kernels, constants).build());
    }

    private Plan build() {
        List<Lowered> live = liveSteps(lower());
        Regions regions = new Regions();
        Map<Value, Integer> lastUse = lastUses(live);
        for (int i = 0; i < graph.inputs().size(); i++) {
            Value input = graph.inputs().get(i);
            define(input, new Storage.Input(i));
        }
        List<Step> steps = new ArrayList<>();
        for (int index = 0; index < live.size(); index++) {
            steps.add(place(live.get(index), index, lastUse, regions));
        }
        List<Integer> outputs = new ArrayList<>();
        for (Value output : graph.outputs()) {
            outputs.add(number(output));
        }
        return new Plan(
                values, graph.inputs().stream().map(numbers::get).toList(), outputs, steps, regions.all(), constants);
    }

    private List<Lowered> lower() {
        Set<Value> wanted = new HashSet<>(graph.outputs());
        graph.nodes().forEach(node -> node.inputs().forEach(input -> input.ifPresent(wanted::add)));
        List<Lowered> lowered = new ArrayList<>();
        for (Node node : graph.nodes()) {
            Operator operator = GraphTypes.operator(node, operators);
            NodeLowering lowering = new NodeLowering(node, types, wanted, kernels, constants, this::body);
            try {
                operator.lower(lowering);
            } catch (ModelFormatException e) {
                throw new ModelFormatException(node.describe() + ": " + e.getMessage(), e);
            } catch (RuntimeException e) {
                throw new ModelFormatException(node.describe() + " cannot be lowered: " + e, e);
            }
            lowering.emitted()
                    .ifPresent(step -> lowered.add(new Lowered(node, operator, step, -1, lowering.hasBody())));
            lowering.aliases()
                    .forEach((output, input) -> node.output(output).ifPresent(value -> {
                        aliasOf.put(value, node.input(input).orElseThrow());
                        if (!isAliasable(types.valueType(value))) {
                            NodeLowering.Emitted view =
                                    new NodeLowering.Emitted(lowering.allInputs(), -1, false, Step.NOTHING);
                            lowered.add(new Lowered(node, operator, view, input, lowering.hasBody()));
                        }
                    }));
        }
        return lowered;
    }

    /** The steps that the outputs need, in order. */
    private List<Lowered> liveSteps(List<Lowered> lowered) {
        Set<Value> needed = new HashSet<>();
        graph.outputs().forEach(output -> need(output, needed));
        List<Lowered> live = new ArrayList<>();
        for (Lowered step : lowered.reversed()) {
            boolean read =
                    step.node().outputs().stream().flatMap(Optional::stream).anyMatch(needed::contains);
            if (read) {
                live.add(step);
                step.step()
                        .inputs()
                        .forEach(input -> need(step.node().input(input).orElseThrow(), needed));
            }
        }
        Collections.reverse(live);
        return live;
    }

    /** Marks a value and every value it is a view of. */
    private void need(Value value, Set<Value> needed) {
        Value each = value;
        while (each != null && needed.add(each)) {
            each = aliasOf.get(each);
        }
    }

    /** For every root value the index of the last step that reads it or a view of it; outputs live for ever. */
    private Map<Value, Integer> lastUses(List<Lowered> live) {
        Map<Value, Integer> lastUse = new HashMap<>();
        for (int i = 0; i < live.size(); i++) {
            Lowered step = live.get(i);
            for (int input : step.step().inputs()) {
                lastUse.put(root(step.node().input(input).orElseThrow()), i);
            }
        }
        graph.outputs().forEach(output -> lastUse.put(root(output), Integer.MAX_VALUE));
        return lastUse;
    }

    private Step place(Lowered lowered, int index, Map<Value, Integer> lastUse, Regions regions) {
        Node node = lowered.node();
        int[] inputs = new int[node.inputs().size()];
        java.util.Arrays.fill(inputs, -1);
        for (int input : lowered.step().inputs()) {
            inputs[input] = number(node.input(input).orElseThrow());
        }
        boolean dynamic = false;
        int[] outputs = new int[node.outputs().size()];
        Set<Value> ending = new HashSet<>();
        for (int input : lowered.step().inputs()) {
            Value value = root(node.input(input).orElseThrow());
            if (lastUse.getOrDefault(value, -1) == index) {
                ending.add(value);
            }
        }
        for (int i = 0; i < outputs.length; i++) {
            outputs[i] = -1;
            Value output = node.output(i).orElse(null);
            if (output == null || (lowered.viewOf() < 0 && aliasOf.containsKey(output))) {
                continue;
            }
            if (!(types.valueType(output) instanceof TensorType type) || !isBound(type)) {
                dynamic |= !lowered.step().puts() && types.valueType(output) instanceof TensorType;
                outputs[i] = define(output, new Storage.Dynamic());
            } else if (type.dataType() == DataType.STRING) {
                outputs[i] = define(output, new Storage.Dynamic());
            } else {
                Optional<Integer> taken = i == 0 ? inPlaceRegion(lowered, type, ending, lastUse) : Optional.empty();
                int region = taken.isPresent() ? taken.get() : regions.begin(byteSize(output, type), index);
                outputs[i] = define(output, new Storage.InRegion(region));
                if (!lastUse.containsKey(output)) {
                    regions.end(region, index);
                }
            }
        }
        ending.forEach(value -> regionOf(value).ifPresent(region -> regions.end(region, index)));
        boolean open = !lowered.hasBody() && isOpen(node);
        return new Step(
                node,
                lowered.operator(),
                inputs,
                outputs,
                lowered.step().kernel(),
                lowered.viewOf(),
                dynamic,
                open,
                dynamic || open ? unread(node, inputs) : Map.of());
    }

    /** Whether building the plan could not yet tell what the node is given or makes. */
    private boolean isOpen(Node node) {
        return Stream.concat(node.inputs().stream(), node.outputs().stream())
                .flatMap(Optional::stream)
                .map(types::valueType)
                .anyMatch(type ->
                        type instanceof TensorType tensor && tensor.shape().isEmpty());
    }

    private Map<Integer, Step.Unread> unread(Node node, int[] inputs) {
        Map<Integer, Step.Unread> unread = new HashMap<>();
        for (int i = 0; i < inputs.length; i++) {
            Value value = node.input(i).orElse(null);
            if (inputs[i] < 0 && value != null) {
                unread.put(i, new Step.Unread(types.valueType(value), types.content(value)));
            }
        }
        return unread;
    }

    /** The region of the input that output 0 may overwrite, if this step is its last reader. */
    private Optional<Integer> inPlaceRegion(
            Lowered lowered, TensorType type, Set<Value> ending, Map<Value, Integer> lastUse) {
        int inPlace = lowered.step().inPlace();
        if (inPlace < 0) {
            return Optional.empty();
        }
        Value input = lowered.node().input(inPlace).orElseThrow();
        Value root = root(input);
        Value output = lowered.node().output(0).orElseThrow();
        boolean sameSize = types.valueType(root) instanceof TensorType rootType
                && isBound(rootType)
                && byteSize(root, rootType).equals(byteSize(output, type));
        if (!sameSize || !ending.contains(root) || !lastUse.containsKey(output)) {
            return Optional.empty();
        }
        Optional<Integer> region = regionOf(root);
        region.ifPresent(_ -> ending.remove(root));
        return region;
    }

    private Optional<Integer> regionOf(Value value) {
        Integer number = numbers.get(value);
        return number != null && values.get(number).storage() instanceof Storage.InRegion region
                ? Optional.of(region.region())
                : Optional.empty();
    }

    /** The number of a value that exists by now: a step's output, an input, a constant, or a view of one. */
    private int number(Value value) {
        Integer known = numbers.get(value);
        if (known != null) {
            return known;
        }
        Value root = root(value);
        if (root != value) {
            return define(value, new Storage.Alias(number(root)));
        }
        Tensor constant = types.constant(value)
                .orElseThrow(() -> new ModelFormatException("value '" + value.name() + "' is made by nothing"));
        return define(value, new Storage.Constant(constants.copy(constant)));
    }

    private int define(Value value, Storage storage) {
        int number = values.size();
        numbers.put(value, number);
        ValueType type = types.valueType(value);
        values.add(new PlanValue(value.name(), type, storage, isBound(type)));
        return number;
    }

    /** The value whose memory a value lies in. Called when all nodes are lowered. */
    private Value root(Value value) {
        Value root = value;
        while (aliasOf.containsKey(root)) {
            root = roots.getOrDefault(root, aliasOf.get(root));
        }
        for (Value each = value; each != root; each = aliasOf.get(each)) {
            if (roots.put(each, root) != null) {
                break;
            }
        }
        return root;
    }

    /** Whether a view can be had without knowing more than the inputs' shapes. */
    private boolean isAliasable(ValueType type) {
        return !(type instanceof TensorType) || isBound(type);
    }

    /** Whether the shape follows from those of the run's inputs. */
    private boolean isBound(ValueType valueType) {
        return valueType instanceof TensorType type && isBound(type);
    }

    private boolean isBound(TensorType type) {
        return type.dims()
                .map(dims -> dims.stream().allMatch(dim -> inputSymbols.containsAll(dim.symbols())))
                .orElse(false);
    }

    private static Dim byteSize(Value value, TensorType type) {
        try {
            return Dim.product(type.dims().orElseThrow()).times(type.dataType().bytes());
        } catch (ArithmeticException e) {
            throw new ModelFormatException(
                    "value '" + value.name() + "' has the type " + type + ", whose bytes exceed " + Long.MAX_VALUE
                            + ": no memory holds it",
                    e);
        }
    }
}
