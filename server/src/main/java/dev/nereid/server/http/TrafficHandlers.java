package dev.nereid.server.http;

import dev.nereid.server.protocol.InferException;
import dev.nereid.server.protocol.json.JsonValue;
import dev.nereid.server.repository.ModelRepository;
import dev.nereid.server.traffic.TrafficJson;
import java.nio.charset.StandardCharsets;
import java.util.Optional;

/** Traffic between the versions of a model: the report, and changes of the document in force. */
final class TrafficHandlers {
    private static final String PATH = "/v2/nereid/models/{model}/traffic";

    private final ModelRepository repository;
    private final Documents documents;

    TrafficHandlers(ModelRepository repository, Documents documents) {
        this.repository = repository;
        this.documents = documents;
    }

    Routes.Builder addTo(Routes.Builder routes) {
        return routes.add("GET", PATH, ContentType.JSON, this::report)
                .add("POST", PATH, ContentType.JSON, this::change);
    }

    private void report(Exchange exchange) {
        exchange.respond(TrafficJson.write(repository.traffic(exchange.model()).report()));
    }

    private void change(Exchange exchange) {
        JsonValue root = documents.read(exchange);
        Optional<JsonValue> document = root.find("document");
        Optional<JsonValue> resume = root.find("resume");
        if (!root.isObject() || root.memberCount() != 1 || document.isPresent() == resume.isPresent()) {
            throw InferException.invalid(
                    "expected an object with one key: 'document' with a traffic document, or with null "
                            + "for the model's own one, or 'resume' with true to end a rollback");
        }
        if (document.isPresent()) {
            repository.overrideTraffic(
                    exchange.model(),
                    document.filter(value -> !value.isNull())
                            .map(value -> new String(value.toBytes(), StandardCharsets.UTF_8)));
        } else {
            if (!resume.get().isBool() || !resume.get().asBool()) {
                throw InferException.invalid("resume: expected true");
            }
            repository.traffic(exchange.model()).resume();
        }
        report(exchange);
    }
}
