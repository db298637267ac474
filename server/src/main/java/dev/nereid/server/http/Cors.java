package dev.nereid.server.http;

import io.helidon.http.HeaderNames;
import java.util.Optional;
import java.util.Set;

/**
 * Which web pages may read answers: browsers keep them from pages of other origins unless the server says otherwise (the
 * CORS protocol of the Fetch standard). Nothing changes for clients that send no Origin, which only browsers do.
 *
 * @param origins scheme, host and port of pages, as browsers write them; {@code *} for any page
 */
public record Cors(Set<String> origins) {
    /** No page but the server's own, of which there are none. */
    public static final Cors NONE = new Cors(Set.of());

    private static final String ANY = "*";
    private static final String METHODS = "GET, POST";
    private static final String SECONDS = "600";

    public Cors {
        origins = Set.copyOf(origins);
    }

    /** Lets the page that a request comes from read its answer, where it may. */
    void mark(Exchange exchange) {
        Optional<String> origin = allowedOrigin(exchange);
        if (origin.isPresent()) {
            exchange.setHeader(HeaderNames.ACCESS_CONTROL_ALLOW_ORIGIN, origin.get());
            exchange.setHeader(HeaderNames.ACCESS_CONTROL_EXPOSE_HEADERS, InferenceHeader.NAME.defaultCase());
            if (!origin.get().equals(ANY)) {
                exchange.setHeader(HeaderNames.VARY, HeaderNames.ORIGIN.defaultCase());
            }
        }
    }

    /** Answers a browser that asks what a page may send before it sends it; false where the request is none of these. */
    boolean answerPreflight(String method, Exchange exchange) {
        if (!method.equals("OPTIONS")
                || exchange.header(HeaderNames.ACCESS_CONTROL_REQUEST_METHOD).isEmpty()
                || allowedOrigin(exchange).isEmpty()) {
            return false;
        }
        exchange.setHeader(HeaderNames.ACCESS_CONTROL_ALLOW_METHODS, METHODS);
        exchange.header(HeaderNames.ACCESS_CONTROL_REQUEST_HEADERS)
                .ifPresent(names -> exchange.setHeader(HeaderNames.ACCESS_CONTROL_ALLOW_HEADERS, names));
        exchange.setHeader(HeaderNames.ACCESS_CONTROL_MAX_AGE, SECONDS);
        exchange.respondEmpty(ContentType.PLAIN);
        return true;
    }

    private Optional<String> allowedOrigin(Exchange exchange) {
        Optional<String> origin = exchange.header(HeaderNames.ORIGIN);
        if (origin.isEmpty() || origins.isEmpty()) {
            return Optional.empty();
        }
        if (origins.contains(ANY)) {
            return Optional.of(ANY);
        }
        return origin.filter(origins::contains);
    }
}
