package dev.nereid.server.http;

import dev.nereid.server.protocol.ApiGroup;
import dev.nereid.server.protocol.InferException;
import dev.nereid.server.protocol.json.JsonValue;
import dev.nereid.server.protocol.json.JsonWriter;
import java.io.IOException;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * SageMaker's calls for a container that serves many models: it lists, loads, shows, invokes and unloads them. A load is
 * answered when it has ended, an unload when the memory is given back.
 */
final class SageMakerHandlers {
    /** Names the archive that a model comes from; a load without it calls the model by its key. */
    private static final String TARGET_MODEL = "X-Amzn-SageMaker-Target-Model";

    /** Folders that are no files of anybody's. */
    private static final List<Path> REFUSED = List.of(Path.of("/dev"), Path.of("/proc"), Path.of("/sys"));

    private static final byte[] NOTHING = new byte[0];

    private static final Logger LOG = LoggerFactory.getLogger(SageMakerHandlers.class);

    private final SageMakerModels models;
    private final Documents documents;
    private final InferHandler inference;

    SageMakerHandlers(SageMakerModels models, Documents documents, InferHandler inference) {
        this.models = models;
        this.documents = documents;
        this.inference = inference;
    }

    /** As in Triton, a path with a method that is no row's is no path. */
    Routes routes() {
        Routes.Builder routes = Routes.builder().of(ApiGroup.MODEL_REPOSITORY);
        for (String all : List.of("/models", "/models/")) {
            add(routes, "GET", all, this::list);
            add(routes, "POST", all, this::load);
        }
        for (String one : List.of("/models/{model}", "/models/{model}/invoke")) {
            add(routes, "GET", one, this::show);
            add(routes, "DELETE", one, this::unload);
        }
        add(routes, "POST", "/models/{model}", this::load);
        add(routes.of(ApiGroup.INFERENCE), "POST", "/models/{model}/invoke", this::invoke);
        return routes.build();
    }

    private static void add(Routes.Builder routes, String method, String path, RouteHandler handler) {
        routes.add(method, path, ContentType.JSON, exchange -> {
            exchange.answerErrorsWith(ErrorFormat.ofTriton(SageMakerErrors::status));
            handler.handle(exchange);
        });
    }

    private void list(Exchange exchange) {
        JsonWriter json = new JsonWriter().beginObject().name("models").beginArray();
        models.ready().forEach((key, model) -> write(json, key, model));
        exchange.respond(json.endArray().endObject());
    }

    private void show(Exchange exchange) {
        Optional<SageMakerModels.Loaded> model = models.find(exchange.model());
        if (model.isEmpty()) {
            answerNotFound(exchange);
            return;
        }
        JsonWriter json = new JsonWriter();
        write(json, exchange.model(), model.get());
        exchange.respond(json);
    }

    private static void write(JsonWriter json, String key, SageMakerModels.Loaded model) {
        json.beginObject()
                .name("modelName")
                .value(key)
                .name("modelUrl")
                .value(model.root().toString())
                .endObject();
    }

    private void load(Exchange exchange) {
        JsonValue request = documents.read(exchange);
        String key = text(request, "model_name");
        Path archive = archive(text(request, "url"));
        models.load(key, exchange.header(TARGET_MODEL).orElse(key), archive);
        exchange.respondEmpty(ContentType.JSON);
    }

    private static String text(JsonValue request, String member) {
        String text = request.find(member).map(JsonValue::asString).orElse("");
        if (text.isEmpty()) {
            throw InferException.invalid("expected a model to load with its 'model_name' and 'url', got no " + member);
        }
        return text;
    }

    /** The folder that a URL stands for; SageMaker has unpacked the archive there. */
    private static Path archive(String url) {
        Path folder;
        try {
            folder = Path.of(url).toAbsolutePath().normalize();
        } catch (InvalidPathException e) {
            throw InferException.invalid("expected the path of a folder as 'url', got '" + url + "': " + e.getReason());
        }
        if (isRefused(folder) || isRefused(withoutLinks(folder))) {
            LOG.error("Invalid URL: {}. \"url\" property value cannot start with /dev/, /proc/, or /sys/.", url);
            throw InferException.invalid(
                    "the 'url' of a model cannot start with /dev/, /proc/ or /sys/, got '" + url + "'");
        }
        return folder;
    }

    private static boolean isRefused(Path folder) {
        return REFUSED.stream().anyMatch(folder::startsWith);
    }

    private static Path withoutLinks(Path folder) {
        try {
            return folder.toRealPath();
        } catch (IOException _) {
            return folder; // whoever reads it says that it is not there
        }
    }

    private void unload(Exchange exchange) {
        if (models.unload(exchange.model())) {
            exchange.respondEmpty(ContentType.JSON);
        } else {
            answerNotFound(exchange);
        }
    }

    private void invoke(Exchange exchange) {
        Optional<SageMakerModels.Loaded> model = models.find(exchange.model());
        if (model.isEmpty()) {
            answerNotFound(exchange);
            return;
        }
        LOG.debug("Invoking SageMaker TargetModel: {}", model.get().name());
        inference.infer(exchange, model.get().name(), "");
    }

    /** Nothing but a status, as in Triton. */
    private static void answerNotFound(Exchange exchange) {
        exchange.respond(404, ContentType.PLAIN, NOTHING);
    }
}
