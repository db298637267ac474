package dev.nereid.server.torchserve;

import dev.nereid.server.repository.ModelRepository;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What TorchServe's fronts share: the registered models, the calls that manage them, keys and metrics. Any thread. */
public final class TorchServe implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(TorchServe.class);

    private final TorchServeConfig config;
    private final RegisteredModels models;
    private final Management management;
    private final Tokens tokens;
    private final TorchServeMetrics metrics;

    private TorchServe(TorchServeConfig config, ModelRepository repository) {
        this.config = config;
        this.models = new RegisteredModels(config, repository);
        this.management = new Management(models, config);
        this.metrics = new TorchServeMetrics(models, config);
        this.tokens = Tokens.open(config);
    }

    /**
     * Opens it without any model.
     *
     * @param repository of {@link RegisteredModels#folder}, in explicit mode
     */
    public static TorchServe open(TorchServeConfig config, ModelRepository repository) {
        return new TorchServe(config, repository);
    }

    public TorchServeConfig config() {
        return config;
    }

    public RegisteredModels models() {
        return models;
    }

    public Management management() {
        return management;
    }

    public Tokens tokens() {
        return tokens;
    }

    public TorchServeMetrics metrics() {
        return metrics;
    }

    /** Ends all sequences, as TorchServe does when it stops: a server waits for those that are open. */
    public void endSequences() {
        models.all().forEach(RegisteredVersion::endSequences);
    }

    /** Deletes the keys and what was unpacked. The models are the repository's to close, before. */
    @Override
    public void close() {
        try (tokens) {
            models.close();
        }
        LOG.info("Torchserve stopped.");
    }
}
