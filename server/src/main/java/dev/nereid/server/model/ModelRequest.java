package dev.nereid.server.model;

import dev.nereid.server.protocol.CorrelationId;
import dev.nereid.server.protocol.InferException;
import dev.nereid.server.protocol.Parameter;
import dev.nereid.tensor.DataType;
import dev.nereid.tensor.Shape;
import dev.nereid.tensor.Tensor;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * One request to a model, and the way to answer it. Its tensors are views of memory that the server takes back with the last
 * answer: nothing of the request may be read after {@link #respond}, {@link #fail}, {@link #end} or {@link #reschedule}. Any
 * thread may call it, also several.
 */
public interface ModelRequest {
    /** Empty where the client gave none. */
    String id();

    /** {@link CorrelationId#NONE} outside of sequences. */
    CorrelationId correlationId();

    boolean sequenceStart();

    boolean sequenceEnd();

    /** 0 for the model's default. */
    long priority();

    /** What the client said beside that; parameters with a meaning of their own are not among these. */
    Map<String, Parameter> parameters();

    /** How much of the client's timeout is left, not negative; empty where it gave none. */
    Optional<Duration> timeLeft();

    /** Whether nobody waits for the answer any more. Calls of {@link #client} end by themselves then. */
    boolean cancelled();

    /** The inputs that the client sent, in its order. */
    List<String> inputNames();

    /**
     * An input, or a control of the sequence batcher, in the shape behind the config's {@code reshape}; empty for an optional
     * one that was left out.
     */
    Optional<Tensor> findInput(String name);

    /**
     * An input that must be there.
     *
     * @throws InferException with code INVALID_ARG if it is not
     */
    Tensor input(String name);

    /** Whether the client wants an output: it named it, or none at all. What it does not want is left out of the answer. */
    boolean wants(String output);

    /**
     * A tensor in memory of the request, whose content is undefined. It lives until the request is answered; a response that
     * it is an output of takes it over without a copy, and it must not be touched from then on.
     *
     * @param dataType not STRING, whose elements lie on the heap
     */
    Tensor allocate(DataType dataType, Shape shape);

    /** Asks other models for this request's sake: cancelled with it, and part of its trace. */
    ModelClient client();

    /**
     * Answers the request; for a decoupled model this is the last response.
     *
     * @throws InferException if an output is none of the config's or has another datatype; the request is not answered then
     * @throws IllegalStateException if the request is answered
     */
    void respond(ModelResponse response);

    /** Answers the request by an error. */
    void fail(InferException error);

    /** One response of several; see {@link #respond}. Only of a decoupled model. */
    void send(ModelResponse response);

    /** An error in the place of one response of several. Only of a decoupled model. */
    void sendError(InferException error);

    /** No more responses. Only of a decoupled model. */
    void end();

    /** Whether the client keeps up with what it was sent; a model with many responses waits while it does not. */
    boolean hasRoom();

    /**
     * Gives the request back to be executed again in a later batch: a step of an iterative sequence.
     *
     * @throws InferException if the config has no iterative sequences
     */
    void reschedule();
}
