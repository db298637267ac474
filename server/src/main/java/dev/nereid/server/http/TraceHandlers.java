package dev.nereid.server.http;

import dev.nereid.server.observe.TraceConfig;
import dev.nereid.server.observe.TraceSetting;
import dev.nereid.server.observe.TraceSettings;
import dev.nereid.server.protocol.json.JsonValue;
import dev.nereid.server.protocol.json.JsonWriter;
import dev.nereid.server.repository.ModelRepository;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** The trace extension: settings of the server and of single models. */
final class TraceHandlers {
    private static final String PATH = "/trace/setting";

    private final TraceSettings settings;
    private final ModelRepository repository;
    private final Documents documents;

    TraceHandlers(TraceSettings settings, ModelRepository repository, Documents documents) {
        this.settings = settings;
        this.repository = repository;
        this.documents = documents;
    }

    Routes.Builder addTo(Routes.Builder routes) {
        for (String base : List.of("/v2", "/v2/models/{model}")) {
            routes.add("GET", base + PATH, ContentType.JSON, this::read)
                    .add("POST", base + PATH, ContentType.JSON, this::change);
        }
        return routes;
    }

    private void read(Exchange exchange) {
        checkModel(exchange);
        answer(exchange, settings.of(exchange.model()));
    }

    private void change(Exchange exchange) {
        checkModel(exchange);
        JsonValue wanted = documents.read(exchange);
        if (wanted.find("trace_file").filter(file -> !file.isNull()).isPresent()) {
            throw TraceSettings.fileIsFixed();
        }
        Map<TraceSetting, Optional<List<String>>> changes = new EnumMap<>(TraceSetting.class);
        for (TraceSetting setting : TraceSetting.values()) {
            wanted.find(setting.protocolName()).ifPresent(value -> changes.put(setting, values(setting, value)));
        }
        answer(exchange, settings.change(exchange.model(), changes));
    }

    private void checkModel(Exchange exchange) {
        if (exchange.hasVariable("model")) {
            TraceSettings.checkModel(exchange.model(), name -> repository.find(name, ""));
        }
    }

    /** The values that a client gives; none to clear the setting. */
    private static Optional<List<String>> values(TraceSetting setting, JsonValue value) {
        if (value.isNull()) {
            return Optional.empty();
        }
        if (setting != TraceSetting.LEVEL) {
            return Optional.of(List.of(value.asString()));
        }
        List<String> levels = new ArrayList<>();
        JsonValue.Elements elements = value.elements();
        while (elements.next()) {
            levels.add(elements.value().asString());
        }
        return Optional.of(levels);
    }

    private void answer(Exchange exchange, Map<TraceSetting, List<String>> values) {
        TraceConfig config = settings.config();
        JsonWriter json = new JsonWriter().beginObject();
        values.forEach((setting, texts) -> {
            if (setting == TraceSetting.LEVEL) {
                json.name(setting.protocolName()).beginArray();
                texts.forEach(json::value);
                json.endArray();
            } else if (config.shows(setting)) {
                json.name(setting.protocolName()).value(texts.getFirst());
            }
        });
        config.fixed().forEach((name, value) -> json.name(name).value(value));
        exchange.respond(json.endObject());
    }
}
