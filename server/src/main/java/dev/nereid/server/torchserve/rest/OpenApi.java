package dev.nereid.server.torchserve.rest;

import dev.nereid.server.torchserve.GsonText;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** Descriptions of what is served, as OpenAPI documents. */
final class OpenApi {
    private static final String VERSION = "3.0.1";

    /** Method, path, name and summary of what each call does. */
    private record Operation(String method, String path, String id, String summary) {}

    private static final List<Operation> INFERENCE = List.of(
            new Operation("options", "/", "apiDescription", "Describes this API."),
            new Operation("get", "/ping", "ping", "Tells whether all models have their workers."),
            new Operation("post", "/predictions/{model_name}", "predictions", "Asks the default version of a model."),
            new Operation(
                    "post",
                    "/predictions/{model_name}/{model_version}",
                    "version_predictions",
                    "Asks a version of a model."),
            new Operation("post", "/invocations", "invocations", "Asks the model that model_name names."),
            new Operation(
                    "post", "/v1/models/{model_name}:predict", "kserveV1", "Asks a model, as KServe's version 1."),
            new Operation("post", "/v2/models/{model_name}/infer", "kserveV2", "Asks a model, as KServe's version 2."));

    private static final List<Operation> MANAGEMENT = List.of(
            new Operation("options", "/", "apiDescription", "Describes this API."),
            new Operation("get", "/models", "listModels", "Lists models."),
            new Operation("post", "/models", "registerModel", "Registers a model."),
            new Operation("get", "/models/{model_name}", "describeModel", "Describes a model."),
            new Operation("put", "/models/{model_name}", "setAutoScale", "Changes the workers of a model."),
            new Operation("delete", "/models/{model_name}", "unregisterModel", "Unregisters a model."),
            new Operation(
                    "get",
                    "/models/{model_name}/{model_version}",
                    "version_describeModel",
                    "Describes a version of a model."),
            new Operation(
                    "put",
                    "/models/{model_name}/{model_version}",
                    "version_setAutoScale",
                    "Changes the workers of a version of a model."),
            new Operation(
                    "delete",
                    "/models/{model_name}/{model_version}",
                    "version_unregisterModel",
                    "Unregisters a version of a model."),
            new Operation(
                    "put",
                    "/models/{model_name}/{model_version}/set-default",
                    "setDefault",
                    "Has requests without a version mean this one."));

    private static final List<Operation> METRICS =
            List.of(new Operation("get", "/metrics", "metrics", "Tells metrics in the format of Prometheus."));

    private OpenApi() {}

    /** What a port serves. */
    static byte[] of(boolean inference, boolean management, boolean metrics) {
        List<Operation> operations = new ArrayList<>();
        if (inference) {
            operations.addAll(INFERENCE);
        }
        if (management) {
            operations.addAll(MANAGEMENT);
        }
        if (metrics) {
            operations.addAll(METRICS);
        }
        return document("TorchServe APIs", operations);
    }

    /** The calls for one model. */
    static byte[] ofModel(String name) {
        return document(
                "RESTful API for: " + name,
                List.of(new Operation("post", "/predictions/" + name, "prediction", "Asks the model.")));
    }

    private static byte[] document(String title, List<Operation> operations) {
        Map<String, Map<String, Object>> paths = new TreeMap<>();
        for (Operation operation : operations) {
            Map<String, Object> described =
                    GsonText.object("summary", operation.summary(), "operationId", operation.id());
            List<Object> parameters = new ArrayList<>();
            for (String segment : operation.path().split("[/:]", -1)) {
                if (segment.startsWith("{")) {
                    parameters.add(GsonText.object(
                            "in",
                            "path",
                            "name",
                            segment.substring(1, segment.length() - 1),
                            "required",
                            true,
                            "schema",
                            GsonText.object("type", "string")));
                }
            }
            if (!parameters.isEmpty()) {
                described.put("parameters", parameters);
            }
            described.put("responses", GsonText.object("200", GsonText.object("description", "The answer.")));
            paths.computeIfAbsent(operation.path(), _ -> new TreeMap<>()).put(operation.method(), described);
        }
        return GsonText.of(GsonText.object(
                "openapi", VERSION, "info", GsonText.object("title", title, "version", "0.12.0"), "paths", paths));
    }
}
