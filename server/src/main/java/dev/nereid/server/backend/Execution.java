package dev.nereid.server.backend;

import dev.nereid.server.protocol.InferException;
import dev.nereid.server.protocol.InferRequest;
import dev.nereid.server.protocol.InferResponse;
import dev.nereid.server.protocol.InputTensor;
import dev.nereid.tensor.Tensor;
import java.util.List;
import java.util.Optional;

/** One request within a batch, as its backend sees it. The scheduler implements it and keeps the statistics. */
public interface Execution {
    /** What the client sent. */
    InferRequest request();

    /**
     * A tensor for the model: the client's, or one that the scheduler adds, such as the controls and states of a
     * sequence. An added one is good until the request is answered, so a response must not show it.
     */
    default Optional<Tensor> input(String name) {
        return request().input(name).map(InputTensor::tensor);
    }

    /** Whether {@link #input} comes from the scheduler. */
    default boolean isAdded(String name) {
        return false;
    }

    /** The states that the model must write, in the config's order; none where nobody keeps them. */
    default List<ImplicitState> states() {
        return List.of();
    }

    /** The stages that a backend reports for its whole batch, for the statistics. */
    enum Stage {
        INPUT_DONE,
        INFER_DONE
    }

    /** Reports that the batch has reached a stage now. */
    void stage(Stage stage);

    /** Hands one response over; see {@link dev.nereid.server.protocol.ResponseSink#respond}. */
    void respond(InferResponse response, boolean last);

    /** Hands an error over in a response's place; see {@link dev.nereid.server.protocol.ResponseSink#failOne}. */
    void failOne(InferException error);

    /** Says that a response was made that nobody is sent: it counts as an empty one. Only for decoupled models. */
    default void leaveOut() {}

    void fail(InferException error);

    /** Answers with an error that counts as a success: of a backend that did what it should. */
    default void succeedWith(InferException error) {
        fail(error);
    }

    /** Says that no more responses follow, without one of its own. Only for decoupled models. */
    void end();

    /**
     * Gives the request back to be run again in a later batch, in place of its last answer: a step of an iterative
     * sequence.
     *
     * @throws InferException if the model's config has no iterative sequences
     */
    default void reschedule() {
        throw InferException.invalid(
                "Request is released with TRITONSERVER_REQUEST_RELEASE_RESCHEDULE, while the model "
                        + "is not configured to handle such a flag.");
    }
}
