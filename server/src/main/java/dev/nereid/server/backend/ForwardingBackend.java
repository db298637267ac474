package dev.nereid.server.backend;

import dev.nereid.proto.inference.ModelConfig;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;

/** A backend that does what another one does, but for what a subclass does otherwise. */
public abstract class ForwardingBackend implements Backend {
    private final Backend backend;

    /** @param backend the other one */
    protected ForwardingBackend(Backend backend) {
        this.backend = Objects.requireNonNull(backend, "backend");
    }

    @Override
    public String name() {
        return backend.name();
    }

    @Override
    public ModelConfig complete(ModelConfig config, Path versionFolder, int defaultMaxBatchSize) {
        return backend.complete(config, versionFolder, defaultMaxBatchSize);
    }

    @Override
    public List<NamedSignature> signatures(ModelConfig config, Path versionFolder) {
        return backend.signatures(config, versionFolder);
    }

    @Override
    public boolean countsResponses() {
        return backend.countsResponses();
    }

    @Override
    public boolean runsModelCode() {
        return backend.runsModelCode();
    }

    @Override
    public boolean runsWithoutTrace() {
        return backend.runsWithoutTrace();
    }

    @Override
    public List<Integer> gpus() {
        return backend.gpus();
    }

    @Override
    public String gpuReport() {
        return backend.gpuReport();
    }

    @Override
    public BackendModel load(ModelConfig config, Path versionFolder) {
        return backend.load(config, versionFolder);
    }
}
