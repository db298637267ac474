package dev.nereid.server.backend;

import dev.nereid.proto.inference.ModelConfig;
import java.nio.file.Path;
import java.util.List;

/**
 * A backend whose models need no GPU, and that takes instances of {@code KIND_GPU} as Triton's test backends do: they are as
 * they would be on the CPU.
 *
 * @param gpus those that there are
 */
record AnyPlaceBackend(Backend backend, List<Integer> gpus) implements Backend {
    AnyPlaceBackend {
        gpus = List.copyOf(gpus);
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
    public boolean countsResponses() {
        return backend.countsResponses();
    }

    @Override
    public boolean runsModelCode() {
        return backend.runsModelCode();
    }

    @Override
    public BackendModel load(ModelConfig config, Path versionFolder) {
        BackendModel model = backend.load(config, versionFolder);
        return new BackendModel() {
            @Override
            public ModelInstance newInstance(String instanceName) {
                return model.newInstance(instanceName);
            }

            @Override
            public ModelInstance newInstance(String instanceName, int gpu) {
                return model.newInstance(instanceName);
            }

            @Override
            public long memoryBytes() {
                return model.memoryBytes();
            }

            @Override
            public List<Counter> counters() {
                return model.counters();
            }

            @Override
            public boolean packsTexts() {
                return model.packsTexts();
            }

            @Override
            public void close() {
                model.close();
            }
        };
    }
}
