package dev.nereid.server.torchserve.grpc;

import com.google.protobuf.ByteString;
import com.google.protobuf.Empty;
import com.google.protobuf.UnsafeByteOperations;
import dev.nereid.memory.SlabPool;
import dev.nereid.proto.torchserve.InferenceAPIsServiceGrpc;
import dev.nereid.proto.torchserve.PredictionResponse;
import dev.nereid.proto.torchserve.PredictionsRequest;
import dev.nereid.proto.torchserve.Status;
import dev.nereid.proto.torchserve.TorchServeHealthResponse;
import dev.nereid.server.grpc.Calls;
import dev.nereid.server.grpc.OpenStreams;
import dev.nereid.server.protocol.RequestBudget;
import dev.nereid.server.torchserve.Prediction;
import dev.nereid.server.torchserve.PredictionRun;
import dev.nereid.server.torchserve.RegisteredVersion;
import dev.nereid.server.torchserve.RequestIds;
import dev.nereid.server.torchserve.TorchServe;
import dev.nereid.server.torchserve.TorchServeConfig;
import dev.nereid.server.torchserve.TorchServeException;
import dev.nereid.server.torchserve.TorchServeException.Kind;
import dev.nereid.server.torchserve.handler.RequestPart;
import io.grpc.StatusRuntimeException;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.UnaryOperator;

/** The calls for inference. A prediction that is more than little work has a virtual thread of its own. */
final class InferenceApis extends InferenceAPIsServiceGrpc.InferenceAPIsServiceImplBase {
    static final int OK = 200;

    private static final io.grpc.Status STOPPED = io.grpc.Status.UNAVAILABLE.withDescription(
            "the server is stopping: send what has no answer to another server");

    private final TorchServe server;
    private final SlabPool memory;
    private final RequestBudget requests;
    private final OpenStreams streams;

    InferenceApis(TorchServe server, SlabPool memory, RequestBudget requests, OpenStreams streams) {
        this.server = server;
        this.memory = memory;
        this.requests = requests;
        this.streams = streams;
    }

    @Override
    public void ping(Empty message, StreamObserver<TorchServeHealthResponse> observer) {
        Calls.answer(
                observer,
                () -> TorchServeHealthResponse.newBuilder()
                        .setHealth(new String(server.management().ping().document(), StandardCharsets.UTF_8))
                        .build());
    }

    @Override
    public void predictions(PredictionsRequest message, StreamObserver<PredictionResponse> observer) {
        Prediction.Asked asked;
        try {
            RegisteredVersion version = server.models().find(message.getModelName(), message.getModelVersion());
            if (!version.isLittleWork() || message.getSerializedSize() > UnaryPrediction.MOST_BYTES) {
                start(message, observer, false);
                return;
            }
            asked = asked(message, version, Prediction.Sequence.NONE);
        } catch (TorchServeException e) {
            server.metrics().count(e.kind().status());
            observer.onError(Statuses.of(e).asRuntimeException());
            return;
        }
        UnaryPrediction.start(
                asked, memory, requests.open(), server.metrics(), (ServerCallStreamObserver<PredictionResponse>)
                        observer);
    }

    private Prediction.Asked asked(
            PredictionsRequest message, RegisteredVersion version, Prediction.Sequence sequence) {
        return new Prediction.Asked(
                version,
                !message.getModelVersion().isEmpty(),
                parts(message),
                sequence,
                server.config().limits().response());
    }

    @Override
    public void streamPredictions(PredictionsRequest message, StreamObserver<PredictionResponse> observer) {
        start(message, observer, true);
    }

    /** @param all whether all answers are sent, and not only the first */
    private void start(PredictionsRequest message, StreamObserver<PredictionResponse> observer, boolean all) {
        Call call = new Call((ServerCallStreamObserver<PredictionResponse>) observer);
        Thread.ofVirtual().name("grpc-prediction").start(() -> {
            try {
                predict(message, call, all);
                observer.onCompleted();
            } catch (RuntimeException | Error e) {
                observer.onError(Statuses.of(e));
            }
        });
    }

    /** A call with the prediction that runs for it, if any: that is cancelled with the call, however early this is. */
    private record Call(ServerCallStreamObserver<PredictionResponse> observer, AtomicReference<PredictionRun> running) {
        Call(ServerCallStreamObserver<PredictionResponse> observer) {
            this(observer, new AtomicReference<>());
            observer.setOnCancelHandler(this::cancel);
        }

        private void cancel() {
            PredictionRun run = running.get();
            if (run != null) {
                run.cancel();
            }
        }

        void running(PredictionRun run) {
            running.set(run);
            if (observer.isCancelled()) { // set before the handler is called, which may have been before
                run.cancel();
            }
        }
    }

    @Override
    public StreamObserver<PredictionsRequest> streamPredictions2(StreamObserver<PredictionResponse> observer) {
        Call call = new Call((ServerCallStreamObserver<PredictionResponse>) observer);
        call.observer().disableAutoRequest();
        call.observer().request(1);
        RequestStream stream = new RequestStream(call);
        streams.add(stream);
        return stream;
    }

    /** Each message is answered before the next one is read; an error is a message, and the stream goes on. */
    private final class RequestStream implements StreamObserver<PredictionsRequest>, OpenStreams.Stream {
        private final Call call;

        // Guarded by this: whether a message is being answered, the client sends no more, the server stops, all is
        // over.
        private boolean busy;
        private boolean over;
        private boolean stopping;
        private boolean ended;

        // Of the messages that were answered.
        private final Set<Asked> sequences = ConcurrentHashMap.newKeySet();

        RequestStream(Call call) {
            this.call = call;
        }

        @Override
        public void onNext(PredictionsRequest message) {
            synchronized (this) {
                if (ended) {
                    return;
                }
                busy = true;
            }
            Thread.ofVirtual().name("grpc-prediction").start(() -> {
                answer(message);
                synchronized (this) {
                    busy = false;
                    endWhenAnswered();
                    if (ended) {
                        return;
                    }
                }
                call.observer().request(1);
            });
        }

        private void answer(PredictionsRequest message) {
            try {
                sequences.add(predict(message, call, true));
            } catch (RuntimeException e) {
                StatusRuntimeException status = Statuses.of(e);
                if (!call.observer().isCancelled()) {
                    call.observer()
                            .onNext(PredictionResponse.newBuilder()
                                    .setStatus(Status.newBuilder()
                                            .setCode(
                                                    status.getStatus().getCode().value())
                                            .setMessage(String.valueOf(
                                                    status.getStatus().getDescription())))
                                    .build());
                }
            }
        }

        /** The client has gone; the handler of the call has cancelled what runs. */
        @Override
        public void onError(Throwable error) {
            onCompleted();
        }

        @Override
        public synchronized void onCompleted() {
            over = true;
            endWhenAnswered();
        }

        @Override
        public synchronized void stop() {
            stopping = true;
            endWhenAnswered();
        }

        /** Guarded by this. */
        private void endWhenAnswered() {
            if (ended || busy || !(over || stopping)) {
                return;
            }
            ended = true;
            streams.remove(this);
            sequences.forEach(Asked::endSequence);
            if (call.observer().isCancelled()) {
                return;
            }
            if (over) {
                call.observer().onCompleted();
            } else {
                call.observer().onError(STOPPED.asRuntimeException());
            }
        }
    }

    /** The sequence that a message was of. */
    private record Asked(RegisteredVersion version, String sequence) {
        void endSequence() {
            version.endSequence(sequence);
        }
    }

    private Asked predict(PredictionsRequest message, Call call, boolean all) {
        try (RequestBudget.Share share = requests.open()) {
            RegisteredVersion version = server.models().find(message.getModelName(), message.getModelVersion());
            TorchServeConfig.SequenceHeaders names = server.config().defaults().session();
            Prediction.Sequence sequence = Prediction.Sequence.of(
                    version,
                    Optional.of(message.getSequenceId()),
                    isTrue(message, names.start()),
                    isTrue(message, names.end()));
            try (Prediction prediction = Prediction.of(asked(message, version, sequence), memory, share)) {
                PredictionRun run = new PredictionRun(prediction, call.observer()::isReady);
                call.running(run);
                run.run(
                        Duration.ofSeconds(version.settings().responseTimeoutSeconds()),
                        RequestIds.next(),
                        UnaryOperator.identity(),
                        (body, _) -> {
                            call.observer().onNext(response(body, prediction, sequence));
                            return all;
                        });
            }
            server.metrics().count(OK);
            return new Asked(version, sequence.id());
        } catch (TorchServeException e) {
            server.metrics().count(e.kind().status());
            throw e;
        } catch (StatusRuntimeException | IllegalStateException e) {
            // The client went away.
            CancellationException gone = new CancellationException("the call was cancelled");
            gone.initCause(e);
            throw gone;
        }
    }

    /** What REST has as headers may be among the inputs. */
    private static boolean isTrue(PredictionsRequest message, String name) {
        ByteString value = message.getInputMap().get(name);
        return value != null && value.size() <= 4 && value.toStringUtf8().equalsIgnoreCase("true");
    }

    private static PredictionResponse response(byte[] body, Prediction prediction, Prediction.Sequence sequence) {
        PredictionResponse response = response(body);
        return prediction.isOfSequence()
                ? response.toBuilder().setSequenceId(sequence.id()).build()
                : response;
    }

    /** @param body not changed any more */
    static PredictionResponse response(byte[] body) {
        return PredictionResponse.newBuilder()
                .setPrediction(UnsafeByteOperations.unsafeWrap(body))
                .build();
    }

    /** The values of the message's map, whose content types nobody tells. */
    private Map<String, RequestPart> parts(PredictionsRequest message) {
        int most = server.config().limits().request();
        long bytes = 0;
        Map<String, RequestPart> parts = new HashMap<>();
        for (Map.Entry<String, ByteString> input : message.getInputMap().entrySet()) {
            bytes += input.getValue().size();
            if (bytes > most) {
                throw new TorchServeException(
                        Kind.TOO_LARGE, "the inputs exceed max_request_size of " + most + " bytes");
            }
            parts.put(input.getKey(), new RequestPart(input.getValue().toByteArray(), ""));
        }
        return parts;
    }
}
