package dev.nereid.perf.model;

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

/** Single calls of a server over HTTP that wait for the answer. */
public final class HttpCalls implements AutoCloseable {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final Duration PATIENCE = Duration.ofSeconds(30);
    private static final int OK = 200;

    private final Endpoint endpoint;
    private final HttpClient client;

    /** Calls of the server at {@code endpoint}. */
    public HttpCalls(Endpoint endpoint) {
        this.endpoint = endpoint;
        HttpClient.Builder builder =
                HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).connectTimeout(PATIENCE);
        endpoint.tls().ifPresent(builder::sslContext);
        this.client = builder.build();
    }

    /** A part of a path as URLs have it. */
    static String encode(String part) {
        return URLEncoder.encode(part, StandardCharsets.UTF_8).replace("+", "%20");
    }

    /** The answer to a GET, whatever its status. */
    HttpResponse<String> ask(String path) {
        return send(request(path).GET().build());
    }

    /** The text of an answer that has to be 200. */
    public String text(String path) {
        return checked(path, ask(path)).body();
    }

    /** The JSON of an answer that has to be 200. */
    JsonNode get(String path) {
        return json(text(path));
    }

    /** Posts JSON; the answer has to be 200. */
    void post(String path, JsonNode body) {
        HttpResponse<String> response = send(request(path)
                .header("Content-Type", "application/json")
                .POST(HttpRequest.BodyPublishers.ofString(body.toString()))
                .build());
        checked(path, response);
    }

    private static HttpResponse<String> checked(String path, HttpResponse<String> response) {
        if (response.statusCode() != OK) {
            throw new ServerException(path + " answered " + response.statusCode() + ": " + response.body());
        }
        return response;
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

    static JsonNode json(String text) {
        try {
            return JSON.readTree(text);
        } catch (IOException e) {
            throw new ServerException("expected JSON, got '" + text + "'", e);
        }
    }

    @Override
    public void close() {
        client.shutdownNow();
    }
}
