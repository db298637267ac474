package dev.nereid.bench.startup;

import dev.nereid.perf.nullserver.NullGrpcServer;
import dev.nereid.proto.inference.GRPCInferenceServiceGrpc;
import dev.nereid.proto.inference.ModelInferRequest;
import io.grpc.ManagedChannel;
import io.grpc.StatusRuntimeException;
import io.grpc.netty.shaded.io.grpc.netty.NettyChannelBuilder;
import java.io.IOException;
import java.util.concurrent.TimeUnit;

/** What a client sees of a server over gRPC, on one connection. */
final class GrpcProbe implements AutoCloseable {
    private static final int TIMEOUT_SECONDS = 20;

    private final ManagedChannel channel;
    private final GRPCInferenceServiceGrpc.GRPCInferenceServiceBlockingStub calls;

    GrpcProbe(int port) {
        this.channel =
                NettyChannelBuilder.forAddress("127.0.0.1", port).usePlaintext().build();
        this.calls = GRPCInferenceServiceGrpc.newBlockingStub(channel);
    }

    /** As {@link HttpProbe#warmUp}, over a new connection again and again: a first call makes one. */
    static void warmUp(double seconds) throws IOException {
        try (NullGrpcServer server = new NullGrpcServer(0)) {
            ModelInferRequest request =
                    ModelInferRequest.newBuilder().setModelName("null").build();
            long end = System.nanoTime() + (long) (seconds * 1e9);
            do {
                try (GrpcProbe probe = new GrpcProbe(server.port())) {
                    probe.millis(request);
                    probe.millis(request);
                }
            } while (System.nanoTime() < end);
        }
    }

    /**
     * Calls and waits for the answer.
     *
     * @return milliseconds
     * @throws IOException if it ends with another status than OK
     */
    double millis(ModelInferRequest request) throws IOException {
        long start = System.nanoTime();
        try {
            calls.withDeadlineAfter(TIMEOUT_SECONDS, TimeUnit.SECONDS).modelInfer(request);
        } catch (StatusRuntimeException e) {
            throw new IOException("an inference over gRPC was answered with " + e.getStatus(), e);
        }
        return (System.nanoTime() - start) / 1e6;
    }

    @Override
    public void close() {
        channel.shutdownNow();
    }
}
