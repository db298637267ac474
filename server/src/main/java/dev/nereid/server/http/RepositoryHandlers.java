package dev.nereid.server.http;

import dev.nereid.server.protocol.InferException;
import dev.nereid.server.protocol.RequestBudget;
import dev.nereid.server.protocol.json.JsonValue;
import dev.nereid.server.protocol.json.JsonWriter;
import dev.nereid.server.repository.IndexEntry;
import dev.nereid.server.repository.LoadParameters;
import dev.nereid.server.repository.ModelRepository;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/** The repository extension: index, load, unload. A load is answered when it has ended. */
final class RepositoryHandlers {
    private static final String FILE_PREFIX = "file:";

    /** What a byte of a config may become on the heap: an empty object in an array is a message. */
    private static final int CONFIG_FACTOR = 32;

    private final ModelRepository repository;
    private final RequestBodies bodies;

    RepositoryHandlers(ModelRepository repository, RequestBodies bodies) {
        this.repository = repository;
        this.bodies = bodies;
    }

    Routes.Builder addTo(Routes.Builder routes) {
        return routes.add("POST", "/v2/repository/index", ContentType.JSON, this::index)
                .add("POST", "/v2/repository/{repository}/index", ContentType.JSON, this::index)
                .add("POST", "/v2/repository/models/{model}/load", ContentType.JSON, this::load)
                .add("POST", "/v2/repository/{repository}/models/{model}/load", ContentType.JSON, this::load)
                .add("POST", "/v2/repository/models/{model}/unload", ContentType.JSON, this::unload)
                .add("POST", "/v2/repository/{repository}/models/{model}/unload", ContentType.JSON, this::unload);
    }

    private void index(Exchange exchange) {
        Optional<JsonValue> ready = document(exchange).flatMap(root -> root.find("ready"));
        if (ready.isPresent() && !ready.get().isBool()) {
            throw InferException.invalid("Invalid value for 'ready': expected a boolean");
        }
        boolean readyOnly = ready.isPresent() && ready.get().asBool();
        repository.checkServing();
        JsonWriter json = new JsonWriter().beginArray();
        for (IndexEntry entry : repository.index(readyOnly)) {
            json.beginObject();
            member(json, "name", entry.name());
            member(json, "version", entry.version());
            member(json, "state", entry.state());
            member(json, "reason", entry.reason());
            json.endObject();
        }
        exchange.respond(json.endArray());
    }

    private static void member(JsonWriter json, String name, String value) {
        if (!value.isEmpty()) {
            json.name(name).value(value);
        }
    }

    private void load(Exchange exchange) {
        refuseRepositoryName(exchange);
        Optional<JsonValue> parameters = document(exchange).flatMap(root -> root.find("parameters"));
        repository.load(
                exchange.model(),
                parameters
                        .map(given -> loadParameters(given, exchange.memory()))
                        .orElse(LoadParameters.NONE));
        exchange.respondEmpty(ContentType.JSON);
    }

    private static LoadParameters loadParameters(JsonValue parameters, RequestBudget.Share memory) {
        StringBuilder config = new StringBuilder();
        Map<String, byte[]> files = new LinkedHashMap<>();
        parameters.forEachMember((key, value) -> {
            if (key.equals("config")) {
                String text = value.asString();
                memory.take((long) CONFIG_FACTOR * text.length());
                config.append(text);
            } else if (key.startsWith(FILE_PREFIX)) {
                String text = value.asString();
                memory.take(text.length()); // what is made of it is shorter
                files.put(key.substring(FILE_PREFIX.length()), decodeBase64(key, text));
            } else {
                throw InferException.internal("unexpected error on creating Triton parameter");
            }
        });
        return new LoadParameters(config.toString(), files);
    }

    private static byte[] decodeBase64(String key, String text) {
        try {
            return Base64.getMimeDecoder().decode(text);
        } catch (IllegalArgumentException e) {
            throw new InferException(
                    InferException.Code.INVALID_ARG,
                    "failed to decode the value of '" + key + "' as base64: " + e.getMessage(),
                    e);
        }
    }

    private void unload(Exchange exchange) {
        refuseRepositoryName(exchange);
        boolean dependents = document(exchange)
                .flatMap(root -> root.find("parameters"))
                .flatMap(parameters -> parameters.find("unload_dependents"))
                .map(value -> value.isBool() && value.asBool()) // Triton ignores values of other types
                .orElse(false);
        repository.unload(exchange.model(), dependents);
        exchange.respondEmpty(ContentType.JSON);
    }

    private static void refuseRepositoryName(Exchange exchange) {
        if (exchange.hasVariable("repository")) {
            throw InferException.unsupported("'repository_name' specification is not supported");
        }
    }

    /** The body as JSON; empty if there is none. */
    private Optional<JsonValue> document(Exchange exchange) {
        byte[] body = bodies.whole(exchange);
        return body.length == 0
                ? Optional.empty()
                : Optional.of(JsonValue.parse(body, 0, body.length, exchange.memory()));
    }
}
