package dev.nereid.bench.perf.model;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;

/** A server's metadata over HTTP. */
public final class HttpServerApi implements ServerApi {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final Duration PATIENCE = Duration.ofSeconds(30);
    private static final int OK = 200;

    private final Endpoint endpoint;
    private final HttpClient client;

    /** A server at {@code endpoint}. */
    public HttpServerApi(Endpoint endpoint) {
        this.endpoint = endpoint;
        HttpClient.Builder builder =
                HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).connectTimeout(PATIENCE);
        endpoint.tls().ifPresent(builder::sslContext);
        this.client = builder.build();
    }

    @Override
    public ModelContract contract(String model, String version) {
        String path = path(model, version);
        JsonNode metadata = get(path);
        HttpResponse<String> config = send(request(path + "/config").GET().build());
        return config.statusCode() == OK
                ? ContractReader.of(metadata, json(config.body()), version)
                : ContractReader.ofMetadata(metadata, version);
    }

    @Override
    public boolean hasStatistics() {
        for (JsonNode extension : get("/v2").path("extensions")) {
            if (extension.asText().equals("statistics")) {
                return true;
            }
        }
        return false;
    }

    @Override
    public List<ModelStatistics> statistics(String model, String version) {
        return StatisticsReader.of(get(path(model, version) + "/stats"));
    }

    @Override
    public void close() {
        client.shutdownNow();
    }

    private static String path(String model, String version) {
        return "/v2/models/" + encode(model) + (version.isEmpty() ? "" : "/versions/" + encode(version));
    }

    private static String encode(String part) {
        return URLEncoder.encode(part, StandardCharsets.UTF_8).replace("+", "%20");
    }

    private JsonNode get(String path) {
        HttpResponse<String> response = send(request(path).GET().build());
        if (response.statusCode() != OK) {
            throw refused(path, response);
        }
        return json(response.body());
    }

    private static ServerException refused(String path, HttpResponse<String> response) {
        return new ServerException(path + " answered " + response.statusCode() + ": " + response.body());
    }

    private HttpRequest.Builder request(String path) {
        String scheme = endpoint.tls().isPresent() ? "https://" : "http://";
        HttpRequest.Builder builder = HttpRequest.newBuilder(
                        URI.create(scheme + endpoint.authority() + endpoint.path() + path))
                .timeout(PATIENCE);
        endpoint.headers().forEach(builder::header);
        return builder;
    }

    private HttpResponse<String> send(HttpRequest request) {
        try {
            return client.send(request, HttpResponse.BodyHandlers.ofString());
        } catch (IOException e) {
            String reason = e.getMessage() == null ? e.getClass().getSimpleName() : e.getMessage();
            throw new ServerException("no answer from " + endpoint.authority() + ": " + reason, e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new ServerException("interrupted while " + endpoint.authority() + " was asked", e);
        }
    }

    private static JsonNode json(String text) {
        try {
            return JSON.readTree(text);
        } catch (IOException e) {
            throw new ServerException("expected JSON, got '" + text + "'", e);
        }
    }
}
