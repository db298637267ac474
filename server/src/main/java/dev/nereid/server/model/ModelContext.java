package dev.nereid.server.model;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/** What an instance of a model is told about itself. Any thread. */
public interface ModelContext {
    String modelName();

    long version();

    /** The instance's name, as in {@code tokenizer_0_1}. */
    String instanceName();

    /**
     * The folder with the jar, for further files of the model. Where the model came with a load request it is there during
     * {@link JavaModel#initialize} alone.
     */
    Path versionFolder();

    /** The {@code parameters} of the config, {@code class} among them. */
    Map<String, String> parameters();

    /** In the config's order. */
    List<TensorSpec> inputs();

    /** In the config's order. */
    List<TensorSpec> outputs();

    /** 0 for a model without a batch dim. */
    int maxBatchSize();

    /** Whether a request may have any number of responses. */
    boolean decoupled();

    /** The whole config as it is served, as JSON with the field names of {@code config.pbtxt}. */
    String configJson();

    /**
     * Asks other models in nobody's name. What answers a request asks by {@link ModelRequest#client} instead, so that the
     * calls end with the request.
     */
    ModelClient client();
}
