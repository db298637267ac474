package dev.nereid.server.grpc;

import io.grpc.netty.shaded.io.grpc.netty.NettyServerBuilder;
import io.grpc.netty.shaded.io.netty.channel.EventLoopGroup;
import io.grpc.netty.shaded.io.netty.channel.MultiThreadIoEventLoopGroup;
import io.grpc.netty.shaded.io.netty.channel.nio.NioIoHandler;
import io.grpc.netty.shaded.io.netty.channel.socket.nio.NioServerDomainSocketChannel;
import io.grpc.netty.shaded.io.netty.util.concurrent.DefaultThreadFactory;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;

/**
 * A socket of the file system that gRPC listens on, with the event loops for it: gRPC's own are for ports alone. Closing, after
 * the server has stopped, ends the loops and deletes the file.
 */
final class UnixSocket implements AutoCloseable {
    private static final long LAST_TASKS_MILLIS = 1000;

    private final Path file;
    private final EventLoopGroup accepting = loops(1, "grpc-unix-accept");
    private final EventLoopGroup serving = loops(0, "grpc-unix");

    UnixSocket(Path file) {
        this.file = file;
    }

    /** Loops of their own, on so many threads; 0 for as many as Netty takes. */
    private static EventLoopGroup loops(int threads, String name) {
        return new MultiThreadIoEventLoopGroup(
                threads, new DefaultThreadFactory(name, true), NioIoHandler.newFactory());
    }

    void apply(NettyServerBuilder server) {
        server.channelType(NioServerDomainSocketChannel.class)
                .bossEventLoopGroup(accepting)
                .workerEventLoopGroup(serving);
    }

    @Override
    public void close() {
        var _ = accepting.shutdownGracefully(0, LAST_TASKS_MILLIS, TimeUnit.MILLISECONDS);
        var _ = serving.shutdownGracefully(0, LAST_TASKS_MILLIS, TimeUnit.MILLISECONDS);
        try {
            Files.deleteIfExists(file);
        } catch (IOException e) {
            throw new UncheckedIOException("the socket " + file + " cannot be deleted: " + e.getMessage(), e);
        }
    }
}
