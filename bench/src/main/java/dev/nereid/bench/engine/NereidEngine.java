package dev.nereid.bench.engine;

import dev.nereid.kernels.KernelSet;
import dev.nereid.kernels.parallel.WorkerPool;
import dev.nereid.kernels.parallel.Workers;
import dev.nereid.memory.SlabPool;
import dev.nereid.models.LoadOptions;
import dev.nereid.models.LoadedModel;
import dev.nereid.models.ModelLoader;
import dev.nereid.models.execute.RunResult;
import dev.nereid.tensor.DataType;
import dev.nereid.tensor.Shape;
import dev.nereid.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.List;

/** Our engine, with the kernels that a server would choose. */
final class NereidEngine implements Engine {
    /** An input as the model declares it, every open dim 1. */
    record Input(String name, DataType dataType, Shape shape) {}

    private static final long RETAINED = 1L << 30;

    private final SlabPool memory = new SlabPool(RETAINED);
    private final LoadedModel model;
    private final WorkerPool workers;
    private List<Tensor> inputs = List.of();

    NereidEngine(Path file, KernelSet kernels, int threads) {
        this.model = ModelLoader.load(file, LoadOptions.DEFAULT, kernels, memory);
        this.workers = new WorkerPool(threads);
    }

    List<Input> declaredInputs() {
        return model.inputs().stream()
                .map(port -> new Input(
                        port.name(),
                        port.type().dataType(),
                        Shape.of(port.type().dims().orElseThrow().stream()
                                .mapToLong(dim -> dim.isKnown() ? dim.value() : 1)
                                .toArray())))
                .toList();
    }

    @Override
    public void bind(List<Tensor> tensors) {
        inputs = tensors;
    }

    @Override
    public void run() {
        try (WorkerPool.Grant lease = workers.grant();
                RunResult _ = model.run(inputs, lease)) {
            Thread.onSpinWait();
        }
    }

    @Override
    public float[] firstOutput() {
        try (RunResult result = model.run(inputs, Workers.single())) {
            return floats(result.outputs().get(0));
        }
    }

    private static float[] floats(Tensor tensor) {
        if (tensor.dataType() != DataType.FP32) {
            return new float[0];
        }
        MemorySegment segment = tensor.segment().asSlice(0, tensor.byteSize());
        return segment.toArray(ValueLayout.JAVA_FLOAT);
    }

    @Override
    public void close() {
        workers.close();
        model.close();
        memory.close();
    }
}
