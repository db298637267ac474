package dev.nereid.server.http;

import dev.nereid.server.extension.Extensions;
import dev.nereid.server.protocol.ApiGroup;
import dev.nereid.server.protocol.Listener;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.function.Supplier;

/** Serves the metrics text on a port of its own. As Triton's, it answers any other path with an empty body. */
public final class MetricsFront implements Listener {
    private static final Set<String> PATHS = Set.of("/metrics", "/metrics/");

    private final HttpFront front;

    private MetricsFront(HttpFront front) {
        this.front = front;
    }

    /**
     * Listens; {@code text} is asked for at every scrape.
     *
     * @throws IllegalStateException if the address cannot be bound
     */
    public static MetricsFront start(MetricsConfig config, Supplier<String> text, Extensions extensions) {
        HttpConfig http = HttpConfig.of(config.address(), config.port(), "")
                .withHosts(config.hosts())
                .withTls(config.tls());
        return new MetricsFront(HttpFront.listen(http, new MetricsRouter(text), extensions));
    }

    @Override
    public int port() {
        return front.port();
    }

    /** Scrapes go on to the end. */
    @Override
    public void drain() {}

    @Override
    public boolean finish(Duration timeout) {
        return true;
    }

    @Override
    public boolean stop(Duration timeout) {
        return front.stop(timeout);
    }

    /** One row, which GET fits on every path. */
    private record MetricsRouter(Supplier<String> text) implements Router {
        @Override
        public String title() {
            return "Metrics";
        }

        @Override
        public Optional<Routes.Match> find(String path, String method, Function<String, Optional<String>> header) {
            Routes.Route row = new Routes.Route(
                    Optional.of(ApiGroup.STATISTICS), "GET", List.of(), ContentType.PLAIN, exchange -> {
                        String body = PATHS.contains(path) ? text.get() : "";
                        exchange.respond(200, ContentType.METRICS, body.getBytes(StandardCharsets.UTF_8));
                    });
            return Optional.of(new Routes.Match(row, Map.of(), method.equals("GET")));
        }
    }
}
