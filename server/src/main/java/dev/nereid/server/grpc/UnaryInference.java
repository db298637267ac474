package dev.nereid.server.grpc;

import dev.nereid.proto.inference.ModelInferRequest;
import dev.nereid.proto.inference.ModelInferResponse;
import dev.nereid.server.protocol.InferException;
import dev.nereid.server.protocol.InferRequest;
import dev.nereid.server.protocol.InferResponse;
import dev.nereid.server.repository.Model;
import dev.nereid.server.repository.ModelRepository;
import io.grpc.stub.StreamObserver;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A ModelInfer message as a request.
 *
 * @param memory what the call holds of the heap
 */
record UnaryInference(Model model, InferRequest request, CallMemory memory)
        implements UnaryCall.Decoded<ModelInferResponse> {
    private static final Logger LOG = LoggerFactory.getLogger(UnaryInference.class);

    private static final String DECOUPLED = "ModelInfer RPC doesn't support models with decoupled transaction policy";

    /** Answers a call. */
    static void start(
            ModelRepository repository,
            RequestReaders readers,
            ModelInferRequest message,
            StreamObserver<ModelInferResponse> observer) {
        long received = System.nanoTime();
        LOG.debug("gRPC request: ModelInfer of model '{}'", message.getModelName());
        new UnaryCall<>("ModelInferHandler", readers.tracer(), observer)
                .start(() -> read(repository, readers, message, received));
    }

    private static UnaryInference read(
            ModelRepository repository, RequestReaders readers, ModelInferRequest message, long received) {
        CallMemory memory = CallMemory.current();
        Model model = repository.findForRequest(message.getModelName(), message.getModelVersion());
        if (model.decoupled()) {
            throw InferException.unsupported(DECOUPLED);
        }
        InferRequest request =
                readers.read(model, message, RequestParameters.of(message), readers.headers(), memory, received);
        return new UnaryInference(repository.route(model, request, CallMetadata.origin()), request, memory);
    }

    @Override
    public ModelInferResponse answer(InferResponse response) {
        return ResponseWriter.write(model, request, response, memory).build();
    }
}
