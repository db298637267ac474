package dev.nereid.server.schedule.ensemble;

import dev.nereid.proto.inference.ModelConfig;
import dev.nereid.server.protocol.InferRequest;
import dev.nereid.server.protocol.ResponseSink;

/**
 * A model version that a running request of an ensemble, or of another model's code, uses. It takes what is asked for that
 * request's sake until it is closed, even if it is unloaded meanwhile. Any thread.
 */
public interface StepModel extends AutoCloseable {
    /** The config as it is served. */
    ModelConfig config();

    /** Takes a step's request; refusals and errors go to the sink too. */
    void infer(InferRequest request, ResponseSink sink);

    /** Lets the version go. Returns at once. */
    @Override
    void close();
}
