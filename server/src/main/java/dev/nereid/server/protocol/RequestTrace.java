package dev.nereid.server.protocol;

import dev.nereid.tensor.Tensor;
import java.util.List;
import java.util.Optional;

/** What is noted of one request that was chosen to be traced. Travels with the request. Any thread; must not block. */
public interface RequestTrace {
    /** The moments of a request, in the words of Triton's traces. */
    enum Moment {
        HTTP_RECV_START,
        HTTP_RECV_END,
        GRPC_WAITREAD_START,
        GRPC_WAITREAD_END,
        /** The model takes the request. */
        REQUEST_START,
        /** It arrives at its scheduler. */
        QUEUE_START,
        /** The response cache is asked for the answer that it has. */
        CACHE_HIT_LOOKUP_START,
        CACHE_HIT_LOOKUP_END,
        /** The batch starts that it is in. */
        COMPUTE_START,
        COMPUTE_INPUT_END,
        /** Something that a backend names itself. */
        CUSTOM_ACTIVITY,
        COMPUTE_OUTPUT_START,
        COMPUTE_END,
        /** A response is with the front. */
        INFER_RESPONSE_COMPLETE,
        HTTP_SEND_START,
        HTTP_SEND_END,
        GRPC_SEND_START,
        GRPC_SEND_END,
        /** The memory of the request is given back. */
        REQUEST_END
    }

    /** Where tensors are looked at. */
    enum Activity {
        TENSOR_QUEUE_INPUT,
        TENSOR_BACKEND_INPUT,
        TENSOR_BACKEND_OUTPUT
    }

    /**
     * How the execution came about that a request was in.
     *
     * @param batchSize of the batch, padding included
     * @param closedBy why the batch was not larger
     * @param instance the name of the instance that executed it
     */
    record Execution(long batchSize, String closedBy, String instance) {}

    /** Says which version of which model has taken the request. */
    void takenBy(String model, long version);

    /**
     * Notes when something happened.
     *
     * @param nanos {@link System#nanoTime}
     */
    void at(Moment moment, long nanos);

    /** Says how the request's execution came about; the last time counts. */
    void executedIn(Execution execution);

    /**
     * Notes when something happened within a backend.
     *
     * @param name {@code X_START} and {@code X_END} are the ends of a span {@code X}, others are moments
     * @param nanos {@link System#nanoTime}
     */
    void activity(String name, long nanos);

    /** Whether tensors are noted too. */
    boolean wantsTensors();

    /** Notes a tensor as it is now. */
    void tensor(Activity activity, String name, Tensor tensor);

    /** The trace of a request that is made for this one's sake; empty where there are too many of them. */
    Optional<RequestTrace> step(InferRequest.Header header);

    /** Ends this trace, with {@link Moment#REQUEST_END}. */
    void end(long nanos);

    /** Notes the inputs of a request if tensors are wanted. */
    default void inputs(Activity activity, List<InputTensor> inputs) {
        if (wantsTensors()) {
            inputs.forEach(input -> tensor(activity, input.name(), input.tensor()));
        }
    }

    /** Notes the outputs of a response if tensors are wanted. */
    default void outputs(InferResponse response) {
        if (wantsTensors()) {
            response.outputs()
                    .forEach(output -> tensor(Activity.TENSOR_BACKEND_OUTPUT, output.name(), output.tensor()));
        }
    }
}
