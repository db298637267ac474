package dev.nereid.cuda.placement;

import dev.nereid.cuda.device.DeviceCapabilities;
import dev.nereid.cuda.lowering.DeviceStep;
import dev.nereid.cuda.lowering.LoweringEntry;
import dev.nereid.models.graph.Graph;
import dev.nereid.models.graph.Node;
import dev.nereid.models.graph.TensorType;
import dev.nereid.models.graph.Value;
import dev.nereid.models.graph.ValueType;
import dev.nereid.models.lowering.Inference;
import dev.nereid.models.operators.GraphTypes;
import dev.nereid.models.operators.Operator;
import dev.nereid.models.operators.OperatorSet;
import dev.nereid.tensor.DataType;
import java.util.HashSet;
import java.util.IdentityHashMap;
import java.util.Optional;
import java.util.Set;

/** The nodes of a graph that a device has kernels for, each with its step there. */
final class Candidates {
    private final GraphTypes types;
    private final OperatorSet operators;
    private final DeviceCapabilities capabilities;
    private final Set<String> inputSymbols = new HashSet<>();

    private Candidates(Graph graph, GraphTypes types, OperatorSet operators, DeviceCapabilities capabilities) {
        this.types = types;
        this.operators = operators;
        this.capabilities = capabilities;
        for (Value input : graph.inputs()) {
            if (types.valueType(input) instanceof TensorType type) {
                type.dims().ifPresent(dims -> dims.forEach(dim -> inputSymbols.addAll(dim.symbols())));
            }
        }
    }

    /** The steps, by node. */
    static IdentityHashMap<Node, DeviceStep> of(
            Graph graph, GraphTypes types, OperatorSet operators, DeviceCapabilities capabilities) {
        Candidates candidates = new Candidates(graph, types, operators, capabilities);
        IdentityHashMap<Node, DeviceStep> steps = new IdentityHashMap<>();
        for (Node node : graph.nodes()) {
            candidates.step(node).ifPresent(step -> steps.put(node, step));
        }
        return steps;
    }

    private Optional<DeviceStep> step(Node node) {
        Operator operator = GraphTypes.operator(node, operators);
        Optional<LoweringEntry<?>> entry = DeviceLowerings.of(operator);
        if (entry.isEmpty()) {
            return Optional.empty();
        }
        boolean outputs = node.outputs().stream().flatMap(Optional::stream).allMatch(this::isMade);
        boolean inputs =
                node.inputs().stream().flatMap(Optional::stream).allMatch(value -> isBound(types.valueType(value)));
        if (!outputs || !inputs) {
            return Optional.empty();
        }
        Inference inference = types.inference(node);
        LoweringEntry<?> lowering = entry.get();
        Optional<DeviceStep> step = lowering.step(operator, inference, capabilities);
        return step.isEmpty() && lowering.widens() ? Widening.step(lowering, operator, inference, capabilities) : step;
    }

    /** What formulas know already, such as a shape, is not made on a device: the CPU needs it to know shapes. */
    private boolean isMade(Value output) {
        return isBound(types.valueType(output)) && types.content(output).isEmpty();
    }

    private boolean isBound(ValueType valueType) {
        return valueType instanceof TensorType type
                && type.dataType() != DataType.STRING
                && type.dims()
                        .map(dims -> dims.stream().allMatch(dim -> inputSymbols.containsAll(dim.symbols())))
                        .orElse(false);
    }
}
