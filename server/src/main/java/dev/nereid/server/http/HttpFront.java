package dev.nereid.server.http;

import dev.nereid.memory.SlabPool;
import dev.nereid.server.extension.Extensions;
import dev.nereid.server.http.connection.ConnectionGuard;
import dev.nereid.server.http.connection.GuardedSelector;
import dev.nereid.server.http.connection.GuardedTls;
import dev.nereid.server.http.connection.Http2Relay;
import dev.nereid.server.http.connection.NoContentCodings;
import dev.nereid.server.protocol.BindAddress;
import dev.nereid.server.protocol.Listener;
import dev.nereid.server.repository.ModelRepository;
import dev.nereid.server.tls.LoadedTls;
import io.helidon.common.tls.Tls;
import io.helidon.webserver.WebServer;
import io.helidon.webserver.WebServerConfig;
import io.helidon.webserver.http.Handler;
import io.helidon.webserver.http1.Http1Config;
import io.helidon.webserver.http1.Http1ConnectionSelector;
import java.net.StandardSocketOptions;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Supplier;

/**
 * The HTTP front: KServe's and Triton's HTTP API on one port. Every connection has a virtual thread, on which its
 * requests are read, waited for and answered, one after the other.
 */
public final class HttpFront implements Listener {
    /** The web server's own limit of waiting; {@link #stop} has its own. */
    private static final Duration LONG = Duration.ofDays(1);

    /** How long clients that keep connections are heard once those are to end: a request may be on its way. */
    private static final Duration LAST_REQUESTS = Duration.ofMillis(100);

    /** A client may have its answer before the thread that sent it is through with the request. */
    private static final Duration AFTER_ANSWER = Duration.ofMillis(50);

    /** Who waited for a client's bytes ends at once; who waits for a model may not end at all. */
    private static final Duration AFTER_ABORT = Duration.ofMillis(100);

    private final WebServer server;
    private final ConnectionGuard guard;
    private final AtomicBoolean stopping = new AtomicBoolean();
    private final CompletableFuture<Void> stopped = new CompletableFuture<>();

    private HttpFront(WebServer server, ConnectionGuard guard) {
        this.server = server;
        this.guard = guard;
    }

    /** Listens, without shared memory and with nothing to set. */
    public static HttpFront start(HttpConfig config, ModelRepository repository, SlabPool memory) {
        return start(config, repository, memory, Extensions.none());
    }

    /**
     * Listens.
     *
     * @param memory where requests' tensors come from
     * @throws IllegalStateException if the address cannot be bound
     */
    public static HttpFront start(
            HttpConfig config, ModelRepository repository, SlabPool memory, Extensions extensions) {
        return listen(config, HttpApi.routes(config, repository, memory, extensions), extensions);
    }

    /**
     * Listens as the other method does, for HTTP/2 too.
     *
     * @param http2 the port of the loopback address that connections of HTTP/2 are relayed to; they wait for it
     * @throws IllegalStateException if the address cannot be bound
     */
    public static HttpFront start(
            HttpConfig config,
            ModelRepository repository,
            SlabPool memory,
            Extensions extensions,
            CompletionStage<Integer> http2) {
        return listen(
                config,
                HttpApi.routes(config, repository, memory, extensions),
                extensions,
                Optional.of(new Http2Relay(http2)));
    }

    /**
     * Listens for Vertex AI: the same calls behind the two paths that it knows.
     *
     * @param config names the default model
     * @param memory where requests' tensors come from
     * @param metrics the text of the metrics; empty where they are not served
     * @throws IllegalStateException if the address cannot be bound
     */
    public static HttpFront startVertexAi(
            VertexAiConfig config,
            ModelRepository repository,
            SlabPool memory,
            Extensions extensions,
            Optional<Supplier<String>> metrics) {
        Routes routes = HttpApi.vertexAiRoutes(config.http(), repository, memory, extensions, metrics);
        return listen(config.http(), new VertexAiRouter(config, routes), extensions);
    }

    /**
     * Listens for SageMaker: health and one model behind two paths, and calls with which it brings models itself.
     *
     * @param memory where requests' tensors come from
     * @throws IllegalStateException if the address cannot be bound
     */
    public static HttpFront startSageMaker(
            SageMakerConfig config, ModelRepository repository, SlabPool memory, Extensions extensions) {
        return listen(
                config.http(),
                new SageMakerRouter(
                        config,
                        repository,
                        HttpApi.sageMakerRoutes(config.http(), repository, memory, extensions),
                        HttpApi.sageMakerModels(config.http(), repository, memory, extensions)),
                extensions);
    }

    /**
     * Listens, and answers what a router finds.
     *
     * @throws IllegalStateException if the address cannot be bound
     * @throws IllegalArgumentException if the files for TLS do not hold what they should
     */
    public static HttpFront listen(HttpConfig config, Router router, Extensions extensions) {
        return listen(config, router, extensions, Optional.empty());
    }

    @SuppressWarnings("removal") // the check of Host can only be switched off through the deprecated option
    private static HttpFront listen(
            HttpConfig config, Router router, Extensions extensions, Optional<Http2Relay> http2) {
        Optional<Supplier<LoadedTls>> tls = config.tls().map(extensions.tls()::open);
        ConnectionGuard guard = new ConnectionGuard(config.limits());
        Optional<GuardedTls> guardedTls = tls.map(files -> new GuardedTls(files, guard));
        Dispatcher dispatcher =
                new Dispatcher(router, guard, config, extensions.requests(), extensions.authenticator());
        Handler handler =
                extensions.accessLog().isOff() ? dispatcher : new LoggedCalls(dispatcher, extensions.accessLog());
        Http1Config http1 = Http1Config.builder()
                .maxPrologueLength(config.limits().mostRequestLineBytes())
                .maxHeadersSize(config.limits().mostHeaderBytes())
                .validateRequestHostHeader(false)
                .sendKeepAliveHeader(false)
                .validatePath(false)
                .validatePrologue(!router.checksQueries())
                .buildPrototype();
        WebServerConfig.Builder builder = WebServer.builder();
        boolean isUnix = BindAddress.isUnixSocket(config.address());
        guardedTls.ifPresent(secured ->
                builder.tls(Tls.builder().sslContext(secured.context()).build()));
        WebServer server = builder.bindAddress(config.bind().toSocketAddress())
                .listenerSocketOptions(config.reusePort() ? Map.of(StandardSocketOptions.SO_REUSEPORT, true) : Map.of())
                .shutdownHook(false)
                .featuresDiscoverServices(false)
                .protocolsDiscoverServices(false)
                .contentEncoding(new NoContentCodings())
                .directHandlers(WebServerErrors.handlers(config.dialect(), config.limits()))
                // What is wrong with headers is told from this text.
                .errorHandling(errors -> errors.includeEntity(true))
                .maxTcpConnections(config.limits().mostConnections())
                .shutdownGracePeriod(LONG)
                // With channels the web server reads and writes 8 KiB at a time, whatever the size of a tensor; sockets
                // of
                // the file system are channels.
                .useNio(isUnix)
                .connectionOptions(options -> options.tcpNoDelay(!isUnix))
                .addConnectionSelector(new GuardedSelector(
                        Http1ConnectionSelector.builder().config(http1).build(), guard, guardedTls, http2))
                .routing(routing -> routing.any(handler))
                .build();
        try {
            server.start();
        } catch (RuntimeException e) {
            guard.close();
            throw new IllegalStateException(
                    router.title() + " cannot listen on " + config.bind() + ": " + rootCause(e), e);
        }
        if (!server.isRunning()) { // the web server only logs that it could not bind
            guard.close();
            throw new IllegalStateException(router.title() + " cannot listen on " + config.bind());
        }
        return new HttpFront(server, guard);
    }

    private static String rootCause(Throwable error) {
        Throwable root = error;
        while (root.getCause() != null) {
            root = root.getCause();
        }
        return String.valueOf(root.getMessage());
    }

    @Override
    public int port() {
        return server.port();
    }

    @Override
    public void drain() {
        guard.drain();
    }

    /** Clients with a connection are heard for another moment, as a request may be on its way; their connections end with its answer. */
    @Override
    public boolean finish(Duration timeout) {
        long deadline = System.nanoTime() + timeout.toNanos();
        drain();
        if (stopping.compareAndSet(false, true)) {
            Thread.ofVirtual().name("http-stop").start(() -> {
                server.stop(); // closes the listening socket first, then waits for connections
                stopped.complete(null);
            });
            guard.awaitNone(LAST_REQUESTS.compareTo(timeout) < 0 ? LAST_REQUESTS : timeout);
            guard.closeIdle();
        }
        return await(stopped, Duration.ofNanos(Math.max(deadline - System.nanoTime(), 0)));
    }

    @Override
    public boolean stop(Duration timeout) {
        boolean finished = finish(timeout);
        if (!finished) {
            guard.awaitNoRequest(AFTER_ANSWER);
            boolean cutShort = guard.closeAll();
            finished = await(stopped, AFTER_ABORT) && !cutShort;
        }
        guard.close();
        return finished;
    }

    private static boolean await(CompletableFuture<Void> stopped, Duration timeout) {
        try {
            stopped.get(timeout.toMillis(), TimeUnit.MILLISECONDS);
            return true;
        } catch (TimeoutException e) {
            return false;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        } catch (ExecutionException e) {
            throw new IllegalStateException("stopping HTTP failed", e);
        }
    }
}
