package dev.nereid.server.grpc;

import dev.nereid.memory.SlabPool;
import dev.nereid.server.extension.Extensions;
import dev.nereid.server.protocol.Listener;
import dev.nereid.server.repository.ModelRepository;
import io.grpc.BindableService;
import io.grpc.Server;
import io.grpc.netty.shaded.io.grpc.netty.NettyServerBuilder;
import io.grpc.netty.shaded.io.netty.channel.ChannelOption;
import io.grpc.netty.shaded.io.netty.channel.epoll.Epoll;
import io.grpc.netty.shaded.io.netty.channel.epoll.EpollChannelOption;
import io.grpc.netty.shaded.io.netty.channel.socket.nio.NioChannelOption;
import io.grpc.netty.shaded.io.netty.util.ResourceLeakDetector;
import io.grpc.protobuf.services.ProtoReflectionService;
import io.grpc.protobuf.services.ProtoReflectionServiceV1;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.StandardSocketOptions;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.TimeUnit;

/**
 * A gRPC front: KServe's inference service or others, the standard health service and, for tools, the description of both (server
 * reflection) on one port. Calls are decoded and handed
 * on by the event loop itself, those with large messages by {@link LargeMessages}; whatever may block runs on a virtual thread.
 */
public final class GrpcFront implements Listener {
    /** What is written at once of an answer to an HTTP/2 request that is not gRPC. */
    public static final int REST_PIECE_BYTES = 64 << 10;

    private final Server server;
    private final HealthService health;
    private final OpenStreams streams;
    private final Optional<RestStreams> rest;
    private final ExecutorService parsers;
    private final Optional<UnixSocket> unix;

    private GrpcFront(
            Server server,
            HealthService health,
            OpenStreams streams,
            Optional<RestStreams> rest,
            ExecutorService parsers,
            Optional<UnixSocket> unix) {
        this.server = server;
        this.health = health;
        this.streams = streams;
        this.rest = rest;
        this.parsers = parsers;
        this.unix = unix;
    }

    /**
     * By default Netty notes where one of 128 buffers goes, by chance, to tell of those that are lost: time that some requests
     * take more than others, and for the first of them classes that nothing has loaded. Who asks for more gets it.
     */
    private static void leaveLeaks() {
        if (ResourceLeakDetector.getLevel() == ResourceLeakDetector.Level.SIMPLE) {
            ResourceLeakDetector.setLevel(ResourceLeakDetector.Level.DISABLED);
        }
    }

    /** Listens, without shared memory and with nothing to set. */
    public static GrpcFront start(GrpcConfig config, ModelRepository repository, SlabPool memory) {
        return start(config, repository, memory, Extensions.none());
    }

    /**
     * Listens.
     *
     * @throws UncheckedIOException if the address cannot be bound
     * @throws IllegalArgumentException if the files for TLS do not hold what they should
     */
    public static GrpcFront start(
            GrpcConfig config, ModelRepository repository, SlabPool memory, Extensions extensions) {
        return start(config, repository, memory, extensions, CallDelays.of(System.getenv()));
    }

    /**
     * Listens, for HTTP/2 requests that are not gRPC too.
     *
     * @param httpPort of the HTTP front on the loopback address that answers them
     * @param writeTimeout how long a client may take to take {@link #REST_PIECE_BYTES} of such an answer
     * @throws UncheckedIOException if the address cannot be bound
     */
    public static GrpcFront start(
            GrpcConfig config,
            ModelRepository repository,
            SlabPool memory,
            Extensions extensions,
            int httpPort,
            Duration writeTimeout) {
        return listen(
                config,
                repository,
                memory,
                extensions,
                CallDelays.of(System.getenv()),
                Optional.of(new RestStreams(httpPort, writeTimeout, extensions.requests())));
    }

    static GrpcFront start(
            GrpcConfig config,
            ModelRepository repository,
            SlabPool memory,
            Extensions extensions,
            Optional<CallDelays> delays) {
        return listen(config, repository, memory, extensions, delays, Optional.empty());
    }

    /** Listens for calls of KServe's services. */
    private static GrpcFront listen(
            GrpcConfig config,
            ModelRepository repository,
            SlabPool memory,
            Extensions extensions,
            Optional<CallDelays> delays,
            Optional<RestStreams> rest) {
        OpenStreams streams = new OpenStreams();
        return listen(
                config,
                repository,
                extensions,
                List.of(
                        new InferenceService(config, repository, memory, extensions, streams),
                        new TrafficService(repository)),
                streams,
                ZeroCopyMarshaller.ofInferenceService(),
                delays,
                rest);
    }

    /**
     * Listens for calls of other services than KServe's, beside those of health and reflection.
     *
     * @param streams of those services that clients may leave open
     * @param forms of messages that are large, by the full names of their methods
     * @throws UncheckedIOException if the address cannot be bound
     * @throws IllegalArgumentException if the files for TLS do not hold what they should
     */
    public static GrpcFront start(
            GrpcConfig config,
            ModelRepository repository,
            Extensions extensions,
            List<? extends BindableService> services,
            OpenStreams streams,
            Map<String, ZeroCopyMarshaller.Form<?>> forms) {
        return listen(config, repository, extensions, services, streams, forms, Optional.empty(), Optional.empty());
    }

    private static GrpcFront listen(
            GrpcConfig config,
            ModelRepository repository,
            Extensions extensions,
            List<? extends BindableService> services,
            OpenStreams streams,
            Map<String, ZeroCopyMarshaller.Form<?>> forms,
            Optional<CallDelays> delays,
            Optional<RestStreams> rest) {
        leaveLeaks();
        NettyServerBuilder builder = NettyServerBuilder.forAddress(config.bind().toSocketAddress());
        Optional<UnixSocket> unix = config.bind().socketFile().map(UnixSocket::new);
        unix.ifPresent(socket -> socket.apply(builder));
        if (config.reusePort()) {
            builder.withOption(reusePort(), true);
        }
        config.keepAlive().apply(builder);
        config.compression().apply(builder);
        builder.protocolNegotiator(new GuardedNegotiation(
                config.tls().map(extensions.tls()::open).map(GrpcTls::new), config.limits(), rest));
        if (!config.keys().isNone()) {
            builder.intercept(new RestrictedCalls(config.keys()));
        }
        HealthService health = new HealthService(repository::isReady, repository::checkNotExiting);
        ExecutorService parsers = LargeMessages.threads();
        if (repository.loadsOnDemand()) {
            // A call waits until its model is loaded, which no event loop may.
            builder.executor(call -> Thread.ofVirtual().name("grpc-call").start(call));
        } else {
            builder.directExecutor();
        }
        builder.maxInboundMessageSize(Integer.MAX_VALUE)
                .decompressorRegistry(BoundedCoding.registry())
                .addService(RefusedMessages.answering(health.bindService(), parsers))
                .addService(RefusedMessages.answering(
                        ProtoReflectionServiceV1.newInstance().bindService(), parsers))
                .addService(RefusedMessages.answering(olderReflection().bindService(), parsers))
                .fallbackHandlerRegistry(new UnknownMethods())
                .intercept(new CallMetadata())
                .intercept(new StreamBackPressure(extensions.requests()))
                .intercept(CallMemory.refusing())
                .addStreamTracerFactory(CallMemory.counting(extensions.requests(), forms.keySet()));
        if (!extensions.accessLog().isOff()) {
            builder.addStreamTracerFactory(LoggedCall.in(extensions.accessLog()));
        }
        for (BindableService service : services) {
            builder.addService(RefusedMessages.answering(ZeroCopyMarshaller.readingInPlace(service, forms), parsers));
        }
        if (!extensions.authenticator().isOff()) {
            builder.intercept(new CallerCheck(extensions.authenticator()));
        }
        delays.ifPresent(builder::intercept);
        config.limits().apply(builder); // the last interceptor is the outermost
        Server server = builder.build();
        try {
            server.start();
        } catch (IOException e) {
            throw new UncheckedIOException("gRPC cannot listen on " + config.bind() + ": " + cause(e), e);
        }
        return new GrpcFront(server, health, streams, rest, parsers, unix);
    }

    /** The option for the sockets that gRPC takes here. */
    private static ChannelOption<Boolean> reusePort() {
        return Epoll.isAvailable()
                ? EpollChannelOption.SO_REUSEPORT
                : NioChannelOption.of(StandardSocketOptions.SO_REUSEPORT);
    }

    /** The version of server reflection that tools from before 2023 ask for. */
    @SuppressWarnings("deprecation")
    private static BindableService olderReflection() {
        return ProtoReflectionService.newInstance();
    }

    private static String cause(IOException e) {
        Throwable root = e;
        while (root.getCause() != null) {
            root = root.getCause();
        }
        return String.valueOf(root.getMessage());
    }

    @Override
    public int port() {
        return server.getPort();
    }

    /** gRPC has nothing to tell clients before the end but what those that watch the health service are told. */
    @Override
    public void drain() {}

    /** Sends GOAWAY: calls that the client began before it came are taken, further ones go to another connection. */
    @Override
    public boolean finish(Duration timeout) {
        server.shutdown();
        health.close();
        streams.stop();
        try {
            return server.awaitTermination(timeout.toMillis(), TimeUnit.MILLISECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
    }

    @Override
    public boolean stop(Duration timeout) {
        boolean finished = finish(timeout);
        server.shutdownNow();
        rest.ifPresent(RestStreams::close);
        parsers.shutdown();
        unix.ifPresent(UnixSocket::close);
        return finished;
    }
}
