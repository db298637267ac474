package dev.nereid.bench.perf.model;

import java.util.List;

/**
 * What a load needs of a server beside inference. Calls wait for the answer.
 *
 * <p>All methods throw {@link ServerException} where the server cannot be reached or answers with an error.
 */
public interface ServerApi extends AutoCloseable {
    /** Describes a model; an empty version leaves the choice to the server. */
    ModelContract contract(String model, String version);

    /** Whether the server keeps statistics. */
    boolean hasStatistics();

    /** The counts of the model's versions that are loaded, or of the one version. */
    List<ModelStatistics> statistics(String model, String version);

    @Override
    void close();
}
