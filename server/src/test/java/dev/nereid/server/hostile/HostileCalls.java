package dev.nereid.server.hostile;

import com.google.protobuf.ByteString;
import dev.nereid.proto.inference.GRPCInferenceServiceGrpc;
import dev.nereid.proto.inference.ModelInferRequest;
import dev.nereid.proto.inference.ModelInferResponse;
import dev.nereid.proto.inference.ModelStreamInferResponse;
import dev.nereid.server.grpc.RawMarshaller;
import io.grpc.CallOptions;
import io.grpc.ManagedChannel;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.netty.shaded.io.grpc.netty.NettyChannelBuilder;
import io.grpc.stub.ClientCallStreamObserver;
import io.grpc.stub.ClientCalls;
import io.grpc.stub.ClientResponseObserver;
import io.grpc.stub.MetadataUtils;
import io.grpc.stub.StreamObserver;
import java.io.IOException;
import java.net.SocketTimeoutException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/** Clients of the gRPC front that misbehave, each in a way of its own and on a connection of its own. */
final class HostileCalls {
    private static final long PATIENCE_SECONDS = 60;

    /** More than any message may inflate to. */
    private static final int BOMB_BYTES = 66 << 20;

    private static final String PREFACE = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

    private static final MethodDescriptor.Marshaller<byte[]> BYTES = new RawMarshaller();

    private final int port;

    HostileCalls(int port) {
        this.port = port;
    }

    /** One visit; what it throws is a fault of the server. */
    interface Visit {
        void pay(ManagedChannel channel, Random random) throws InterruptedException;
    }

    Map<String, Visit> visits() {
        Map<String, Visit> visits = new LinkedHashMap<>();
        visits.put("cancels in storms", HostileCalls::cancelStorm);
        visits.put("cancels streams", HostileCalls::cancelStream);
        visits.put("never reads a stream", HostileCalls::neverRead);
        visits.put("hangs up a stream", HostileCalls::hangUp);
        visits.put("sends junk messages", HostileCalls::junkMessage);
        visits.put("sends a bomb of a message", HostileCalls::bomb);
        visits.put("sends long metadata", HostileCalls::longMetadata);
        visits.put("has no time", HostileCalls::shortDeadlines);
        visits.put("speaks no gRPC", this::junkBytes);
        visits.put("begins calls and no message", this::beginCalls);
        visits.put("resets calls", this::resetCalls);
        visits.put("sends half of a frame", this::halfFrame);
        return visits;
    }

    void visit(Visit visit, Random random) throws InterruptedException {
        ManagedChannel channel = channel(port);
        try {
            visit.pay(channel, random);
        } finally {
            channel.shutdownNow();
            channel.awaitTermination(PATIENCE_SECONDS, TimeUnit.SECONDS);
        }
    }

    static ManagedChannel channel(int port) {
        return NettyChannelBuilder.forAddress("127.0.0.1", port)
                .usePlaintext()
                .maxInboundMessageSize(Integer.MAX_VALUE)
                .build();
    }

    static ModelInferRequest request(String model, int[] numbers) {
        ModelInferRequest.Builder request = ModelInferRequest.newBuilder().setModelName(model);
        request.addInputsBuilder()
                .setName("INPUT0")
                .setDatatype("INT32")
                .addShape(1)
                .addShape(numbers.length);
        return request.addRawInputContents(ByteString.copyFrom(Wire.bytes(numbers)))
                .build();
    }

    private static GRPCInferenceServiceGrpc.GRPCInferenceServiceBlockingStub blocking(ManagedChannel channel) {
        return GRPCInferenceServiceGrpc.newBlockingStub(channel).withDeadlineAfter(PATIENCE_SECONDS, TimeUnit.SECONDS);
    }

    private static void cancelStorm(ManagedChannel channel, Random random) {
        List<Future<ModelInferResponse>> calls = new ArrayList<>();
        for (int i = 0; i < 60; i++) {
            calls.add(GRPCInferenceServiceGrpc.newFutureStub(channel)
                    .modelInfer(request(random.nextBoolean() ? "slow" : "echo", Wire.numbers(random, 50))));
            if (random.nextInt(3) == 0) {
                calls.get(random.nextInt(calls.size())).cancel(true);
            }
        }
        LockSupport.parkNanos(random.nextInt(20_000_000));
        calls.forEach(call -> call.cancel(true));
    }

    /** Takes no answer, and says nothing when the call ends. */
    private static class Deaf implements ClientResponseObserver<ModelInferRequest, ModelStreamInferResponse> {
        @Override
        public void beforeStart(ClientCallStreamObserver<ModelInferRequest> call) {}

        @Override
        public void onNext(ModelStreamInferResponse answer) {}

        @Override
        public void onError(Throwable error) {}

        @Override
        public void onCompleted() {}
    }

    private static void cancelStream(ManagedChannel channel, Random random) {
        StreamObserver<ModelInferRequest> call =
                GRPCInferenceServiceGrpc.newStub(channel).modelStreamInfer(new Deaf());
        for (int i = random.nextInt(40); i >= 0; i--) {
            call.onNext(request(random.nextInt(4) == 0 ? "slow" : "echo", Wire.numbers(random, 100)));
        }
        LockSupport.parkNanos(random.nextInt(10_000_000));
        call.onError(Status.CANCELLED.asRuntimeException());
    }

    /** Sends while the connection takes it, and asks for none of the answers. */
    private static void neverRead(ManagedChannel channel, Random random) throws InterruptedException {
        StreamObserver<ModelInferRequest> call = GRPCInferenceServiceGrpc.newStub(channel)
                .modelStreamInfer(new Deaf() {
                    @Override
                    public void beforeStart(ClientCallStreamObserver<ModelInferRequest> started) {
                        started.disableAutoRequestWithInitial(0);
                    }
                });
        ClientCallStreamObserver<ModelInferRequest> pace = (ClientCallStreamObserver<ModelInferRequest>) call;
        ModelInferRequest large = request("echo", Wire.numbers(random, 100_000));
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(PATIENCE_SECONDS);
        while (!pace.isReady()) {
            if (System.nanoTime() > end) {
                throw new IllegalStateException("the server took no request");
            }
            Thread.sleep(5);
        }
        for (int i = 0; i < 400; i++) {
            if (pace.isReady()) {
                call.onNext(large);
            } else {
                Thread.sleep(5);
            }
        }
    }

    private static void hangUp(ManagedChannel channel, Random random) {
        StreamObserver<ModelInferRequest> call =
                GRPCInferenceServiceGrpc.newStub(channel).modelStreamInfer(new Deaf());
        for (int i = random.nextInt(20); i >= 0; i--) {
            call.onNext(request("slow", Wire.numbers(random, 1000)));
        }
        LockSupport.parkNanos(random.nextInt(10_000_000));
        channel.shutdownNow();
    }

    private static void junkMessage(ManagedChannel channel, Random random) {
        byte[] message = request("echo", Wire.numbers(random, 20)).toByteArray();
        for (int i = random.nextInt(20); i >= 0; i--) {
            message[random.nextInt(message.length)] = (byte) random.nextInt(256);
        }
        MethodDescriptor<byte[], byte[]> method = GRPCInferenceServiceGrpc.getModelInferMethod().toBuilder(BYTES, BYTES)
                .build();
        try {
            ClientCalls.blockingUnaryCall(
                    channel,
                    method,
                    CallOptions.DEFAULT.withDeadlineAfter(PATIENCE_SECONDS, TimeUnit.SECONDS),
                    message);
        } catch (StatusRuntimeException e) {
            expect(
                    e,
                    Status.Code.INTERNAL,
                    Status.Code.INVALID_ARGUMENT,
                    Status.Code.NOT_FOUND,
                    Status.Code.UNAVAILABLE);
        }
    }

    private static void bomb(ManagedChannel channel, Random random) {
        if (random.nextInt(8) > 0) { // it is dear to the client too
            return;
        }
        ModelInferRequest zeros = request("echo", new int[BOMB_BYTES / 4]);
        try {
            blocking(channel).withCompression("gzip").modelInfer(zeros);
            throw new IllegalStateException("a bomb was taken for a message");
        } catch (StatusRuntimeException e) {
            expect(e, Status.Code.RESOURCE_EXHAUSTED);
        }
    }

    private static void longMetadata(ManagedChannel channel, Random random) {
        Metadata metadata = new Metadata();
        metadata.put(
                Metadata.Key.of("long", Metadata.ASCII_STRING_MARSHALLER),
                "x".repeat(70_000 + random.nextInt(300_000)));
        try {
            blocking(channel)
                    .withInterceptors(MetadataUtils.newAttachHeadersInterceptor(metadata))
                    .modelInfer(request("echo", Wire.numbers(random, 5)));
            throw new IllegalStateException("metadata beyond the limit were taken");
        } catch (StatusRuntimeException e) {
            // The library refuses it by the stream or the connection, in words of its own.
        }
    }

    private static void shortDeadlines(ManagedChannel channel, Random random) {
        for (int i = 0; i < 20; i++) {
            try {
                GRPCInferenceServiceGrpc.newBlockingStub(channel)
                        .withDeadlineAfter(random.nextInt(10_000), TimeUnit.MICROSECONDS)
                        .modelInfer(request("slow", Wire.numbers(random, 10)));
            } catch (StatusRuntimeException e) {
                expect(e, Status.Code.DEADLINE_EXCEEDED, Status.Code.CANCELLED);
            }
        }
    }

    private void junkBytes(ManagedChannel unused, Random random) {
        byte[] junk = new byte[random.nextInt(5000)];
        random.nextBytes(junk);
        try (Wire wire = new Wire(port)) {
            switch (random.nextInt(4)) {
                case 0 -> wire.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n").untilClosed();
                case 1 -> wire.send(PREFACE).send(junk).endOutput().untilClosed();
                case 2 -> wire.send(PREFACE.substring(0, random.nextInt(PREFACE.length())));
                default -> wire.send(junk).reset();
            }
        } catch (SocketTimeoutException e) {
            throw new IllegalStateException("the server keeps a connection that speaks no gRPC", e);
        } catch (IOException e) {
            // The server ended the connection sooner, which it may.
        }
    }

    private void beginCalls(ManagedChannel unused, Random random) {
        try {
            int most = 1100; // the default limit is 1024
            int taken = HostileConnections.beginCalls(port, 1000 + random.nextInt(1000));
            if (taken > most) {
                throw new IllegalStateException("the server took " + taken + " calls of one connection");
            }
        } catch (IOException e) {
            // The server ended the connection sooner, which it may.
        }
    }

    private void resetCalls(ManagedChannel unused, Random random) {
        try {
            Optional<Integer> error = HostileConnections.resetCalls(port, 10_000);
            if (error.isPresent() && error.get() != Http2Wire.ENHANCE_YOUR_CALM) {
                throw new IllegalStateException("the server ended a connection of resets with error " + error.get());
            }
        } catch (IOException e) {
            // The server ended the connection sooner, which it may.
        }
    }

    private void halfFrame(ManagedChannel unused, Random random) {
        List<byte[]> halves = HostileConnections.halves();
        try {
            HostileConnections.sendHalf(port, halves.get(random.nextInt(halves.size())));
        } catch (SocketTimeoutException e) {
            throw new IllegalStateException("the server keeps a connection with half a frame", e);
        } catch (IOException e) {
            // The server ended the connection with a reset.
        }
    }

    private static void expect(StatusRuntimeException error, Status.Code... codes) {
        if (!List.of(codes).contains(error.getStatus().getCode())) {
            throw new IllegalStateException("expected one of " + List.of(codes), error);
        }
    }
}
