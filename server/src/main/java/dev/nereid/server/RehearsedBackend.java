package dev.nereid.server;

import dev.nereid.proto.inference.ModelConfig;
import dev.nereid.server.backend.Backend;
import dev.nereid.server.backend.BackendModel;
import dev.nereid.server.backend.ForwardingBackend;
import java.nio.file.Path;
import java.util.concurrent.CompletableFuture;

/**
 * A backend whose models are ready only when the rehearsal of the requests' way is over, so that the first client finds
 * compiled code. Loading goes on beside the rehearsal.
 */
final class RehearsedBackend extends ForwardingBackend {
    private final CompletableFuture<Void> rehearsal;

    RehearsedBackend(Backend backend, CompletableFuture<Void> rehearsal) {
        super(backend);
        this.rehearsal = rehearsal;
    }

    @Override
    public BackendModel load(ModelConfig config, Path versionFolder) {
        BackendModel model = super.load(config, versionFolder);
        rehearsal.join();
        return model;
    }
}
