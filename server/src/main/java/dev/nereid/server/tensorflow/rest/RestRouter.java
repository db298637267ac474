package dev.nereid.server.tensorflow.rest;

import dev.nereid.server.http.ContentType;
import dev.nereid.server.http.ErrorFormat;
import dev.nereid.server.http.Exchange;
import dev.nereid.server.http.RouteHandler;
import dev.nereid.server.http.Router;
import dev.nereid.server.http.Routes;
import dev.nereid.server.protocol.ApiGroup;
import dev.nereid.server.protocol.Dialect;
import dev.nereid.server.protocol.InferException;
import dev.nereid.server.tensorflow.RequestMetrics;
import dev.nereid.server.tensorflow.Servables;
import dev.nereid.server.tensorflow.TensorflowErrors;
import io.helidon.http.HeaderNames;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.Supplier;

/** Finds what answers a request to TensorFlow Serving's REST API. Sources: http_rest_api_handler.cc, http_server.cc. */
final class RestRouter implements Router {
    private static final ErrorFormat ERRORS = new TensorflowErrors();
    private static final byte[] NOTHING = new byte[0];
    private static final byte[] NO_PAGE = """
            <HTML><HEAD>
            <TITLE>404 Not Found</TITLE>
            </HEAD><BODY>
            <H1>Not Found</H1>
            </BODY></HTML>
            """.getBytes(StandardCharsets.US_ASCII);

    private final Servables servables;
    private final PredictHandler predict;
    private final ExamplesHandler examples;
    private final StatusHandler status;
    private final boolean cors;
    private final Optional<Metrics> metrics;

    /** Where the metrics are, and their text. */
    record Metrics(String path, Supplier<String> text) {}

    /** @param cors whether every web page may read answers */
    RestRouter(
            Servables servables,
            PredictHandler predict,
            ExamplesHandler examples,
            StatusHandler status,
            boolean cors,
            Optional<Metrics> metrics) {
        this.servables = servables;
        this.predict = predict;
        this.examples = examples;
        this.status = status;
        this.cors = cors;
        this.metrics = metrics;
    }

    @Override
    public String title() {
        return "TensorFlow REST";
    }

    @Override
    public ErrorFormat errors(Dialect dialect) {
        return ERRORS;
    }

    @Override
    public Optional<Routes.Match> find(String path, String method, Function<String, Optional<String>> header) {
        String asked = path.contains("?") ? path.substring(0, path.indexOf('?')) : path;
        if (metrics.isPresent() && metrics.get().path().equals(asked) && method.equals("GET")) {
            return match(Optional.of(ApiGroup.STATISTICS), this::answerMetrics);
        }
        if (!asked.toLowerCase(Locale.ROOT).startsWith("/v1/")) {
            return match(Optional.empty(), exchange -> exchange.respond(404, ContentType.HTML, NO_PAGE));
        }
        if (method.equals("OPTIONS") && RestPath.isKnown(asked)) {
            return match(Optional.empty(), this::answerPreflight);
        }
        Optional<RestPath> found;
        try {
            found = RestPath.read(asked, method.equals("GET") || method.equals("POST") ? method : "");
        } catch (InferException e) {
            return match(Optional.empty(), exchange -> exchange.respondError(e, ContentType.JSON));
        }
        return found.filter(_ -> method.equals("GET") || method.equals("POST"))
                .map(listed -> match(Optional.of(group(listed)), exchange -> answer(exchange, listed)))
                .orElseGet(() -> match(
                        Optional.empty(),
                        exchange -> exchange.respondError(
                                400, "Malformed request: " + method + " " + asked, ContentType.JSON)));
    }

    private static ApiGroup group(RestPath path) {
        return switch (path.method()) {
            case "" -> ApiGroup.HEALTH;
            case "metadata" -> ApiGroup.METADATA;
            default -> ApiGroup.INFERENCE;
        };
    }

    private Optional<Routes.Match> match(Optional<ApiGroup> group, RouteHandler handler) {
        RouteHandler marked = exchange -> {
            markCors(exchange);
            handler.handle(exchange);
        };
        return Optional.of(
                new Routes.Match(new Routes.Route(group, "POST", List.of(), ContentType.JSON, marked), Map.of(), true));
    }

    private void answer(Exchange exchange, RestPath path) {
        switch (path.method()) {
            case "" -> status.status(exchange, path.spec());
            case "metadata" -> status.metadata(exchange, path.spec());
            default -> infer(exchange, path);
        }
    }

    private void infer(Exchange exchange, RestPath path) {
        long received = System.nanoTime();
        String result = "INTERNAL";
        try {
            if (path.method().equals("predict")) {
                predict.handle(exchange, path.spec());
            } else {
                examples.handle(exchange, path.spec(), path.method());
            }
            result = "OK";
        } catch (InferException e) {
            result = TensorflowErrors.name(e);
            throw e;
        } finally {
            servables.answered(path.spec().name(), path.method(), RequestMetrics.Entrypoint.REST, result, received);
        }
    }

    private void answerMetrics(Exchange exchange) {
        exchange.respond(
                200, ContentType.PLAIN, metrics.orElseThrow().text().get().getBytes(StandardCharsets.UTF_8));
    }

    /** A browser asks whether a page of another origin may send a request. */
    private void answerPreflight(Exchange exchange) {
        String origin = exchange.header(HeaderNames.ORIGIN).orElse("");
        if (origin.contains("http://") || origin.contains("https://")) {
            exchange.respond(200, ContentType.JSON, NOTHING);
        } else {
            exchange.respondError(400, "Origin header is missing in CORS preflight", ContentType.JSON);
        }
    }

    private void markCors(Exchange exchange) {
        if (cors) {
            exchange.setHeader(HeaderNames.ACCESS_CONTROL_ALLOW_ORIGIN, "*");
            exchange.setHeader(HeaderNames.ACCESS_CONTROL_ALLOW_METHODS, "POST, GET");
            exchange.setHeader(HeaderNames.ACCESS_CONTROL_ALLOW_HEADERS, "Content-Type");
        }
    }
}
