package dev.nereid.server.model;

import dev.nereid.server.protocol.InferException;
import dev.nereid.server.protocol.Parameter;
import dev.nereid.tensor.Tensor;
import java.util.List;
import java.util.Map;

/**
 * A response of another model. Its tensors are views of that model's memory, which it gets back when the answer is closed:
 * by whoever asked, or at the latest when the request is answered that the call was made for, or the instance is closed. Any
 * thread.
 */
public interface Answer extends AutoCloseable {
    String modelName();

    String modelVersion();

    /** In the other model's order. */
    List<String> outputNames();

    /**
     * An output. Not after {@link #close}.
     *
     * @throws InferException with code INVALID_ARG if the answer does not have it
     */
    Tensor output(String name);

    /** What the other model said beside its outputs. */
    Map<String, Parameter> parameters();

    /** Gives the memory back; once is enough, twice is harmless. */
    @Override
    void close();
}
