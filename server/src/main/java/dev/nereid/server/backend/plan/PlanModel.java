package dev.nereid.server.backend.plan;

import dev.nereid.kernels.parallel.CoreShare;
import dev.nereid.kernels.parallel.WorkerPool;
import dev.nereid.kernels.parallel.Workers;
import dev.nereid.memory.SlabPool;
import dev.nereid.models.LoadedModel;
import dev.nereid.models.TextPacking;
import dev.nereid.models.execute.Cancellation;
import dev.nereid.models.execute.RunResult;
import dev.nereid.models.lowering.DeviceTurn;
import dev.nereid.proto.inference.BatchInput;
import dev.nereid.proto.inference.BatchOutput;
import dev.nereid.proto.inference.ModelConfig;
import dev.nereid.proto.inference.ModelInput;
import dev.nereid.proto.inference.ModelOutput;
import dev.nereid.proto.inference.ModelSequenceBatching.State;
import dev.nereid.server.backend.BackendModel;
import dev.nereid.server.backend.ConfigTypes;
import dev.nereid.server.backend.Execution;
import dev.nereid.server.backend.ModelInstance;
import dev.nereid.server.backend.PadElement;
import dev.nereid.server.backend.TensorReshape;
import dev.nereid.server.backend.TextLengths;
import dev.nereid.server.backend.TextPadding;
import dev.nereid.server.protocol.InferException;
import dev.nereid.tensor.Tensor;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalInt;

/** A loaded ONNX model with what its config says of its tensors. Shared by its instances. */
final class PlanModel implements BackendModel {
    /** A run shorter than this is not worth a second core: waking a worker takes as long. */
    private static final long SHORT_NANOS = 50_000;

    /** Weight of a new run in the average: one in this many. */
    private static final int SMOOTHING = 8;

    private final String name;
    private final String version;
    private final PlanPlaces places;
    private final TextPacking packing;
    private final Optional<PaddedTexts> padding;
    private final SlabPool memory;
    private final CoreShare cores;
    private final int mostWorkers;
    private final boolean batches;
    private final List<PlanSource> sources = new ArrayList<>();
    private final List<PlanInput> inputs = new ArrayList<>();
    private final List<PlanOutput> outputs = new ArrayList<>();
    private final Map<String, PlanOutput> states = new HashMap<>();
    private final boolean sequences;
    /** How long runs take lately; runs that end together may overwrite each other. */
    private volatile long averageNanos = SHORT_NANOS;

    private volatile boolean stopped;

    /** Written before the model is handed out. */
    private final List<BackgroundWarmup> warmups = new ArrayList<>();

    /**
     * Wraps a model that suits its config.
     *
     * @param places belongs to this object
     * @param loaded at one of these places
     * @param memory of frames and joined inputs; belongs to this object
     * @param cores what its runs may have together
     * @param mostWorkers cores that one run may have
     */
    PlanModel(
            ModelConfig config,
            String version,
            PlanPlaces places,
            LoadedModel loaded,
            SlabPool memory,
            CoreShare cores,
            int mostWorkers) {
        this.name = config.getName();
        this.version = version;
        this.places = places;
        this.memory = memory;
        this.cores = cores;
        this.mostWorkers = mostWorkers;
        this.batches = config.getMaxBatchSize() > 0;
        this.sequences = config.hasSequenceBatching();
        this.packing = loaded.packing();
        this.padding = PaddedTexts.of(config, loaded);
        // Where texts are packed, the last input says where they end: no request brings it.
        int requestInputs = loaded.inputs().size() - (packing instanceof TextPacking.Packed ? 1 : 0);
        for (LoadedModel.Port port : loaded.inputs().subList(0, requestInputs)) {
            sources.add(source(config, port, loaded.defaultOf(port.name())));
        }
        for (PlanSource source : sources) {
            if (source instanceof PlanInput input) {
                inputs.add(input);
            }
        }
        List<String> names =
                loaded.outputs().stream().map(LoadedModel.Port::name).toList();
        for (ModelOutput output : config.getOutputList()) {
            boolean batched = batches && !output.getIsShapeTensor();
            int index = names.indexOf(output.getName());
            LoadedModel.Port port = loaded.outputs().get(index);
            Optional<TensorReshape> reshape = output.hasReshape() || isScalar(port, output.getDimsList(), batched)
                    ? Optional.of(new TensorReshape(output.getReshape().getShapeList(), output.getDimsList(), batched))
                    : Optional.empty();
            boolean unranked = !output.hasReshape() && !port.type().hasRank();
            outputs.add(new PlanOutput(output.getName(), index, batched, unranked, reshape, scatter(config, output)));
        }
        // As Triton's ONNX backend answers, whatever order the config or the request has.
        outputs.sort(Comparator.comparing(PlanOutput::name));
        for (State state : config.getSequenceBatching().getStateList()) {
            String output = state.getOutputName();
            states.put(
                    output,
                    new PlanOutput(output, names.indexOf(output), batches, false, Optional.empty(), Optional.empty()));
        }
    }

    String name() {
        return name;
    }

    String version() {
        return version;
    }

    /** Whether the first dim of every tensor is the batch. */
    boolean batches() {
        return batches;
    }

    /** What a run must be given, in the model's order. */
    List<PlanSource> sources() {
        return sources;
    }

    /** What requests or their scheduler bring, in the model's order. */
    List<PlanInput> inputs() {
        return inputs;
    }

    /** What answers may hold, by name. */
    List<PlanOutput> outputs() {
        return outputs;
    }

    /** The output that a state is written from. */
    PlanOutput state(String outputName) {
        return Objects.requireNonNull(states.get(outputName), outputName);
    }

    /** Whether requests belong to sequences. */
    boolean hasSequences() {
        return sequences;
    }

    SlabPool memory() {
        return memory;
    }

    /**
     * Runs the model as it is loaded at one place, when there is a core for it; the caller closes the result.
     *
     * @throws java.util.concurrent.CancellationException if the run is cancelled before it has ended
     */
    RunResult run(LoadedModel loaded, List<Tensor> tensors, Cancellation cancellation) {
        return run(loaded, tensors, cancellation, false);
    }

    private RunResult run(LoadedModel loaded, List<Tensor> tensors, Cancellation cancellation, boolean background) {
        long average = averageNanos;
        // Who waits for a GPU would keep further cores from others, and has no use for them.
        int most = background || average < SHORT_NANOS || !loaded.computesOnCpu() ? 1 : mostWorkers;
        try (WorkerPool.Grant grant = cores.grant(most)) {
            long start = System.nanoTime();
            RunResult result = loaded.run(tensors, grant, DeviceTurn.ALONE, cancellation);
            averageNanos = average + (System.nanoTime() - start - average) / SMOOTHING;
            return result;
        }
    }

    /**
     * As {@link #run(LoadedModel, List, Cancellation)}, in a batch's turn. A model that is one region of a device is prepared before it
     * and copies its outputs after it; of any other model, whose regions would have others' kernels between them and
     * which may compute on the CPU too, the whole run is in its turn. Where a run fails, the batch keeps its turn.
     *
     * @param background whether one core is enough, as nobody waits for the result
     * @throws java.util.concurrent.CancellationException if the run is cancelled before it has ended
     */
    RunResult run(
            LoadedModel loaded, List<Tensor> tensors, DeviceTurn turn, Cancellation cancellation, boolean background) {
        if (turn.isOrdered() && loaded.oneRegion()) {
            try (RunTurn run = new RunTurn(turn, cancellation, cores)) {
                RunResult result = loaded.run(tensors, Workers.single(), run, cancellation);
                run.computed();
                return result;
            }
        }
        RunTurn.await(turn, cancellation);
        RunResult result = run(loaded, tensors, cancellation, background);
        turn.computed();
        return result;
    }

    /** Gives the model a warm-up that runs beside its requests, to close with it. Before the model is handed out. */
    void add(BackgroundWarmup warmup) {
        warmups.add(warmup);
    }

    /** The warm-ups that were added. */
    List<BackgroundWarmup> warmups() {
        return List.copyOf(warmups);
    }

    /** Cancels a run of these requests when nobody wants any of them, or when all runs are. */
    Cancellation cancellation(List<Execution> executions) {
        return new RunCancellation(() -> stopped, executions);
    }

    @Override
    public void cancelRuns() {
        stopped = true;
    }

    /** What a request is told whose run was cancelled. */
    InferException cancelled() {
        return stopped
                ? InferException.unavailable("Server is stopping, model '" + name + "' has cancelled what it runs")
                : new InferException(InferException.Code.CANCELLED, "Request cancelled");
    }

    /** Whether a run would not have to wait for a core. */
    boolean startsAtOnce() {
        return cores.isFree();
    }

    /** How texts are padded, where the config asks for it. */
    Optional<PaddedTexts> padding() {
        return padding;
    }

    @Override
    public TextLengths textLengths() {
        if (padding.isPresent()) {
            return TextLengths.PADDED;
        }
        return packing instanceof TextPacking.Packed ? TextLengths.PACKED : TextLengths.EQUAL;
    }

    @Override
    public ModelInstance newInstance(String instanceName) {
        return instance(OptionalInt.empty());
    }

    @Override
    public ModelInstance newInstance(String instanceName, int gpu) {
        return instance(OptionalInt.of(gpu));
    }

    private ModelInstance instance(OptionalInt gpu) {
        LoadedModel loaded = places.at(gpu);
        return loaded.packing() instanceof TextPacking.Packed packed
                ? new PackedInstance(this, loaded, packed)
                : new PlanInstance(this, loaded, inputs -> places.apart(gpu, inputs));
    }

    @Override
    public long memoryBytes() {
        return places.constantBytes() + memory.usedBytes() + memory.retainedBytes();
    }

    @Override
    public void close() {
        warmups.forEach(BackgroundWarmup::close);
        try {
            places.close();
        } finally {
            memory.close();
        }
    }

    private static PlanSource source(ModelConfig config, LoadedModel.Port port, Optional<Tensor> whenAbsent) {
        String name = port.name();
        for (BatchInput input : config.getBatchInputList()) {
            if (input.getTargetNameList().contains(name)) {
                return new BatchQuantity(
                        input.getKind(),
                        input.getSourceInput(0),
                        ConfigTypes.tensorType(input.getDataType()).orElseThrow());
            }
        }
        for (ModelInput input : config.getInputList()) {
            if (input.getName().equals(name)) {
                Optional<PadElement> pad =
                        TextPadding.of(config).map(padding -> padding.elements().get(name));
                return input(input, config.getMaxBatchSize() > 0, port, whenAbsent, pad);
            }
        }
        return new PlanInput(name, Optional.empty(), whenAbsent, PlanInput.Join.ROWS, Optional.empty());
    }

    private static PlanInput input(
            ModelInput input,
            boolean batches,
            LoadedModel.Port port,
            Optional<Tensor> whenAbsent,
            Optional<PadElement> padding) {
        PlanInput.Join join = PlanInput.Join.ROWS;
        if (input.getIsShapeTensor()) {
            join = PlanInput.Join.SAME;
        } else if (input.getAllowRaggedBatch() && batches) {
            join = PlanInput.Join.FLAT;
        }
        boolean batched = batches && !input.getIsShapeTensor();
        Optional<TensorReshape> reshape = input.hasReshape() || isScalar(port, input.getDimsList(), batched)
                ? Optional.of(new TensorReshape(
                        input.getDimsList(), input.getReshape().getShapeList(), batched))
                : Optional.empty();
        return new PlanInput(input.getName(), reshape, whenAbsent, join, padding);
    }

    /**
     * Whether the model has a tensor without dims where the config has some: it has no reshape to say so. One of which the
     * file says no shape is taken for such a tensor.
     */
    private static boolean isScalar(LoadedModel.Port port, List<Long> dims, boolean batched) {
        return !batched
                && (!port.type().hasRank() || port.type().rank() == 0)
                && !dims.isEmpty()
                && dims.stream().allMatch(dim -> dim == 1);
    }

    private static Optional<BatchScatter> scatter(ModelConfig config, ModelOutput output) {
        for (BatchOutput each : config.getBatchOutputList()) {
            if (each.getTargetNameList().contains(output.getName())) {
                List<Long> dims = new ArrayList<>(output.getDimsList());
                if (config.getMaxBatchSize() > 0) {
                    dims.addFirst(-1L);
                }
                return Optional.of(new BatchScatter(each.getSourceInput(0), dims));
            }
        }
        return Optional.empty();
    }
}
