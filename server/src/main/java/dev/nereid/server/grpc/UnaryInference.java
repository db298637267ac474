package dev.nereid.server.grpc;

import dev.nereid.proto.inference.ModelInferRequest;
import dev.nereid.proto.inference.ModelInferResponse;
import dev.nereid.server.protocol.InferException;
import dev.nereid.server.protocol.InferRequest;
import dev.nereid.server.protocol.InferResponse;
import dev.nereid.server.protocol.ResponseSink;
import dev.nereid.server.repository.Model;
import dev.nereid.server.repository.ModelRepository;
import dev.nereid.server.trace.FrontMoments;
import dev.nereid.server.trace.FrontTrace;
import io.grpc.StatusRuntimeException;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** One ModelInfer call: decoded on the event loop, answered by whichever thread completes it. */
final class UnaryInference {
    private static final Logger LOG = LoggerFactory.getLogger(UnaryInference.class);

    private static final String DECOUPLED = "ModelInfer RPC doesn't support models with decoupled transaction policy";

    private final ModelRepository repository;
    private final RequestReaders readers;
    private final StreamObserver<ModelInferResponse> observer;

    UnaryInference(ModelRepository repository, RequestReaders readers, StreamObserver<ModelInferResponse> observer) {
        this.repository = repository;
        this.readers = readers;
        this.observer = observer;
    }

    void start(ModelInferRequest message) {
        long received = System.nanoTime();
        LOG.debug("gRPC request: ModelInfer of model '{}'", message.getModelName());
        CallMemory memory = CallMemory.current();
        Model model;
        InferRequest request;
        try {
            model = repository.find(message.getModelName(), message.getModelVersion());
            if (model.decoupled()) {
                throw InferException.unsupported(DECOUPLED);
            }
            request = readers.read(model, message, RequestParameters.of(message), readers.headers(), memory, received);
        } catch (RuntimeException | Error e) {
            observer.onError(GrpcErrors.asStatus(e));
            return;
        }
        if (observer instanceof ServerCallStreamObserver<ModelInferResponse> call) {
            call.setOnCancelHandler(() -> CallCancellation.cancel("ModelInferHandler", List.of(request)));
        }
        FrontTrace trace = readers.tracer().begin(request, FrontMoments.GRPC, readers.traceParent());
        model.infer(request, trace.watch(new Answer(model, request, memory, trace)));
    }

    /** Sends the one response and frees the request. */
    private final class Answer implements ResponseSink {
        private final Model model;
        private final InferRequest request;
        private final CallMemory memory;
        private final FrontTrace trace;

        Answer(Model model, InferRequest request, CallMemory memory, FrontTrace trace) {
            this.memory = memory;
            this.model = model;
            this.request = request;
            this.trace = trace;
        }

        @Override
        public void respond(InferResponse response, boolean last) {
            ModelInferResponse message;
            try (response) {
                message = ResponseWriter.write(model, request, response, memory).build();
            } catch (RuntimeException | Error e) {
                fail(GrpcErrors.asStatus(e));
                return;
            }
            try (trace) {
                request.close();
                trace.sendStart();
                observer.onNext(message);
                observer.onCompleted();
                trace.sendEnd();
            }
        }

        @Override
        public void fail(InferException error) {
            fail(GrpcErrors.status(error).asRuntimeException());
        }

        private void fail(StatusRuntimeException status) {
            try (trace) {
                request.close();
                trace.sendStart();
                observer.onError(status);
                trace.sendEnd();
            }
        }

        @Override
        public void end() {
            fail(InferException.internal("expected a single response, got 0"));
        }
    }
}
