package dev.nereid.bench.cores;

import dev.nereid.bench.LocalKernels;
import dev.nereid.bench.ScratchRepository;
import dev.nereid.kernels.KernelSet;
import dev.nereid.kernels.parallel.WorkerPool;
import dev.nereid.memory.NativeMemory;
import dev.nereid.server.backend.Backends;
import dev.nereid.server.backend.plan.PlanBackend;
import dev.nereid.server.protocol.InputTensor;
import dev.nereid.server.repository.Model;
import dev.nereid.server.repository.ModelRepository;
import dev.nereid.server.repository.RepositoryConfig;
import dev.nereid.server.repository.validation.TensorMetadata;
import dev.nereid.tensor.DataType;
import dev.nereid.tensor.Shape;
import dev.nereid.tensor.Tensor;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Random;

/** Copies of a model, loaded as the server loads them, and tensors to ask them with. */
final class CopiedModels implements AutoCloseable {
    /** The name of a copy, whose instances' threads are named after it, begins so. */
    static final String NAME = "copy";

    private static final Duration PATIENCE = Duration.ofSeconds(30);

    private final List<WorkerPool> pools = new ArrayList<>();
    private final List<ModelRepository> repositories = new ArrayList<>();
    private final List<NativeMemory> memory = new ArrayList<>();
    private final List<Model> models = new ArrayList<>();
    private final List<InputTensor> inputs = new ArrayList<>();

    private CopiedModels() {}

    static CopiedModels load(Path file, int copies, int instances, Pooling pooling, int cores, List<Long> dims)
            throws IOException {
        CopiedModels loaded = new CopiedModels();
        try {
            KernelSet kernels = LocalKernels.chosen();
            for (int i = 0; i < copies; i++) {
                if (i == 0 || pooling == Pooling.OWN) {
                    loaded.pools.add(new WorkerPool(cores));
                }
                loaded.add(file, NAME + pooling + i, instances, new PlanBackend(kernels, loaded.pools.getLast()));
            }
            loaded.makeInputs(dims);
        } catch (IOException | RuntimeException | Error e) {
            loaded.close();
            throw e;
        }
        return loaded;
    }

    List<Model> models() {
        return models;
    }

    List<InputTensor> inputs() {
        return inputs;
    }

    private void add(Path file, String name, int instances, PlanBackend backend) throws IOException {
        // A model is read whole when it is loaded: its files may go then.
        try (ScratchRepository folder = new ScratchRepository()) {
            folder.add(
                    name,
                    "backend: \"onnxruntime\"\ninstance_group [ { kind: KIND_CPU count: " + instances + " } ]\n",
                    file);
            ModelRepository repository =
                    ModelRepository.start(RepositoryConfig.of(folder.path()), new Backends(List.of(backend)));
            repositories.add(repository);
            List<String> failures = repository.startup().join();
            if (!failures.isEmpty()) {
                throw new IllegalArgumentException(failures.getFirst());
            }
            models.add(repository.find(name, ""));
        }
    }

    private void makeInputs(List<Long> dims) {
        Iterator<Long> open = dims.iterator();
        Random random = new Random(1);
        for (TensorMetadata port : models.getFirst().inputs()) {
            long[] extents = port.shape().stream()
                    .mapToLong(dim -> dim >= 0 ? dim : open.hasNext() ? open.next() : 1)
                    .toArray();
            inputs.add(new InputTensor(port.name(), tensor(port.name(), port.dataType(), Shape.of(extents), random)));
        }
    }

    /** Floats between 0 and 1; of integers zeros and ones. */
    private Tensor tensor(String name, DataType type, Shape shape, Random random) {
        NativeMemory block = NativeMemory.allocate(Math.max(shape.elements() * type.bytes(), 1));
        memory.add(block);
        MemorySegment data = block.segment().asSlice(0, shape.elements() * type.bytes());
        for (long i = 0; i < shape.elements(); i++) {
            switch (type) {
                case FP32 -> data.setAtIndex(ValueLayout.JAVA_FLOAT, i, random.nextFloat());
                case FP64 -> data.setAtIndex(ValueLayout.JAVA_DOUBLE, i, random.nextDouble());
                case FP16 -> data.setAtIndex(ValueLayout.JAVA_SHORT, i, Float.floatToFloat16(random.nextFloat()));
                case INT64, UINT64, INT32, UINT32, INT16, UINT16, INT8, UINT8, BOOL ->
                    data.set(ValueLayout.JAVA_BYTE, i * type.bytes(), (byte) random.nextInt(2));
                default ->
                    throw new IllegalArgumentException(
                            "input '" + name + "': no values can be made up for " + type.protocolName());
            }
        }
        return Tensor.of(type, shape, data);
    }

    @Override
    public void close() {
        repositories.forEach(repository -> repository.close(PATIENCE));
        pools.forEach(WorkerPool::close);
        memory.forEach(NativeMemory::close);
    }
}
