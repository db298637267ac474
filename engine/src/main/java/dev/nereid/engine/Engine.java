package dev.nereid.engine;

import dev.nereid.engine.EngineException.Code;
import dev.nereid.kernels.KernelSelection;
import dev.nereid.kernels.KernelSet;
import dev.nereid.kernels.parallel.WorkerPool;
import dev.nereid.kernels.parallel.Workers;
import dev.nereid.memory.SlabPool;
import dev.nereid.models.LoadOptions;
import dev.nereid.models.LoadedModel;
import dev.nereid.models.MemoryUse;
import dev.nereid.models.ModelLoader;
import dev.nereid.models.ModelSignature;
import dev.nereid.models.execute.RunResult;
import dev.nereid.nativekernels.KernelLayers;
import dev.nereid.tensor.Tensor;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Function;

/**
 * The kernels, cores and native memory that models of this process run with. One is enough for any number of models. All
 * methods may be called from any thread. Close it after its models.
 */
public final class Engine implements AutoCloseable {
    private final KernelSet kernels;
    private final SlabPool memory = new SlabPool(MemoryUse.USUAL.retainedBytes());
    private final Optional<WorkerPool> cores;
    private volatile boolean closed;

    private Engine(KernelSet kernels, int threadsPerRun) {
        this.kernels = kernels;
        this.cores = threadsPerRun == 1 ? Optional.empty() : Optional.of(new WorkerPool(threadsPerRun));
    }

    /** An engine that uses every core of the machine. */
    public static Engine start() {
        return start(EngineOptions.allCores());
    }

    /**
     * An engine with the fastest kernels that this processor has. The caller closes it.
     *
     * @throws EngineException with {@link Code#UNAVAILABLE} if the JVM was started without the Vector API
     */
    public static Engine start(EngineOptions options) {
        Objects.requireNonNull(options, "options");
        if (ModuleLayer.boot().findModule("jdk.incubator.vector").isEmpty()) {
            throw new EngineException(
                    Code.UNAVAILABLE, "the Vector API is missing: start Java with --add-modules=jdk.incubator.vector");
        }
        KernelSelection selection = KernelSelection.of(KernelSelection.LAYERS, KernelLayers.all());
        return new Engine(selection.kernels(), options.threadsPerRun());
    }

    /** As {@link #load(Path, ModelOptions)}, of the highest version in the file's precision. */
    public Model load(Path path) {
        return load(path, ModelOptions.DEFAULT);
    }

    /**
     * Loads a model.
     *
     * @param path an ONNX file, or a model's folder in a repository: {@code <version>/model.onnx}, with or without config.pbtxt
     * @return the model; the caller closes it before the engine
     * @throws EngineException with {@link Code#NOT_FOUND}, {@link Code#INVALID_MODEL} or {@link Code#CLOSED}
     */
    public Model load(Path path, ModelOptions options) {
        requireOpen();
        Path file = ModelFolder.find(path, options.version()).file();
        return new Model(this, file.toString(), loaded(file, options.load()));
    }

    /**
     * Loads the bytes of an ONNX file that has no external data.
     *
     * @param file not needed afterwards
     * @return the model; the caller closes it before the engine
     * @throws EngineException with {@link Code#INVALID_MODEL} or {@link Code#CLOSED}
     */
    public Model load(byte[] file) {
        requireOpen();
        String name = "the model of " + file.length + " bytes";
        try {
            return new Model(this, name, ModelLoader.load(file, ModelOptions.DEFAULT.load(), kernels, memory));
        } catch (RuntimeException e) {
            throw EngineException.of(name, e);
        }
    }

    /**
     * Loads a model to run over the rows of a data set. Texts of different lengths run side by side without padding where the
     * model allows it.
     *
     * @param path as of {@link #load(Path, ModelOptions)}
     * @return the model; the caller closes it before the engine
     * @throws EngineException with {@link Code#NOT_FOUND}, {@link Code#INVALID_MODEL} or {@link Code#CLOSED}
     */
    public RowModel loadRows(Path path, ModelOptions options, RowOptions rows) {
        requireOpen();
        ModelFolder.Found found = ModelFolder.find(path, options.version());
        Path file = found.file();
        try {
            ModelSignature signature = ModelLoader.signature(file);
            boolean batched = found.maxBatchSize().orElse(1) > 0;
            LoadedModel loaded = loaded(file, options.load().withPacked(rows.packsTexts() && batched));
            return new RowModel(this, found, signature, loaded, rows);
        } catch (RuntimeException e) {
            throw EngineException.of(file.toString(), e);
        }
    }

    private LoadedModel loaded(Path file, LoadOptions options) {
        try {
            return ModelLoader.load(file, options, kernels, memory);
        } catch (RuntimeException e) {
            throw EngineException.of(file.toString(), e);
        }
    }

    /** Native memory for a tensor. */
    SlabPool.Slab take(long bytes) {
        requireOpen();
        return memory.take(bytes);
    }

    private void requireOpen() {
        if (closed) {
            throw new EngineException(Code.CLOSED, "the engine is closed");
        }
    }

    /** Runs on the calling thread, with the cores that are free where runs share a pool. */
    RunResult run(LoadedModel model, List<Tensor> inputs) {
        requireOpen();
        return withWorkers(workers -> model.run(inputs, workers));
    }

    private RunResult withWorkers(Function<Workers, RunResult> run) {
        if (cores.isEmpty()) {
            return run.apply(Workers.single());
        }
        try (WorkerPool.Grant grant = cores.get().grant()) {
            return run.apply(grant);
        }
    }

    /** Stops the engine's threads and frees its memory. Models must be closed. Closing twice is harmless. */
    @Override
    public void close() {
        closed = true;
        cores.ifPresent(WorkerPool::close);
        memory.close();
    }
}
