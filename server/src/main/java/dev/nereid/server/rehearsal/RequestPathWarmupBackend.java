package dev.nereid.server.rehearsal;

import dev.nereid.proto.inference.ModelConfig;
import dev.nereid.server.backend.Backend;
import dev.nereid.server.backend.BackendModel;
import dev.nereid.server.backend.ForwardingBackend;
import java.nio.file.Path;
import java.util.concurrent.CompletableFuture;

/**
 * Decorator of a backend: its models are ready only when the request-path warm-up is over, so that the first client finds
 * compiled code. Loading goes on beside the request-path warm-up.
 */
public final class RequestPathWarmupBackend extends ForwardingBackend {
    private final CompletableFuture<Void> requestPathWarmup;

    public RequestPathWarmupBackend(Backend backend, CompletableFuture<Void> requestPathWarmup) {
        super(backend);
        this.requestPathWarmup = requestPathWarmup;
    }

    @Override
    public BackendModel load(ModelConfig config, Path versionFolder) {
        BackendModel model = super.load(config, versionFolder);
        requestPathWarmup.join();
        return model;
    }
}
