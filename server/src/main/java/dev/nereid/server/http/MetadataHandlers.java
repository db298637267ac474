package dev.nereid.server.http;

import dev.nereid.server.protocol.ApiGroup;
import dev.nereid.server.protocol.ServerIdentity;
import dev.nereid.server.protocol.json.JsonWriter;
import dev.nereid.server.repository.Model;
import dev.nereid.server.repository.ModelRepository;
import dev.nereid.server.repository.validation.TensorMetadata;
import java.util.List;

/** What the server, a model and its config look like. */
final class MetadataHandlers {
    private final String serverName;
    private final ModelRepository repository;

    MetadataHandlers(String serverName, ModelRepository repository) {
        this.serverName = serverName;
        this.repository = repository;
    }

    Routes.Builder addTo(Routes.Builder routes) {
        return routes.of(ApiGroup.METADATA)
                .add("GET", "/v2", ContentType.JSON, this::server)
                .add("GET", "/v2/openapi.json", ContentType.JSON, this::openApi)
                .addModel("GET", "", ContentType.JSON, this::model)
                .of(ApiGroup.MODEL_CONFIG)
                .addModel("GET", "/config", ContentType.JSON, this::config);
    }

    private void server(Exchange exchange) {
        JsonWriter json = new JsonWriter().beginObject();
        json.name("name").value(serverName);
        json.name("version").value(ServerIdentity.VERSION);
        json.name("extensions").beginArray();
        ServerIdentity.EXTENSIONS.forEach(json::value);
        exchange.respond(json.endArray().endObject());
    }

    private void openApi(Exchange exchange) {
        List<Model> models = repository.addressableModels().stream()
                .filter(model -> !model.decoupled())
                .toList();
        exchange.respond(OpenApiDocument.of(serverName, models));
    }

    private void model(Exchange exchange) {
        Model model = repository.find(exchange.model(), exchange.version());
        List<Model> versions =
                exchange.version().isEmpty() ? repository.readyVersions(exchange.model()) : List.of(model);
        JsonWriter json = new JsonWriter().beginObject();
        json.name("name").value(model.name());
        json.name("versions").beginArray();
        versions.forEach(version -> json.value(Long.toString(version.version())));
        json.endArray();
        json.name("platform").value(model.platform());
        tensors(json.name("inputs"), model.inputs());
        tensors(json.name("outputs"), model.outputs());
        exchange.respond(json.endObject());
    }

    private static void tensors(JsonWriter json, List<TensorMetadata> tensors) {
        json.beginArray();
        for (TensorMetadata tensor : tensors) {
            json.beginObject();
            json.name("name").value(tensor.name());
            json.name("datatype").value(tensor.dataType().protocolName());
            json.name("shape").beginArray();
            tensor.shape().forEach(json::value);
            json.endArray().endObject();
        }
        json.endArray();
    }

    private void config(Exchange exchange) {
        Model model = repository.find(exchange.model(), exchange.version());
        JsonWriter json = new JsonWriter();
        MessageJson.write(json, model.config());
        exchange.respond(json);
    }
}
