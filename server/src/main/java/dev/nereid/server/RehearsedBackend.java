package dev.nereid.server;

import dev.nereid.proto.inference.ModelConfig;
import dev.nereid.server.backend.Backend;
import dev.nereid.server.backend.BackendModel;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/**
 * A backend whose models are ready only when the rehearsal of the requests' way is over, so that the first client finds
 * compiled code. Loading goes on beside the rehearsal.
 */
record RehearsedBackend(Backend backend, CompletableFuture<Void> rehearsal) implements Backend {
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
    public List<Integer> gpus() {
        return backend.gpus();
    }

    @Override
    public BackendModel load(ModelConfig config, Path versionFolder) {
        BackendModel model = backend.load(config, versionFolder);
        rehearsal.join();
        return model;
    }
}
