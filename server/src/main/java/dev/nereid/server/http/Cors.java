package dev.nereid.server.http;

import io.helidon.http.HeaderName;
import io.helidon.http.HeaderNames;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/**
 * Which web pages of other origins may use the server. Browsers keep answers from them unless the server says otherwise (the
 * CORS protocol of the Fetch standard), but send some requests all the same; those that may change something are refused here.
 * Nothing changes for clients that send neither Origin nor Sec-Fetch-Site, which only browsers do.
 *
 * @param origins scheme, host and port of pages, as browsers write them; {@code *} for any page
 */
public record Cors(Set<String> origins) {
    /** No page but the server's own, of which there are none. */
    public static final Cors NONE = new Cors(Set.of());

    /** What a browser says of where a request comes from; pages cannot set it (the standard Fetch Metadata). */
    static final HeaderName FETCH_SITE = HeaderNames.create("Sec-Fetch-Site");

    private static final HeaderName FORWARDED_HOST = HeaderNames.create("X-Forwarded-Host");

    /** Methods that change nothing. */
    private static final Set<String> SAFE = Set.of("GET", "HEAD", "OPTIONS");

    private static final Set<String> OWN_SITES = Set.of("same-origin", "none");
    private static final int MOST_TOLD = 200;
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

    /** Why a request is refused that a web page of another origin has made; empty if it is not. */
    Optional<String> refusal(String method, Exchange exchange) {
        if (SAFE.contains(method) || !isOfOtherOrigin(exchange) || origins.contains(ANY)) {
            return Optional.empty();
        }
        Optional<String> origin = exchange.header(HeaderNames.ORIGIN);
        if (origin.isPresent() && origins.contains(origin.get())) {
            return Optional.empty();
        }
        String told = origin.map(text -> text.substring(0, Math.min(text.length(), MOST_TOLD)))
                .orElse("*");
        return Optional.of("this request comes from a web page of another origin, which may not send it; "
                + "--http-cors-origin=" + told + " allows it");
    }

    /** What the browser says, or else whether the page has another host than the request asks for. */
    private static boolean isOfOtherOrigin(Exchange exchange) {
        Optional<String> site = exchange.header(FETCH_SITE);
        if (site.isPresent()) {
            return !OWN_SITES.contains(site.get());
        }
        Optional<String> origin = exchange.header(HeaderNames.ORIGIN);
        // A page of another origin cannot send the second header unasked, a proxy in front does.
        return origin.isPresent()
                && Stream.of(HeaderNames.HOST, FORWARDED_HOST)
                        .flatMap(name -> exchange.header(name).stream())
                        .noneMatch(host -> isHostOf(origin.get(), host));
    }

    private static boolean isHostOf(String origin, String host) {
        int scheme = origin.indexOf("://");
        return scheme > 0 && origin.substring(scheme + 3).equalsIgnoreCase(host.strip());
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
