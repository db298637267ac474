package dev.nereid.server.grpc;

import static org.assertj.core.api.Assertions.assertThat;

import dev.nereid.memory.SlabPool;
import dev.nereid.server.repository.ModelRepository;
import io.grpc.ManagedChannel;
import io.grpc.netty.shaded.io.grpc.netty.NettyChannelBuilder;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;

/** A front over {@link IdentityModels} with a connection to it; no byte may be left when it closes. */
final class RunningFront implements AutoCloseable {
    private static final Duration SECONDS = Duration.ofSeconds(30);

    private final SlabPool memory = new SlabPool(1 << 20);
    private final ModelRepository repository;
    private final GrpcFront front;
    private final ManagedChannel channel;

    RunningFront(Path root) throws IOException {
        this(root, GrpcLimits.DEFAULT);
    }

    RunningFront(Path root, GrpcLimits limits) throws IOException {
        repository = IdentityModels.start(root);
        front = GrpcFront.start(new GrpcConfig("127.0.0.1", 0, "triton").withLimits(limits), repository, memory);
        channel = NettyChannelBuilder.forAddress("127.0.0.1", front.port())
                .usePlaintext()
                .maxInboundMessageSize(Integer.MAX_VALUE)
                .build();
    }

    /** A connection to a front on this machine, which the caller shuts down. */
    static ManagedChannel channel(int port) {
        return NettyChannelBuilder.forAddress("127.0.0.1", port).usePlaintext().build();
    }

    SlabPool memory() {
        return memory;
    }

    ModelRepository repository() {
        return repository;
    }

    GrpcFront front() {
        return front;
    }

    int port() {
        return front.port();
    }

    ManagedChannel channel() {
        return channel;
    }

    @Override
    public void close() {
        channel.shutdownNow();
        front.stop(SECONDS);
        assertThat(repository.close(SECONDS)).isTrue();
        assertThat(memory.usedBytes()).isZero();
        memory.close();
    }
}
