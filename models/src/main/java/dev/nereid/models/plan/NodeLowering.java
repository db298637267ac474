package dev.nereid.models.plan;

import dev.nereid.kernels.KernelSet;
import dev.nereid.models.graph.Dim;
import dev.nereid.models.graph.Graph;
import dev.nereid.models.graph.Node;
import dev.nereid.models.graph.TensorType;
import dev.nereid.models.graph.Value;
import dev.nereid.models.graph.ValueType;
import dev.nereid.models.lowering.Inference;
import dev.nereid.models.lowering.Lowering;
import dev.nereid.models.lowering.StepKernel;
import dev.nereid.models.lowering.Subgraph;
import dev.nereid.models.operators.GraphTypes;
import dev.nereid.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.BiFunction;
import java.util.stream.IntStream;

/** Collects what one node lowers to. */
final class NodeLowering implements Lowering {
    /**
     * The step of a node.
     *
     * @param inputs the inputs it reads
     * @param inPlace the input whose memory output 0 may take; -1 for none
     * @param puts whether the kernel gives every output itself
     */
    record Emitted(List<Integer> inputs, int inPlace, boolean puts, StepKernel kernel) {}

    private final Node node;
    private final Inference inference;
    private final GraphTypes types;
    private final Set<Value> wanted;
    private final KernelSet kernels;
    private final ConstantMemory constants;
    private final BiFunction<Graph, List<? extends ValueType>, Subgraph> subgraphs;
    private Optional<Emitted> emitted = Optional.empty();
    private final Map<Integer, Integer> aliases = new HashMap<>();
    private boolean hasBody;

    NodeLowering(
            Node node,
            GraphTypes types,
            Set<Value> wanted,
            KernelSet kernels,
            ConstantMemory constants,
            BiFunction<Graph, List<? extends ValueType>, Subgraph> subgraphs) {
        this.node = node;
        this.inference = types.inference(node);
        this.types = types;
        this.wanted = wanted;
        this.kernels = kernels;
        this.constants = constants;
        this.subgraphs = subgraphs;
    }

    Optional<Emitted> emitted() {
        return emitted;
    }

    /** Output index to input index, for the outputs that are inputs under another shape. */
    Map<Integer, Integer> aliases() {
        return Collections.unmodifiableMap(aliases);
    }

    /** Whether there is a subgraph of the node, whose plan checks what it is given by itself. */
    boolean hasBody() {
        return hasBody;
    }

    @Override
    public Node node() {
        return node;
    }

    @Override
    public ValueType valueType(int input) {
        return inference.valueType(input);
    }

    @Override
    public Optional<Tensor> constant(int input) {
        return inference.constant(input);
    }

    @Override
    public Optional<List<Dim>> content(int input) {
        return inference.content(input);
    }

    @Override
    public List<ValueType> bodyTypes(Graph body, List<? extends ValueType> inputs) {
        return inference.bodyTypes(body, inputs);
    }

    @Override
    public Subgraph body(Graph graph, List<? extends ValueType> inputs) {
        hasBody = true;
        return subgraphs.apply(graph, inputs);
    }

    @Override
    public Dim unknownDim() {
        return inference.unknownDim();
    }

    @Override
    public KernelSet kernels() {
        return kernels;
    }

    @Override
    public boolean wants(int output) {
        return node.output(output).map(wanted::contains).orElse(false);
    }

    @Override
    public TensorType outputType(int output) {
        return types.type(node.output(output).orElseThrow());
    }

    @Override
    public void step(StepKernel kernel) {
        emit(allInputs(), -1, false, kernel);
    }

    @Override
    public void stepInPlace(int input, StepKernel kernel) {
        emit(allInputs(), input, false, kernel);
    }

    @Override
    public void stepReading(int[] inputs, StepKernel kernel) {
        emit(IntStream.of(inputs).filter(this::has).boxed().toList(), -1, false, kernel);
    }

    @Override
    public void stepPutting(StepKernel kernel) {
        emit(allInputs(), -1, true, kernel);
    }

    @Override
    public void alias(int output, int input) {
        aliases.put(output, input);
    }

    @Override
    public MemorySegment constantMemory(long bytes) {
        return constants.allocate(bytes);
    }

    /** The indices of the inputs that are there. */
    List<Integer> allInputs() {
        List<Integer> inputs = new ArrayList<>();
        for (int i = 0; i < node.inputs().size(); i++) {
            if (has(i)) {
                inputs.add(i);
            }
        }
        return inputs;
    }

    private void emit(List<Integer> inputs, int inPlace, boolean puts, StepKernel kernel) {
        if (emitted.isPresent()) {
            throw new IllegalStateException(node.describe() + " lowers to more than one step");
        }
        emitted = Optional.of(new Emitted(inputs, inPlace, puts, kernel));
    }
}
