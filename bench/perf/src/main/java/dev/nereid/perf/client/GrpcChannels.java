package dev.nereid.perf.client;

import dev.nereid.perf.model.Endpoint;
import io.grpc.ClientInterceptor;
import io.grpc.Codec;
import io.grpc.CompressorRegistry;
import io.grpc.DecompressorRegistry;
import io.grpc.ManagedChannel;
import io.grpc.Metadata;
import io.grpc.netty.shaded.io.grpc.netty.NettyChannelBuilder;
import io.grpc.netty.shaded.io.netty.channel.EventLoopGroup;
import io.grpc.netty.shaded.io.netty.channel.MultiThreadIoEventLoopGroup;
import io.grpc.netty.shaded.io.netty.channel.nio.NioIoHandler;
import io.grpc.netty.shaded.io.netty.channel.socket.nio.NioSocketChannel;
import io.grpc.netty.shaded.io.netty.handler.ssl.SslContext;
import io.grpc.stub.MetadataUtils;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/** A few connections to one server, each with an event loop of its own on which its callbacks run. */
public final class GrpcChannels implements AutoCloseable {
    private static final int LARGEST_MESSAGE = Integer.MAX_VALUE;

    private static final CompressorRegistry COMPRESSORS = CompressorRegistry.newEmptyInstance();
    private static final DecompressorRegistry DECOMPRESSORS =
            DecompressorRegistry.getDefaultInstance().with(new DeflateCodec(), true);

    static {
        COMPRESSORS.register(Codec.Identity.NONE);
        COMPRESSORS.register(new Codec.Gzip());
        COMPRESSORS.register(new DeflateCodec());
    }

    private final EventLoopGroup loops;
    private final List<ManagedChannel> channels = new ArrayList<>();

    /**
     * Connects when first used.
     *
     * @param tls how to speak TLS; empty for plain text
     */
    public GrpcChannels(Endpoint endpoint, Optional<SslContext> tls, int count) {
        loops = new MultiThreadIoEventLoopGroup(count, NioIoHandler.newFactory());
        for (int i = 0; i < count; i++) {
            NettyChannelBuilder builder = NettyChannelBuilder.forAddress(endpoint.host(), endpoint.port())
                    .eventLoopGroup(loops)
                    .channelType(NioSocketChannel.class)
                    .directExecutor()
                    .maxInboundMessageSize(LARGEST_MESSAGE)
                    .compressorRegistry(COMPRESSORS)
                    .decompressorRegistry(DECOMPRESSORS)
                    .intercept(headers(endpoint));
            if (tls.isPresent()) {
                builder.sslContext(tls.get());
            } else {
                builder.usePlaintext();
            }
            channels.add(builder.build());
        }
    }

    List<ManagedChannel> all() {
        return channels;
    }

    /** The one for single calls. */
    public ManagedChannel first() {
        return channels.getFirst();
    }

    private static ClientInterceptor headers(Endpoint endpoint) {
        Metadata metadata = new Metadata();
        endpoint.headers()
                .forEach((name, value) -> metadata.put(
                        Metadata.Key.of(name.toLowerCase(Locale.ROOT), Metadata.ASCII_STRING_MARSHALLER), value));
        return MetadataUtils.newAttachHeadersInterceptor(metadata);
    }

    @Override
    public void close() {
        channels.forEach(ManagedChannel::shutdownNow);
        var _ = loops.shutdownGracefully(0, 1, TimeUnit.SECONDS);
    }
}
