package dev.nereid.server.backend;

import dev.nereid.tensor.Tensor;

/**
 * One state that the server keeps of a sequence for a model that has none of its own: what one request writes is an
 * input of the sequence's next one. Used by the thread that executes the request, until the request is answered.
 */
public interface ImplicitState {
    /** The model's output that becomes the state. */
    String outputName();

    /**
     * Copies what the model gave. It becomes the state with {@link #update}, or at once where the config wants one buffer
     * for both ({@code use_same_buffer_for_input_output}).
     *
     * @param value of the state's datatype; its shape becomes the state's shape
     */
    void write(Tensor value);

    /** Makes what was written the input of the sequence's next request. Only after an execution that succeeded. */
    void update();
}
