package dev.nereid.server.http;

import io.helidon.http.HeaderNames;
import io.helidon.http.Status;
import io.helidon.webserver.WebServer;
import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;
import io.helidon.webserver.http1.Http1Config;
import io.helidon.webserver.http1.Http1ConnectionSelector;
import java.nio.charset.StandardCharsets;
import java.util.Set;
import java.util.function.Supplier;

/** Serves the metrics text on a port of its own. As Triton's, it answers any other path with an empty body. */
public final class MetricsFront {
    private static final Set<String> PATHS = Set.of("/metrics", "/metrics/");
    private static final Status NOT_ALLOWED = Status.create(405, "Not Allowed");

    private final WebServer server;
    private final Supplier<String> text;

    private MetricsFront(MetricsConfig config, Supplier<String> text) {
        this.text = text;
        this.server = WebServer.builder()
                .host(config.address())
                .port(config.port())
                .shutdownHook(false)
                .connectionOptions(options -> options.tcpNoDelay(true))
                .addConnectionSelector(Http1ConnectionSelector.builder()
                        .config(Http1Config.builder().sendKeepAliveHeader(false).buildPrototype())
                        .build())
                .routing(routing -> routing.any(this::answer))
                .build();
    }

    /**
     * Listens; {@code text} is asked for at every scrape.
     *
     * @throws IllegalStateException if the address cannot be bound
     */
    public static MetricsFront start(MetricsConfig config, Supplier<String> text) {
        MetricsFront front = new MetricsFront(config, text);
        front.server.start();
        if (!front.server.isRunning()) {
            throw new IllegalStateException("metrics cannot listen on " + config.address() + ":" + config.port());
        }
        return front;
    }

    public int port() {
        return server.port();
    }

    public void stop() {
        server.stop();
    }

    private void answer(ServerRequest request, ServerResponse response) {
        if (!request.prologue().method().text().equals("GET")) {
            response.status(NOT_ALLOWED)
                    .header(HeaderNames.CONTENT_TYPE, "text/plain")
                    .send("{\"error\":\"Method Not Allowed\"}".getBytes(StandardCharsets.UTF_8));
            return;
        }
        response.header(HeaderNames.CONTENT_TYPE, "text/plain; charset=utf-8");
        boolean known = PATHS.contains(request.prologue().uriPath().rawPath());
        response.send((known ? text.get() : "").getBytes(StandardCharsets.UTF_8));
    }
}
