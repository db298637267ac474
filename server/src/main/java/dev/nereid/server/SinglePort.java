package dev.nereid.server;

import dev.nereid.memory.SlabPool;
import dev.nereid.server.config.ServerConfig;
import dev.nereid.server.extension.Extensions;
import dev.nereid.server.grpc.GrpcFront;
import dev.nereid.server.http.HttpFront;
import dev.nereid.server.protocol.Listener;
import dev.nereid.server.repository.ModelRepository;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;

/**
 * The HTTP port that takes HTTP/1.1, HTTP/2 without TLS and gRPC. Three fronts make it: HTTP/1.1 is answered where it arrives;
 * connections of HTTP/2 are relayed to a gRPC front on the loopback address, which has requests that are not gRPC answered by
 * another HTTP front on the loopback address. Any thread.
 */
final class SinglePort implements Listener {
    private final HttpFront http;
    private final CompletableFuture<GrpcFront> grpc;
    private final HttpFront behind;

    private SinglePort(HttpFront http, CompletableFuture<GrpcFront> grpc, HttpFront behind) {
        this.http = http;
        this.grpc = grpc;
        this.behind = behind;
    }

    /**
     * Listens; HTTP/2 connections wait until {@link #openGrpc}.
     *
     * @throws IllegalStateException if the address cannot be bound
     */
    static SinglePort start(ServerConfig config, ModelRepository repository, SlabPool memory, Extensions extensions) {
        CompletableFuture<GrpcFront> grpc = new CompletableFuture<>();
        HttpFront behind = HttpFront.start(config.http().onLoopback(), repository, memory, extensions);
        return new SinglePort(
                HttpFront.start(config.http(), repository, memory, extensions, grpc.thenApply(GrpcFront::port)),
                grpc,
                behind);
    }

    /** Opens what HTTP/2 connections are relayed to. */
    void openGrpc(ServerConfig config, ModelRepository repository, SlabPool memory, Extensions extensions) {
        try {
            GrpcFront front = GrpcFront.start(
                    config.grpc().onLoopback(),
                    repository,
                    memory,
                    extensions,
                    behind.port(),
                    config.http().writeTimeout(GrpcFront.REST_PIECE_BYTES));
            if (!grpc.complete(front)) { // stopped since
                front.stop(Duration.ZERO);
            }
        } catch (RuntimeException e) {
            grpc.completeExceptionally(e);
            throw e;
        }
    }

    @Override
    public int port() {
        return http.port();
    }

    @Override
    public void drain() {
        http.drain();
    }

    /** The front behind is asked as long as HTTP/2 requests are under way. */
    @Override
    public boolean finish(Duration timeout) {
        long deadline = System.nanoTime() + timeout.toNanos();
        CompletableFuture<Boolean> first =
                CompletableFuture.supplyAsync(() -> http.finish(timeout), Thread.ofVirtual()::start);
        boolean finished = !isGrpcOpen() || grpc.join().finish(timeout);
        finished &= first.join();
        finished &= behind.finish(left(deadline));
        return finished;
    }

    @Override
    public boolean stop(Duration timeout) {
        grpc.completeExceptionally(new IllegalStateException("the server stops")); // connections may wait for it
        long deadline = System.nanoTime() + timeout.toNanos();
        CompletableFuture<Boolean> first =
                CompletableFuture.supplyAsync(() -> http.stop(timeout), Thread.ofVirtual()::start);
        boolean finished = !isGrpcOpen() || grpc.join().stop(timeout);
        finished &= first.join();
        finished &= behind.stop(left(deadline));
        return finished;
    }

    private boolean isGrpcOpen() {
        return grpc.isDone() && !grpc.isCompletedExceptionally();
    }

    private static Duration left(long deadline) {
        return Duration.ofNanos(Math.max(deadline - System.nanoTime(), 0));
    }
}
