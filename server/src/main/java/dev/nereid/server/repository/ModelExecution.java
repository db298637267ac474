package dev.nereid.server.repository;

import dev.nereid.proto.inference.ModelConfig;
import dev.nereid.server.backend.BackendModel;
import dev.nereid.server.protocol.InferRequest;
import java.util.List;

/** What executes a loaded version of a model, and what is asked of it beside requests. Any thread. */
interface ModelExecution {
    /** What its backend counts at the moment. */
    List<BackendModel.Counter> counters();

    /** Bytes of native memory that it holds. */
    long memoryBytes();

    /** Brings the instances in line with a config that differs in nothing else. One call at a time. */
    void update(ModelConfig config);

    /** Ends what the instances run as soon as they can. */
    void cancelRuns();

    /** Whether a request that suits the config would be answered. Goes beside scheduler and statistics. */
    boolean answers(InferRequest request);

    /** Is shown every request that suits the model. */
    void record(InferRequest request);

    /** Closes scheduler, instances and weights. Called once, after the last response was closed. */
    void close();
}
