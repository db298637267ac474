package dev.nereid.server.torchserve.rest;

import dev.nereid.server.http.ContentType;
import dev.nereid.server.http.ErrorFormat;
import dev.nereid.server.http.Exchange;
import dev.nereid.server.http.RequestBodies;
import dev.nereid.server.http.Router;
import dev.nereid.server.http.Routes;
import dev.nereid.server.protocol.BodyReadException;
import dev.nereid.server.protocol.Dialect;
import dev.nereid.server.protocol.InferException;
import dev.nereid.server.torchserve.RequestIds;
import dev.nereid.server.torchserve.Tokens;
import dev.nereid.server.torchserve.TorchServeConfig;
import dev.nereid.server.torchserve.TorchServeErrors;
import dev.nereid.server.torchserve.TorchServeException;
import dev.nereid.server.torchserve.TorchServeException.Kind;
import io.helidon.http.HeaderName;
import io.helidon.http.HeaderNames;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.IntConsumer;

/** Finds what answers a request to TorchServe's REST API, asks it for its key, and answers what is thrown. */
final class TorchServeRouter implements Router {
    private static final ErrorFormat ERRORS = new TorchServeErrors();
    private static final HeaderName REQUEST_ID = HeaderNames.create("x-request-id");
    private static final String NO_RESOURCE = "Requested resource is not found, please refer to API document.";
    private static final String NO_METHOD = "Requested method is not allowed, please refer to API document.";

    private final String title;
    private final PathTable table;
    private final Tokens tokens;
    private final RequestBodies bodies;
    private final TorchServeConfig.Cors cors;
    private final IntConsumer statuses;

    /** @param statuses is told the status of each answer */
    TorchServeRouter(
            String title,
            PathTable table,
            Tokens tokens,
            RequestBodies bodies,
            TorchServeConfig.Cors cors,
            IntConsumer statuses) {
        this.title = title;
        this.table = table;
        this.tokens = tokens;
        this.bodies = bodies;
        this.cors = cors;
        this.statuses = statuses;
    }

    @Override
    public String title() {
        return title;
    }

    @Override
    public ErrorFormat errors(Dialect dialect) {
        return ERRORS;
    }

    /** Clients write {@code name[]=value} as it is, which the standard does not allow. */
    @Override
    public boolean checksQueries() {
        return true;
    }

    @Override
    public Optional<Routes.Match> find(String path, String method, Function<String, Optional<String>> header) {
        return Optional.of(Routes.Match.always(exchange -> answer(exchange, path.split("\\?", 2)[0], method)));
    }

    private void answer(Exchange exchange, String path, String method) {
        String requestId = RequestIds.next();
        exchange.setHeader(REQUEST_ID, requestId);
        mark(exchange);
        Optional<PathTable.Found> found = table.find(path, method);
        RestCall call;
        try {
            call = new RestCall(
                    exchange,
                    bodies,
                    method,
                    found.map(PathTable.Found::variables).orElse(Map.of()),
                    requestId);
        } catch (TorchServeException e) {
            exchange.respond(e.kind().status(), ContentType.JSON, e.document());
            return;
        }
        try {
            dispatch(call, found, exchange.header(HeaderNames.AUTHORIZATION));
        } catch (TorchServeException e) {
            call.respond(e.kind().status(), e.document());
        } catch (BodyReadException e) { // ends the connection
            throw e;
        } catch (InferException e) {
            TorchServeException told = TorchServeException.of(e);
            call.respond(told.kind().status(), told.document());
        } finally {
            statuses.accept(call.status());
        }
    }

    private void dispatch(RestCall call, Optional<PathTable.Found> found, Optional<String> authorization) {
        if (found.isEmpty()) {
            throw new TorchServeException(Kind.NO_RESOURCE, NO_RESOURCE);
        }
        PathTable.Row row = found.get().row();
        row.scope().ifPresent(scope -> tokens.check(scope, authorization));
        if (!found.get().methodFits()) {
            throw new TorchServeException(Kind.BAD_METHOD, NO_METHOD);
        }
        row.handler().handle(call);
    }

    private void mark(Exchange exchange) {
        if (!cors.origin().isEmpty()) {
            exchange.setHeader(HeaderNames.ACCESS_CONTROL_ALLOW_ORIGIN, cors.origin());
        }
        if (!cors.methods().isEmpty()) {
            exchange.setHeader(HeaderNames.ACCESS_CONTROL_ALLOW_METHODS, cors.methods());
        }
        if (!cors.headers().isEmpty()) {
            exchange.setHeader(HeaderNames.ACCESS_CONTROL_ALLOW_HEADERS, cors.headers());
        }
    }
}
