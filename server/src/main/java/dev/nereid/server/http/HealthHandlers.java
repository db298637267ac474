package dev.nereid.server.http;

import dev.nereid.server.protocol.InferException;
import dev.nereid.server.protocol.json.JsonWriter;
import dev.nereid.server.repository.ModelRepository;
import io.helidon.http.HeaderNames;
import java.util.function.BooleanSupplier;

/** Liveness and readiness of the server and of models. Everything here is text/plain, as Triton's is. */
final class HealthHandlers {
    private static final byte[] NOTHING = new byte[0];

    private final ModelRepository repository;

    HealthHandlers(ModelRepository repository) {
        this.repository = repository;
    }

    Routes.Builder addTo(Routes.Builder routes) {
        return routes.add(
                        "GET",
                        "/v2/health/live",
                        ContentType.PLAIN,
                        exchange -> answer(exchange, "live", repository::isLive))
                .add(
                        "GET",
                        "/v2/health/ready",
                        ContentType.PLAIN,
                        exchange -> answer(exchange, "ready", repository::isReady))
                .addModel("GET", "/ready", ContentType.PLAIN, this::modelReady);
    }

    /**
     * KServe's client wants a body with the answer, and Triton's look at the status alone. Scripts, Triton's own among them,
     * have curl print the status behind the body and compare the two with a bare status: curl gets Triton's empty body.
     */
    private void answer(Exchange exchange, String member, BooleanSupplier state) {
        try {
            repository.checkNotExiting();
        } catch (InferException e) {
            exchange.respondError(e, ContentType.PLAIN);
            return;
        }
        boolean value = state.getAsBoolean();
        if (exchange.header(HeaderNames.USER_AGENT).orElse("").startsWith("curl/")) {
            exchange.respond(value ? 200 : 400, ContentType.PLAIN, NOTHING);
            return;
        }
        JsonWriter json =
                new JsonWriter().beginObject().name(member).value(value).endObject();
        exchange.respond(value ? 200 : 400, ContentType.JSON, json.toBytes());
    }

    private void modelReady(Exchange exchange) {
        boolean ready;
        try {
            ready = repository.isReady(exchange.model(), exchange.version()) && !repository.isDraining();
        } catch (InferException e) {
            exchange.respondError(e, ContentType.PLAIN);
            return;
        }
        if (ready) {
            exchange.respondEmpty(ContentType.PLAIN);
        } else {
            exchange.respondError(400, "Model version not ready", ContentType.PLAIN);
        }
    }
}
