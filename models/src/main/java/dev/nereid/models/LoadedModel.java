package dev.nereid.models;

import dev.nereid.kernels.parallel.Workers;
import dev.nereid.memory.SlabPool;
import dev.nereid.models.device.PlacedGraph;
import dev.nereid.models.device.PlacementReport;
import dev.nereid.models.execute.Cancellation;
import dev.nereid.models.execute.ExecutionException;
import dev.nereid.models.execute.PlanRunner;
import dev.nereid.models.execute.RunResult;
import dev.nereid.models.execute.StepListener;
import dev.nereid.models.graph.Attributes;
import dev.nereid.models.graph.Graph;
import dev.nereid.models.graph.Node;
import dev.nereid.models.graph.RunValue;
import dev.nereid.models.graph.TensorType;
import dev.nereid.models.graph.ValueType;
import dev.nereid.models.lowering.DeviceTurn;
import dev.nereid.models.plan.Plan;
import dev.nereid.models.plan.PlanValue;
import dev.nereid.tensor.Tensor;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** A model that runs. Shared by any number of threads; each run takes a frame of its own. */
public final class LoadedModel implements AutoCloseable {
    /** A named input or output. */
    public record Port(String name, ValueType valueType) {
        /**
         * The type of a tensor.
         *
         * @throws ModelFormatException if it is another kind of value
         */
        public TensorType type() {
            return valueType.asTensor("'" + name + "'");
        }
    }

    private static final int PACKED_FRAMES = 2;
    private static final int LOW_FRAMES = 1;

    private final Plan plan;
    private final Optional<PlacedGraph> onDevice;
    private final boolean computesOnCpu;
    private final boolean loops;
    private final PlanRunner runner;
    private final List<Port> inputs;
    private final List<Port> outputs;

    private final TextPacking packing;
    private final Map<String, Tensor> defaults;
    private final InputLimits limits;

    LoadedModel(
            Plan plan,
            Map<String, Tensor> defaults,
            InputLimits limits,
            SlabPool memory,
            MemoryUse use,
            TextPacking packing) {
        this(plan, defaults, limits, memory, use, packing, Optional.empty());
    }

    LoadedModel(
            Plan plan,
            Map<String, Tensor> defaults,
            InputLimits limits,
            SlabPool memory,
            MemoryUse use,
            PlacedGraph onDevice) {
        this(plan, defaults, limits, memory, use, new TextPacking.NotAsked(), Optional.of(onDevice));
    }

    /** @param defaults of inputs, by name; their memory is the plan's */
    private LoadedModel(
            Plan plan,
            Map<String, Tensor> defaults,
            InputLimits limits,
            SlabPool memory,
            MemoryUse use,
            TextPacking packing,
            Optional<PlacedGraph> onDevice) {
        this.plan = plan;
        // Packed texts lie in rows of another shape than the model's own.
        this.limits = packing instanceof TextPacking.Packed ? InputLimits.NONE : limits;
        this.defaults = Collections.unmodifiableMap(new HashMap<>(defaults)); // keeps look-up fast, see Attributes
        this.packing = packing;
        this.onDevice = onDevice;
        this.computesOnCpu =
                placement().map(report -> !report.fallenBack().isEmpty()).orElse(true);
        this.loops = plan.steps().stream().anyMatch(step -> loops(step.node()));
        this.runner = runner(plan, memory, use, packing);
        this.inputs =
                plan.inputs().stream().map(i -> port(plan.values().get(i))).toList();
        this.outputs =
                plan.outputs().stream().map(i -> port(plan.values().get(i))).toList();
    }

    private static PlanRunner runner(Plan plan, SlabPool memory, MemoryUse use, TextPacking packing) {
        if (use == MemoryUse.LOW) {
            return new PlanRunner(plan, memory, LOW_FRAMES);
        }
        // Hardly two packed runs have the same shapes: frames are worth keeping for their memory alone.
        return packing instanceof TextPacking.Packed
                ? new PlanRunner(plan, memory, PACKED_FRAMES)
                : new PlanRunner(plan, memory);
    }

    private static Port port(PlanValue value) {
        return new Port(value.name(), value.valueType());
    }

    /** What a run must be given, in order. */
    public List<Port> inputs() {
        return inputs;
    }

    /**
     * What an input is for those who have nothing to give it: what an initializer holds that was
     * {@linkplain LoadOptions#overridden made an input}. Good until the model is closed; empty for any other input.
     */
    public Optional<Tensor> defaultOf(String input) {
        return Optional.ofNullable(defaults.get(input));
    }

    /** What a run gives back, in order. */
    public List<Port> outputs() {
        return outputs;
    }

    /** Whether runs take packed texts, which changes what {@link #inputs} and {@link #outputs} mean. */
    public TextPacking packing() {
        return packing;
    }

    public Plan plan() {
        return plan;
    }

    /** Bytes of native memory that the model's constants take. */
    public long constantBytes() {
        return plan.constants().bytes();
    }

    /** What runs on a device, of a model that was loaded for one. */
    public Optional<PlacementReport> placement() {
        return onDevice.map(PlacedGraph::report);
    }

    /** Whether runs compute anything but shapes on the CPU. */
    public boolean computesOnCpu() {
        return computesOnCpu;
    }

    /** Whether a run computes on a device alone, and leaves it once: it copies, starts kernels, and copies. */
    public boolean oneRegion() {
        return !computesOnCpu
                && placement().map(report -> report.regions() == 1).orElse(false);
    }

    /** Whether how long a run takes depends on what its inputs hold, and not on their shapes alone. */
    public boolean hasLoops() {
        return loops;
    }

    /** Whether a node runs a graph inside it any number of times; of an If it is the branches that may. */
    private static boolean loops(Node node) {
        for (Attributes.Attribute attribute : node.attributes().map().values()) {
            if (attribute instanceof Attributes.Attribute.Subgraph(Graph body, int _)
                    && (!node.operator().equals("If") || body.nodes().stream().anyMatch(LoadedModel::loops))) {
                return true;
            }
        }
        return false;
    }

    /** Bytes of a device's memory that the model takes. */
    public long deviceBytes() {
        return onDevice.map(PlacedGraph::bytes).orElse(0L);
    }

    /**
     * Runs the model on the calling thread and the granted workers.
     *
     * @param tensors in the order of {@link #inputs}; read until the result is closed
     * @return the outputs in the order of {@link #outputs}; the caller closes it
     * @throws ExecutionException if an input does not suit the model or a step fails
     */
    public RunResult run(List<Tensor> tensors, Workers workers) {
        check(tensors);
        return runner.run(tensors, workers);
    }

    /**
     * As {@link #run(List, Workers)}, of a run that is ordered with others on its device and may be cancelled. Of a model
     * that has {@link #oneRegion} the inputs are copied before its turn comes, and the outputs after it.
     *
     * @param cancellation asked before every step, and before every iteration of a loop
     * @throws java.util.concurrent.CancellationException if it was requested before the last step began
     */
    public RunResult run(List<Tensor> tensors, Workers workers, DeviceTurn turn, Cancellation cancellation) {
        check(tensors);
        return runner.run(tensors, workers, turn, cancellation);
    }

    private void check(List<Tensor> tensors) {
        limits.check(inputs, tensors.size(), i -> tensors.get(i).shape());
    }

    /**
     * As {@link #run(List, Workers)}, of a model whose inputs or outputs are not all tensors.
     *
     * @throws ExecutionException if an input does not suit the model or a step fails
     */
    public RunResult runValues(List<RunValue> values, Workers workers) {
        return runner.runValues(values, workers);
    }

    /**
     * As {@link #runValues(List, Workers)}, with somebody who hears of the steps of {@link #plan}.
     *
     * @throws ExecutionException if an input does not suit the model or a step fails
     */
    public RunResult runValues(List<RunValue> values, Workers workers, StepListener listener) {
        return runner.runValues(values, workers, listener);
    }

    /** Frees the memory of frames that no run uses. */
    public void trim() {
        runner.trim();
    }

    /** Waits until every result is closed, then frees the model's memory. */
    @Override
    public void close() {
        try (Plan _ = plan) {
            runner.close();
            onDevice.ifPresent(PlacedGraph::close);
        }
    }
}
