package dev.nereid.perf.model;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.net.http.HttpResponse;
import java.util.List;
import java.util.Map;

/** A server that speaks the KServe v2 protocol and, as far as it does, Triton's extensions, over HTTP. */
public final class HttpServerApi implements ServerApi {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final int OK = 200;

    private final HttpCalls calls;

    /** A server at {@code endpoint}. */
    public HttpServerApi(Endpoint endpoint) {
        this.calls = new HttpCalls(endpoint);
    }

    @Override
    public ModelContract contract(String model, String version) {
        String path = path(model, version);
        JsonNode metadata = calls.get(path);
        HttpResponse<String> config = calls.ask(path + "/config");
        return config.statusCode() == OK
                ? ContractReader.of(metadata, HttpCalls.json(config.body()), version)
                : ContractReader.ofMetadata(metadata, version);
    }

    @Override
    public boolean hasStatistics() {
        for (JsonNode extension : calls.get("/v2").path("extensions")) {
            if (extension.asText().equals("statistics")) {
                return true;
            }
        }
        return false;
    }

    @Override
    public List<ModelStatistics> statistics(String model, String version) {
        return StatisticsReader.of(calls.get(path(model, version) + "/stats"));
    }

    @Override
    public void registerRegion(String region, String key, long bytes) {
        ObjectNode body = JSON.createObjectNode();
        body.put("key", key).put("offset", 0).put("byte_size", bytes);
        calls.post("/v2/systemsharedmemory/region/" + HttpCalls.encode(region) + "/register", body);
    }

    @Override
    public void unregisterRegion(String region) {
        calls.post(
                "/v2/systemsharedmemory/region/" + HttpCalls.encode(region) + "/unregister", JSON.createObjectNode());
    }

    /** Levels are a list, all other settings are texts. */
    @Override
    public void traceSettings(String model, Map<String, List<String>> settings) {
        ObjectNode body = JSON.createObjectNode();
        settings.forEach((name, values) -> {
            if (name.equals("trace_level")) {
                values.forEach(body.withArray(name)::add);
            } else {
                body.put(name, values.getFirst());
            }
        });
        calls.post("/v2/models/" + HttpCalls.encode(model) + "/trace/setting", body);
    }

    @Override
    public void close() {
        calls.close();
    }

    private static String path(String model, String version) {
        return "/v2/models/" + HttpCalls.encode(model)
                + (version.isEmpty() ? "" : "/versions/" + HttpCalls.encode(version));
    }
}
