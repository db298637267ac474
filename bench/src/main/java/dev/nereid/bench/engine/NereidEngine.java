package dev.nereid.bench.engine;

import dev.nereid.kernels.KernelSet;
import dev.nereid.kernels.parallel.WorkerPool;
import dev.nereid.kernels.parallel.Workers;
import dev.nereid.memory.SlabPool;
import dev.nereid.models.LoadOptions;
import dev.nereid.models.LoadedModel;
import dev.nereid.models.ModelLoader;
import dev.nereid.models.execute.RunResult;
import dev.nereid.models.execute.StepListener;
import dev.nereid.models.graph.RunValue;
import dev.nereid.models.plan.Plan;
import dev.nereid.tensor.DataType;
import dev.nereid.tensor.Tensor;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/** Our engine, with the kernels that a server would choose. */
final class NereidEngine implements Engine {
    private final SlabPool memory;
    private final LoadedModel model;
    private final WorkerPool workers;
    private List<Tensor> inputs = List.of();

    NereidEngine(Path file, KernelSet kernels, EngineSetup setup) {
        this(file, kernels, setup.load(), setup.threads());
    }

    /** With one thread. */
    NereidEngine(Path file, KernelSet kernels, LoadOptions options) {
        this(file, kernels, options, 1);
    }

    private NereidEngine(Path file, KernelSet kernels, LoadOptions options, int threads) {
        this.memory = new SlabPool(options.memory().retainedBytes());
        this.model = ModelLoader.load(file, options, kernels, memory);
        this.workers = new WorkerPool(threads);
    }

    @Override
    public List<InputPort> inputs() {
        return InputPort.of(model);
    }

    @Override
    public void bind(Map<String, Tensor> tensors) {
        inputs = model.inputs().stream()
                .map(port -> Objects.requireNonNull(tensors.get(port.name()), port.name()))
                .toList();
    }

    @Override
    public void run() {
        try (WorkerPool.Grant lease = workers.grant();
                RunResult _ = model.run(inputs, lease)) {
            Thread.onSpinWait();
        }
    }

    /** The datatypes of the outputs. */
    List<DataType> outputTypes() {
        return model.outputs().stream().map(port -> port.type().dataType()).toList();
    }

    /** What a run does. */
    Plan plan() {
        return model.plan();
    }

    /** As {@link #run}, with somebody who hears of its steps. */
    void run(StepListener listener) {
        List<RunValue> values = inputs.stream().map(RunValue::of).toList();
        try (WorkerPool.Grant lease = workers.grant();
                RunResult _ = model.runValues(values, lease, listener)) {
            Thread.onSpinWait();
        }
    }

    @Override
    public List<double[]> outputs() {
        try (RunResult result = model.run(inputs, Workers.single())) {
            return result.outputs().stream().map(TensorNumbers::of).toList();
        }
    }

    @Override
    public void close() {
        workers.close();
        model.close();
        memory.close();
    }
}
