package dev.nereid.server.grpc;

import dev.nereid.proto.inference.InferParameter;
import dev.nereid.proto.inference.ModelInferRequest;
import dev.nereid.proto.inference.ModelInferResponse;
import dev.nereid.proto.inference.ModelStreamInferResponse;
import dev.nereid.server.protocol.HeaderForwarding;
import dev.nereid.server.protocol.InferException;
import dev.nereid.server.protocol.InferRequest;
import dev.nereid.server.protocol.InferResponse;
import dev.nereid.server.protocol.RequestOrigin;
import dev.nereid.server.protocol.ResponseSink;
import dev.nereid.server.repository.Model;
import dev.nereid.server.repository.ModelRepository;
import dev.nereid.server.trace.FrontMoments;
import dev.nereid.server.trace.FrontTrace;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One ModelStreamInfer call. Each request starts as it arrives; answers of ordinary models leave in the order of their
 * requests, those of decoupled models as they come. A failed request does not end the stream, unless the client wants it
 * to: then the stream ends with the status of the first request that fails while it runs, and the others are cancelled.
 * When the server stops, requests that arrive later are left alone, and the stream ends with UNAVAILABLE.
 */
final class InferenceStream implements StreamObserver<ModelInferRequest>, OpenStreams.Stream {
    private static final Logger LOG = LoggerFactory.getLogger(InferenceStream.class);

    private static final String STOPPED =
            "Server is stopping: requests of this stream without an answer were not run; send them to another server";

    private static final String FINAL = "triton_final_response";

    private final ModelRepository repository;
    private final RequestReaders readers;
    private final List<HeaderForwarding.Header> headers;
    private final Optional<String> traceParent;
    private final RequestOrigin origin = CallMetadata.origin();
    private final CallMemory memory;
    private final boolean strict;
    private final Consumer<InferenceStream> gone;
    private final StreamObserver<ModelStreamInferResponse> observer;
    private final Set<InferRequest> running = ConcurrentHashMap.newKeySet();

    /**
     * Requests in order of arrival whose turn to answer has not passed, but for those that answer at any time. Guarded by this.
     */
    private final Deque<Turn> turns = new ArrayDeque<>();

    /** Requests that answer at any time and have not answered to the end. Guarded by this. */
    private int free;

    private boolean halfClosed;
    private boolean stopping;
    private boolean ended;

    /**
     * A stream without requests.
     *
     * @param strict whether the first error of a request that runs ends the stream with its status
     * @param gone is told when the stream has ended
     */
    InferenceStream(
            ModelRepository repository,
            RequestReaders readers,
            boolean strict,
            Consumer<InferenceStream> gone,
            StreamObserver<ModelStreamInferResponse> observer) {
        this.repository = repository;
        this.readers = readers;
        this.headers = readers.headers();
        this.traceParent = readers.traceParent();
        this.memory = CallMemory.current();
        this.strict = strict;
        this.gone = gone;
        this.observer = observer;
        if (observer instanceof ServerCallStreamObserver<ModelStreamInferResponse> call) {
            call.setOnCancelHandler(() -> {
                gone.accept(this);
                CallCancellation.cancel("ModelStreamInferHandler", running);
            });
        }
    }

    @Override
    public void onNext(ModelInferRequest message) {
        long received = System.nanoTime();
        LOG.debug("gRPC request: ModelStreamInfer of model '{}'", message.getModelName());
        Turn turn = new Turn();
        synchronized (this) {
            if (ended || stopping) {
                return;
            }
            turns.add(turn);
        }
        Model model;
        InferRequest request;
        RequestParameters parameters;
        try {
            model = repository.findForRequest(message.getModelName(), message.getModelVersion());
            if (model.decoupled()) {
                turn.free();
            }
            parameters = RequestParameters.of(message);
            request = readers.read(model, message, parameters, headers, memory, received);
            model = repository.route(model, request, origin);
        } catch (RuntimeException | Error e) {
            memory.requestRead(0);
            turn.finish(error(e, message.getId()));
            return;
        }
        running.add(request);
        if (hasEnded()) {
            // A failure on another thread ended the stream since, and did not see this request among those it
            // cancelled.
            request.cancel();
        }
        if (observer instanceof ServerCallStreamObserver<ModelStreamInferResponse> call) {
            request.answerWhile(call::isReady);
        }
        request.answerWithTheFirst();
        FrontTrace trace = readers.tracer().begin(request, FrontMoments.GRPC, traceParent);
        StreamSink sink =
                new StreamSink(model, request, message.getModelVersion(), parameters.emptyFinalResponse(), turn, trace);
        model.infer(request, trace.watch(sink));
    }

    private synchronized boolean hasEnded() {
        return ended;
    }

    @Override
    public void onError(Throwable error) {
        running.forEach(InferRequest::cancel);
    }

    @Override
    public void onCompleted() {
        synchronized (this) {
            halfClosed = true;
            endWhenAnswered();
        }
    }

    /** The server stops: takes no further requests, and ends the stream when those that came are answered. */
    @Override
    public void stop() {
        synchronized (this) {
            stopping = true;
            endWhenAnswered();
        }
    }

    private static ModelStreamInferResponse error(Throwable error, String id) {
        String text = GrpcErrors.asStatus(error).getStatus().getDescription();
        return ModelStreamInferResponse.newBuilder()
                .setErrorMessage(Objects.requireNonNullElse(text, error.toString()))
                .setInferResponse(ModelInferResponse.newBuilder().setId(id))
                .build();
    }

    /**
     * Sends what may be sent now that a request has answered: of a stream with many requests only those that are sent are
     * looked at. Guarded by this.
     */
    private void flush(Turn turn) {
        if (turn.isFree) {
            if (flushOne(turn) && turn.done) {
                free--;
            }
        } else {
            while (!turns.isEmpty() && flushOne(turns.getFirst()) && turns.getFirst().done) {
                turns.removeFirst();
            }
        }
        endWhenAnswered();
    }

    /** Sends the answers of a request whose turn it is; returns false if the stream has ended. Guarded by this. */
    private boolean flushOne(Turn turn) {
        if (ended) {
            return false;
        }
        turn.ready.forEach(observer::onNext);
        turn.ready.clear();
        if (turn.failure.isPresent()) {
            endWith(turn.failure.get());
        }
        return !ended;
    }

    /** Ends the stream if all that came has been answered. Guarded by this. */
    private void endWhenAnswered() {
        if (ended || !turns.isEmpty() || free > 0) {
            return;
        }
        if (halfClosed) {
            ended = true;
            observer.onCompleted();
            gone.accept(this);
        } else if (stopping) {
            endWith(InferException.unavailable(STOPPED));
        }
    }

    /** Ends the stream with an error; what still runs is of no use to anybody. Guarded by this. */
    private void endWith(InferException failure) {
        ended = true;
        turns.clear();
        observer.onError(GrpcErrors.status(failure).asRuntimeException());
        running.forEach(InferRequest::cancel);
        gone.accept(this);
    }

    /** The answers of one request that wait for their turn. */
    private final class Turn {
        private final List<ModelStreamInferResponse> ready = new ArrayList<>();
        private Optional<InferException> failure = Optional.empty();
        private boolean isFree;
        private boolean done;

        /** Lets this turn answer at any time. To be called before another request comes, and before it answers. */
        void free() {
            synchronized (InferenceStream.this) {
                turns.removeLastOccurrence(this); // the last one, unless a failure has ended the stream
                isFree = true;
                free++;
            }
        }

        void send(ModelStreamInferResponse response) {
            synchronized (InferenceStream.this) {
                ready.add(response);
                flush(this);
            }
        }

        void fail(InferException error) {
            synchronized (InferenceStream.this) {
                failure = Optional.of(error);
                done = true;
                flush(this);
            }
        }

        void finish(ModelStreamInferResponse... last) {
            synchronized (InferenceStream.this) {
                ready.addAll(List.of(last));
                done = true;
                flush(this);
            }
        }
    }

    /** Turns the answers of one request into stream messages. */
    private final class StreamSink implements ResponseSink {
        private final Model model;
        private final InferRequest request;
        private final String askedVersion;
        private final boolean emptyFinalResponse;
        private final Turn turn;
        private final FrontTrace trace;

        StreamSink(
                Model model,
                InferRequest request,
                String askedVersion,
                boolean emptyFinalResponse,
                Turn turn,
                FrontTrace trace) {
            this.model = model;
            this.request = request;
            this.askedVersion = askedVersion;
            this.emptyFinalResponse = emptyFinalResponse;
            this.turn = turn;
            this.trace = trace;
        }

        @Override
        public void respond(InferResponse response, boolean last) {
            ModelStreamInferResponse answer;
            try {
                answer = message(response, last);
            } catch (RuntimeException | Error e) {
                failWith(GrpcErrors.asFailure(e), last);
                return;
            }
            if (last) {
                finish(answer);
            } else {
                trace.sendStart();
                turn.send(answer);
                trace.sendEnd();
            }
        }

        private ModelStreamInferResponse message(InferResponse response, boolean last) {
            try (response) {
                return ModelStreamInferResponse.newBuilder()
                        .setInferResponse(ResponseWriter.write(model, request, response, memory)
                                .putParameters(FINAL, bool(last)))
                        .build();
            }
        }

        private void failWith(InferException failure, boolean last) {
            if (last) {
                fail(failure);
            } else {
                failOne(failure);
            }
        }

        /** Sends the last there is to send. */
        private void finish(ModelStreamInferResponse... last) {
            try (trace) {
                release();
                trace.sendStart();
                turn.finish(last);
                trace.sendEnd();
            }
        }

        private void release() {
            running.remove(request);
            request.close();
        }

        @Override
        public void failOne(InferException failure) {
            trace.sendStart();
            if (strict) {
                turn.fail(failure);
            } else {
                turn.send(failed(failure, false));
            }
            trace.sendEnd();
        }

        private ModelStreamInferResponse failed(InferException failure, boolean last) {
            return ModelStreamInferResponse.newBuilder()
                    .setErrorMessage(failure.text())
                    .setInferResponse(ModelInferResponse.newBuilder()
                            .setId(request.header().id())
                            .setModelName(model.name())
                            .setModelVersion(askedVersion)
                            .putParameters(FINAL, bool(last)))
                    .build();
        }

        @Override
        public void fail(InferException failure) {
            if (strict) {
                try (trace) {
                    release();
                    trace.sendStart();
                    turn.fail(failure);
                    trace.sendEnd();
                }
                return;
            }
            finish(failed(failure, true));
        }

        @Override
        public void end() {
            if (emptyFinalResponse) {
                finish(ModelStreamInferResponse.newBuilder()
                        .setInferResponse(ModelInferResponse.newBuilder()
                                .setId(request.header().id())
                                .setModelName(model.name())
                                .setModelVersion(askedVersion)
                                .putParameters(FINAL, bool(true)))
                        .build());
            } else {
                finish();
            }
        }

        private static InferParameter bool(boolean value) {
            return InferParameter.newBuilder().setBoolParam(value).build();
        }
    }
}
