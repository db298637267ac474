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
import java.util.function.Consumer;
import java.util.function.UnaryOperator;

/** The calls for inference. Each prediction has a virtual thread of its own. */
final class InferenceApis extends InferenceAPIsServiceGrpc.InferenceAPIsServiceImplBase {
    private static final int OK = 200;

    private final TorchServe server;
    private final SlabPool memory;
    private final RequestBudget requests;

    InferenceApis(TorchServe server, SlabPool memory, RequestBudget requests) {
        this.server = server;
        this.memory = memory;
        this.requests = requests;
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
        start(message, observer, false);
    }

    @Override
    public void streamPredictions(PredictionsRequest message, StreamObserver<PredictionResponse> observer) {
        start(message, observer, true);
    }

    /** @param all whether all answers are sent, and not only the first */
    private void start(PredictionsRequest message, StreamObserver<PredictionResponse> observer, boolean all) {
        AtomicReference<Runnable> cancellation = new AtomicReference<>(() -> {});
        watch(observer, cancellation);
        Thread.ofVirtual().name("grpc-prediction").start(() -> {
            try {
                predict(message, cancellation, all, observer::onNext);
                observer.onCompleted();
            } catch (RuntimeException | Error e) {
                observer.onError(Statuses.of(e));
            }
        });
    }

    private static void watch(StreamObserver<?> observer, AtomicReference<Runnable> cancellation) {
        if (observer instanceof ServerCallStreamObserver<?> call) {
            call.setOnCancelHandler(() -> cancellation.get().run());
        }
    }

    /** Each message is answered before the next one is read; an error is a message, and the stream goes on. */
    @Override
    public StreamObserver<PredictionsRequest> streamPredictions2(StreamObserver<PredictionResponse> observer) {
        AtomicReference<Runnable> cancellation = new AtomicReference<>(() -> {});
        watch(observer, cancellation);
        ServerCallStreamObserver<PredictionResponse> call = (ServerCallStreamObserver<PredictionResponse>) observer;
        call.disableAutoRequest();
        call.request(1);
        return new StreamObserver<>() {
            // Guarded by this: whether a message is being answered, and whether the client has sent its last one.
            private boolean busy;
            private boolean over;

            // Of the messages that were answered.
            private final Set<Asked> sequences = ConcurrentHashMap.newKeySet();

            private void complete() {
                sequences.forEach(Asked::endSequence);
                observer.onCompleted();
            }

            @Override
            public void onNext(PredictionsRequest message) {
                synchronized (this) {
                    busy = true;
                }
                Thread.ofVirtual().name("grpc-prediction").start(() -> {
                    answer(message);
                    synchronized (this) {
                        busy = false;
                        if (over) {
                            complete();
                            return;
                        }
                    }
                    call.request(1);
                });
            }

            private void answer(PredictionsRequest message) {
                try {
                    sequences.add(predict(message, cancellation, true, observer::onNext));
                } catch (RuntimeException e) {
                    StatusRuntimeException status = Statuses.of(e);
                    if (!call.isCancelled()) {
                        observer.onNext(PredictionResponse.newBuilder()
                                .setStatus(Status.newBuilder()
                                        .setCode(status.getStatus().getCode().value())
                                        .setMessage(String.valueOf(
                                                status.getStatus().getDescription())))
                                .build());
                    }
                }
            }

            @Override
            public void onError(Throwable error) {
                cancellation.get().run();
            }

            @Override
            public void onCompleted() {
                synchronized (this) {
                    over = true;
                    if (busy) {
                        return;
                    }
                }
                complete();
            }
        };
    }

    /** The sequence that a message was of. */
    private record Asked(RegisteredVersion version, String sequence) {
        void endSequence() {
            version.endSequence(sequence);
        }
    }

    private Asked predict(
            PredictionsRequest message,
            AtomicReference<Runnable> cancellation,
            boolean all,
            Consumer<PredictionResponse> answers) {
        try (RequestBudget.Share share = requests.open()) {
            RegisteredVersion version = server.models().find(message.getModelName(), message.getModelVersion());
            TorchServeConfig.SequenceHeaders names = server.config().defaults().session();
            Prediction.Sequence sequence = Prediction.Sequence.of(
                    version,
                    Optional.of(message.getSequenceId()),
                    isTrue(message, names.start()),
                    isTrue(message, names.end()));
            Prediction.Asked asked = new Prediction.Asked(
                    version,
                    !message.getModelVersion().isEmpty(),
                    parts(message),
                    sequence,
                    server.config().limits().response());
            try (Prediction prediction = Prediction.of(asked, memory, share)) {
                PredictionRun call = new PredictionRun(prediction);
                cancellation.set(call::cancel);
                call.run(
                        Duration.ofSeconds(version.settings().responseTimeoutSeconds()),
                        RequestIds.next(),
                        UnaryOperator.identity(),
                        (body, _) -> {
                            answers.accept(response(body, prediction, sequence));
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
        PredictionResponse.Builder response =
                PredictionResponse.newBuilder().setPrediction(UnsafeByteOperations.unsafeWrap(body));
        if (prediction.isOfSequence()) {
            response.setSequenceId(sequence.id());
        }
        return response.build();
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
