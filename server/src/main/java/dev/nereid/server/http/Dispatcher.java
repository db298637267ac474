package dev.nereid.server.http;

import dev.nereid.memory.NoMemoryException;
import dev.nereid.server.access.Authenticator;
import dev.nereid.server.access.Caller;
import dev.nereid.server.http.connection.ConnectionGuard;
import dev.nereid.server.http.connection.GuardedConnection;
import dev.nereid.server.http.connection.RequestHead;
import dev.nereid.server.protocol.ApiGroup;
import dev.nereid.server.protocol.ApiKeys;
import dev.nereid.server.protocol.BodyReadException;
import dev.nereid.server.protocol.CallRecord;
import dev.nereid.server.protocol.Dialect;
import dev.nereid.server.protocol.InferException;
import dev.nereid.server.protocol.RequestBudget;
import io.helidon.http.HeaderNames;
import io.helidon.webserver.CloseConnectionException;
import io.helidon.webserver.ServerConnectionException;
import io.helidon.webserver.http.Handler;
import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Finds the handler of each request, answers what handlers throw, and ends connections that are to end. */
final class Dispatcher implements Handler {
    private static final Logger LOG = LoggerFactory.getLogger(Dispatcher.class);
    /** An unread rest of a body that is larger than this is not worth reading to keep a connection. */
    private static final long WORTH_READING = 64 << 10;

    private final Router router;
    private final ConnectionGuard guard;
    private final RequestBodies bodies;
    private final ApiKeys keys;
    private final Cors cors;
    private final AllowedHosts hosts;
    private final Dialect dialect;
    private final ErrorFormat errors;
    private final RequestBudget requests;
    private final Authenticator authenticator;

    Dispatcher(
            Router router,
            ConnectionGuard guard,
            HttpConfig config,
            RequestBudget requests,
            Authenticator authenticator) {
        this.requests = requests;
        this.authenticator = authenticator;
        this.router = router;
        this.guard = guard;
        this.bodies = new RequestBodies(config.limits());
        this.keys = config.keys();
        this.cors = config.cors();
        this.hosts = config.hosts();
        this.dialect = config.dialect();
        this.errors = router.errors(dialect);
    }

    @Override
    public void handle(ServerRequest request, ServerResponse response) {
        try (RequestBudget.Share memory = requests.open()) {
            handle(request, response, memory);
        }
    }

    private void handle(ServerRequest request, ServerResponse response, RequestBudget.Share memory) {
        GuardedConnection connection = GuardedConnection.CURRENT.get();
        connection.beginRequest();
        if (request.headers().contains(HeaderNames.TRANSFER_ENCODING)) { // the web server has refused all but chunks
            connection.beginChunks();
        } else {
            connection.beginBody(request.headers().contentLength().orElse(0));
        }
        boolean close = guard.isDraining() || wantsClose(request, connection);
        String path = path(request.prologue().uriPath().rawPath());
        String method = request.prologue().method().text();
        LOG.debug("{} request: {} {}", router.title(), method, path);
        Optional<Caller> caller = authenticator.isOff()
                ? Optional.empty()
                : Optional.of(authenticator.caller(new RequestCredentials(request)));
        Optional<Routes.Match> match = find(request, caller, path, method);
        CallRecord.current().ifPresent(call -> note(call, method, path, match));
        Exchange exchange = new Exchange(
                request, response, match.map(Routes.Match::variables).orElse(Map.of()), errors, memory);
        if (close && !connection.isHttp10()) { // there it goes without saying
            exchange.closeAfterwards();
        } else if (!close && connection.isHttp10()) {
            exchange.setHeader(HeaderNames.CONNECTION, "keep-alive");
        }
        cors.mark(exchange);
        try {
            Optional<String> wrong = RequestHead.wrong(request, connection.isHttp10());
            if (wrong.isPresent()) {
                close = true;
                exchange.closeAfterwards();
                exchange.respondError(400, wrong.get(), ContentType.JSON);
            } else {
                bodies.refuseOversized(exchange);
                dispatch(request, match, exchange, caller);
                exchange.end();
            }
        } catch (InferException e) {
            close |= refuse(request, exchange, e);
        } catch (NoMemoryException e) {
            close |= refuse(request, exchange, InferException.of(e));
        } catch (BodyReadException e) {
            close = true;
            exchange.closeAfterwards();
            exchange.respondError(InferException.invalid(String.valueOf(e.getMessage())), ContentType.JSON);
        } catch (ServerConnectionException e) {
            throw new CloseConnectionException("the client went away before it had its answer", e);
        } catch (RuntimeException e) {
            close = true;
            fail(exchange, path, e);
        }
        // The next request begins behind what a handler has left of the body.
        if (close || (hasRest(request) && !isReadToItsEnd(exchange))) {
            throw new CloseConnectionException("the connection ends with this answer");
        }
        connection.endRequest();
    }

    /** For the access log. A path that no row of a table has is told as it is. */
    private static void note(CallRecord call, String method, String path, Optional<Routes.Match> match) {
        call.calls(
                method,
                match.map(found -> found.route().template())
                        .filter(template -> !template.isEmpty())
                        .orElse(path));
        Map<String, String> variables = match.map(Routes.Match::variables).orElse(Map.of());
        call.asksFor(variables.getOrDefault(Routes.MODEL, ""), variables.getOrDefault(Routes.VERSION, ""));
    }

    /** Answers an error; returns whether the connection ends with it. */
    private boolean refuse(ServerRequest request, Exchange exchange, InferException error) {
        boolean close = hasLargeRest(request, exchange) && !isReadFirst(exchange);
        if (close) {
            exchange.closeAfterwards();
        }
        if (error.code() == InferException.Code.UNAUTHENTICATED) {
            exchange.setHeader(HeaderNames.WWW_AUTHENTICATE, "Bearer");
        }
        exchange.respondError(error, ContentType.JSON);
        return close;
    }

    /** The path of a request's target, which may be a whole URL: proxies are asked so (RFC 9112, 3.2.2). */
    private static String path(String target) {
        int authority = target.startsWith("http://") || target.startsWith("https://") ? target.indexOf("//") + 2 : -1;
        if (authority < 0) {
            return target;
        }
        int path = target.indexOf('/', authority);
        return path < 0 ? "/" : target.substring(path);
    }

    /** The row of a request: which texts are labels depends on who asks. */
    private Optional<Routes.Match> find(ServerRequest request, Optional<Caller> caller, String path, String method) {
        Function<String, Optional<String>> header = name -> request.headers().first(HeaderNames.create(name));
        return caller.isEmpty()
                ? router.find(path, method, header)
                : caller.get().get(() -> router.find(path, method, header));
    }

    private void dispatch(
            ServerRequest request, Optional<Routes.Match> match, Exchange exchange, Optional<Caller> caller) {
        String method = request.prologue().method().text();
        Optional<String> refusal = hosts.refusal(exchange).or(() -> cors.refusal(method, exchange));
        if (refusal.isPresent()) {
            exchange.respondError(403, refusal.get(), ContentType.JSON);
            return;
        }
        if (cors.answerPreflight(method, exchange)) {
            return;
        }
        Optional<ApiGroup> group = match.flatMap(found -> found.route().group());
        caller.ifPresent(asks -> asks.check(group));
        if (match.isEmpty()) {
            exchange.respondError(404, "Not Found", ContentType.PLAIN);
            return;
        }
        Routes.Route route = match.get().route();
        Optional<String> missing = group.flatMap(restricted -> keys.missing(restricted, exchange::header));
        if (missing.isPresent()) {
            exchange.respondError(
                    403, "This API is restricted, expecting header '" + missing.get() + "'", ContentType.PLAIN);
            return;
        }
        if (!match.get().methodFits()) {
            exchange.respondError(405, "Method Not Allowed", route.errorType());
            return;
        }
        if (caller.isPresent()) {
            caller.get().calling(group).run(() -> route.handler().handle(exchange));
        } else {
            route.handler().handle(exchange);
        }
    }

    private static void fail(Exchange exchange, String path, RuntimeException error) {
        if (exchange.isAnswered()) {
            LOG.debug("the answer to {} could not be sent", path, error);
            return;
        }
        LOG.error("a request for {} failed", path, error);
        exchange.closeAfterwards();
        exchange.respondError(500, "internal error: " + error.getMessage(), ContentType.JSON);
    }

    private static boolean wantsClose(ServerRequest request, GuardedConnection connection) {
        String value =
                request.headers().first(HeaderNames.CONNECTION).orElse("").toLowerCase(Locale.ROOT);
        return value.contains("close")
                || (connection.isHttp10()
                        // HTTP/1.0 has no chunks: who sends them does not mean what it says.
                        && (!value.contains("keep-alive")
                                || request.headers().contains(HeaderNames.TRANSFER_ENCODING)));
    }

    /**
     * Reads the rest of a body before its request is refused, as Triton does: a client that is still sending would not see
     * the answer.
     *
     * @return whether the body is read to its end
     */
    private boolean isReadFirst(Exchange exchange) {
        return dialect == Dialect.TRITON && isReadToItsEnd(exchange);
    }

    /**
     * Reads the rest of a body. One whose client asks before it sends, and was not answered, may come or not, so that
     * nobody could tell the next request from it.
     *
     * @return whether the body is read to its end
     */
    private boolean isReadToItsEnd(Exchange exchange) {
        if (exchange.isBodyWithheld()) {
            return false;
        }
        try {
            return bodies.discard(exchange);
        } catch (BodyReadException e) {
            LOG.debug("the rest of a body cannot be read: {}", e.getMessage());
            return false;
        }
    }

    private static boolean hasRest(ServerRequest request) {
        return request.content().hasEntity() && !request.content().consumed();
    }

    private static boolean hasLargeRest(ServerRequest request, Exchange exchange) {
        return hasRest(request)
                && (exchange.isBodyWithheld()
                        || request.headers().contentLength().orElse(Long.MAX_VALUE) > WORTH_READING);
    }
}
