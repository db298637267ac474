package dev.nereid.server.backend;

import dev.nereid.kernels.parallel.WorkerPool;
import dev.nereid.kernels.parallel.Workers;
import dev.nereid.memory.SlabPool;
import dev.nereid.models.LoadedModel;
import dev.nereid.models.execute.RunResult;
import dev.nereid.proto.inference.BatchInput;
import dev.nereid.proto.inference.BatchOutput;
import dev.nereid.proto.inference.ModelConfig;
import dev.nereid.proto.inference.ModelInput;
import dev.nereid.proto.inference.ModelOutput;
import dev.nereid.proto.inference.ModelSequenceBatching.State;
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
    private final String name;
    private final String version;
    private final PlanPlaces places;
    private final SlabPool memory;
    private final WorkerPool workers;
    private final int mostWorkers;
    private final boolean batches;
    private final List<PlanSource> sources = new ArrayList<>();
    private final List<PlanInput> inputs = new ArrayList<>();
    private final List<PlanOutput> outputs = new ArrayList<>();
    private final Map<String, PlanOutput> states = new HashMap<>();
    private final boolean sequences;

    /**
     * Wraps a model that suits its config.
     *
     * @param places belongs to this object
     * @param loaded at one of these places
     * @param memory of frames and joined inputs; belongs to this object
     * @param mostWorkers workers that one run may use
     */
    PlanModel(
            ModelConfig config,
            String version,
            PlanPlaces places,
            LoadedModel loaded,
            SlabPool memory,
            WorkerPool workers,
            int mostWorkers) {
        this.name = config.getName();
        this.version = version;
        this.places = places;
        this.memory = memory;
        this.workers = workers;
        this.mostWorkers = mostWorkers;
        this.batches = config.getMaxBatchSize() > 0;
        this.sequences = config.hasSequenceBatching();
        for (LoadedModel.Port port : loaded.inputs()) {
            sources.add(source(config, port.name()));
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
            Optional<TensorReshape> reshape = output.hasReshape()
                    ? Optional.of(new TensorReshape(output.getReshape().getShapeList(), output.getDimsList(), batched))
                    : Optional.empty();
            outputs.add(new PlanOutput(
                    output.getName(), names.indexOf(output.getName()), batched, reshape, scatter(config, output)));
        }
        // As Triton's ONNX backend answers, whatever order the config or the request has.
        outputs.sort(Comparator.comparing(PlanOutput::name));
        for (State state : config.getSequenceBatching().getStateList()) {
            String output = state.getOutputName();
            states.put(
                    output, new PlanOutput(output, names.indexOf(output), batches, Optional.empty(), Optional.empty()));
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

    /** Runs the model as it is loaded at one place; the caller closes the result. */
    RunResult run(LoadedModel loaded, List<Tensor> tensors) {
        if (mostWorkers == 1) {
            return loaded.run(tensors, Workers.single());
        }
        try (WorkerPool.Grant grant = workers.grant()) {
            return loaded.run(tensors, mostWorkers < grant.count() ? new LimitedWorkers(grant, mostWorkers) : grant);
        }
    }

    @Override
    public ModelInstance newInstance(String instanceName) {
        return new PlanInstance(this, places.at(OptionalInt.empty()));
    }

    @Override
    public ModelInstance newInstance(String instanceName, int gpu) {
        return new PlanInstance(this, places.at(OptionalInt.of(gpu)));
    }

    @Override
    public long memoryBytes() {
        return places.constantBytes() + memory.usedBytes() + memory.retainedBytes();
    }

    @Override
    public void close() {
        places.close();
        memory.close();
    }

    private static PlanSource source(ModelConfig config, String name) {
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
                return input(input, config.getMaxBatchSize() > 0);
            }
        }
        return new PlanInput(name, Optional.empty(), PlanInput.Join.ROWS);
    }

    private static PlanInput input(ModelInput input, boolean batches) {
        PlanInput.Join join = PlanInput.Join.ROWS;
        if (input.getIsShapeTensor()) {
            join = PlanInput.Join.SAME;
        } else if (input.getAllowRaggedBatch() && batches) {
            join = PlanInput.Join.FLAT;
        }
        Optional<TensorReshape> reshape = input.hasReshape()
                ? Optional.of(new TensorReshape(
                        input.getDimsList(), input.getReshape().getShapeList(), batches && !input.getIsShapeTensor()))
                : Optional.empty();
        return new PlanInput(input.getName(), reshape, join);
    }

    private static Optional<Scatter> scatter(ModelConfig config, ModelOutput output) {
        for (BatchOutput each : config.getBatchOutputList()) {
            if (each.getTargetNameList().contains(output.getName())) {
                List<Long> dims = new ArrayList<>(output.getDimsList());
                if (config.getMaxBatchSize() > 0) {
                    dims.addFirst(-1L);
                }
                return Optional.of(new Scatter(each.getSourceInput(0), dims));
            }
        }
        return Optional.empty();
    }
}
