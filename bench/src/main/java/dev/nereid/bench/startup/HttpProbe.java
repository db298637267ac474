package dev.nereid.bench.startup;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.nereid.bench.perf.nullserver.NullHttpServer;
import java.io.IOException;
import java.net.ConnectException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;

/** What a client sees of a server over HTTP. Any thread. */
public final class HttpProbe {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final Duration TIMEOUT = Duration.ofSeconds(20);

    /** What stands for open dims: one item, and texts of so many tokens. */
    private static final int OPEN_DIM = 16;

    private final HttpClient client =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
    private final String root;

    HttpProbe(int port) {
        this("127.0.0.1:" + port);
    }

    /** @param place host and port */
    public HttpProbe(String place) {
        this.root = "http://" + place;
    }

    /** Sends requests to a server that does nothing, so that the first request to another measures it and not this client. */
    static void rehearse(double seconds) throws IOException {
        try (NullHttpServer server = new NullHttpServer(0)) {
            HttpProbe probe = new HttpProbe(server.port());
            HttpRequest request = probe.request("null");
            long end = System.nanoTime() + (long) (seconds * 1e9);
            do {
                probe.millis(request);
            } while (System.nanoTime() < end);
        }
    }

    /** Whether a GET is answered with 200; false too where nobody listens. */
    boolean answers(String path) {
        try {
            return send(get(root + path)).statusCode() == 200;
        } catch (IOException e) {
            return false;
        }
    }

    /**
     * A request of zeros for a model, one item of it.
     *
     * @throws IOException if the server does not describe the model
     */
    HttpRequest request(String model) throws IOException {
        String path = root + "/v2/models/" + model;
        HttpResponse<byte[]> metadata = send(get(path));
        if (metadata.statusCode() != 200) {
            throw new IOException("model '" + model + "': its metadata was answered with " + metadata.statusCode());
        }
        ObjectNode body = JSON.createObjectNode();
        ArrayNode inputs = body.putArray("inputs");
        for (JsonNode port : JSON.readTree(metadata.body()).get("inputs")) {
            ObjectNode input = inputs.addObject()
                    .put("name", port.get("name").asText())
                    .put("datatype", port.get("datatype").asText());
            ArrayNode shape = input.putArray("shape");
            int elements = 1;
            for (JsonNode dim : port.get("shape")) {
                int extent = dim.asInt() >= 0 ? dim.asInt() : shape.isEmpty() ? 1 : OPEN_DIM;
                shape.add(extent);
                elements = Math.multiplyExact(elements, extent);
            }
            ArrayNode data = input.putArray("data");
            for (int i = 0; i < elements; i++) {
                if (input.get("datatype").asText().equals("BYTES")) {
                    data.add("0");
                } else {
                    data.add(0);
                }
            }
        }
        return HttpRequest.newBuilder(URI.create(path + "/infer"))
                .timeout(TIMEOUT)
                .POST(BodyPublishers.ofByteArray(JSON.writeValueAsBytes(body)))
                .build();
    }

    /**
     * Sends a request and waits for its answer.
     *
     * @return milliseconds
     * @throws IOException if it is not answered with 200
     */
    double millis(HttpRequest request) throws IOException {
        long start = System.nanoTime();
        HttpResponse<byte[]> response = send(request);
        double millis = (System.nanoTime() - start) / 1e6;
        body(response);
        return millis;
    }

    /**
     * Sends a body to a path.
     *
     * @param headers as {@code name: value}
     * @return the answer's body
     * @throws IOException if it is not answered with 200
     */
    public byte[] post(String path, byte[] body, List<String> headers) throws IOException {
        HttpRequest.Builder request =
                HttpRequest.newBuilder(URI.create(root + path)).timeout(TIMEOUT).POST(BodyPublishers.ofByteArray(body));
        for (String header : headers) {
            String[] parts = header.split(": ", 2);
            request.header(parts[0], parts[1]);
        }
        return body(send(request.build()));
    }

    private static HttpRequest get(String uri) {
        return HttpRequest.newBuilder(URI.create(uri)).timeout(TIMEOUT).build();
    }

    private static byte[] body(HttpResponse<byte[]> response) throws IOException {
        if (response.statusCode() != 200) {
            throw new IOException(response.uri() + " was answered with " + response.statusCode() + ": "
                    + new String(response.body(), StandardCharsets.UTF_8));
        }
        return response.body();
    }

    private HttpResponse<byte[]> send(HttpRequest request) throws IOException {
        try {
            return client.send(request, BodyHandlers.ofByteArray());
        } catch (ConnectException e) {
            // It has no message.
            throw new IOException("nobody listens at " + request.uri(), e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted", e);
        }
    }
}
