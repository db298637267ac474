package dev.nereid.perf;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import com.sun.net.httpserver.HttpsConfigurator;
import com.sun.net.httpserver.HttpsServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;
import java.util.function.Function;
import javax.net.ssl.SSLContext;

/** A server over HTTP or HTTPS with a {@link FakeModel} named {@code double}, and texts at other paths. */
final class FakeHttpServer implements AutoCloseable {
    private static final ObjectMapper JSON = new ObjectMapper();

    final FakeModel model = new FakeModel();

    /** Answers of further paths, to GET and POST. */
    final Map<String, String> texts = new ConcurrentHashMap<>();

    /** What kind of text each of these is, where that matters. */
    final Map<String, String> types = new ConcurrentHashMap<>();

    /** The last body that was posted to each path. */
    final Map<String, String> posted = new ConcurrentHashMap<>();

    private final HttpServer server;
    private volatile Function<String, String> statistics = _ -> "{}";

    FakeHttpServer(Optional<SSLContext> tls) throws IOException {
        InetSocketAddress address = new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
        if (tls.isPresent()) {
            HttpsServer https = HttpsServer.create(address, 128);
            https.setHttpsConfigurator(new HttpsConfigurator(tls.get()));
            server = https;
        } else {
            server = HttpServer.create(address, 128);
        }
        server.createContext("/", this::handle);
        server.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
        server.start();
        texts.put("/v2", "{\"name\":\"fake\",\"extensions\":[]}");
        texts.put("/v2/models/double", """
                {"name":"double","inputs":[{"name":"INPUT0","datatype":"FP32","shape":[4]}],
                 "outputs":[{"name":"OUTPUT0","datatype":"FP32","shape":[4]}]}""");
        texts.put("/v2/models/double/config", "{\"name\":\"double\"}");
    }

    int port() {
        return server.getAddress().getPort();
    }

    /** Makes the statistics of a model from its name, each time they are asked for. */
    void growing(Function<String, String> made) {
        statistics = made;
    }

    private void handle(HttpExchange exchange) throws IOException {
        try (exchange) {
            String path = exchange.getRequestURI().getPath();
            byte[] body = exchange.getRequestBody().readAllBytes();
            if (exchange.getRequestMethod().equals("POST")) {
                posted.put(path, new String(body, StandardCharsets.UTF_8));
            }
            try {
                if (path.endsWith("/double/infer")) {
                    infer(exchange, body);
                } else if (path.contains("/systemsharedmemory/")) {
                    sharedMemory(path, body);
                    answer(exchange, 200, new byte[0]);
                } else if (path.endsWith("/stats")) {
                    answer(
                            exchange,
                            200,
                            statistics.apply(path.split("/", -1)[3]).getBytes(StandardCharsets.UTF_8));
                } else if (texts.containsKey(path)) {
                    model.calls.add(exchange.getRequestMethod() + " " + path);
                    if (types.containsKey(path)) {
                        exchange.getResponseHeaders().add("Content-Type", types.get(path));
                    }
                    answer(exchange, 200, texts.get(path).getBytes(StandardCharsets.UTF_8));
                } else {
                    answer(exchange, 404, "{\"error\":\"Not Found\"}".getBytes(StandardCharsets.UTF_8));
                }
            } catch (IllegalStateException e) {
                answer(exchange, 400, e.toString().getBytes(StandardCharsets.UTF_8));
            }
        }
    }

    private void sharedMemory(String path, byte[] body) throws IOException {
        String[] parts = path.split("/", -1);
        String region = parts[4];
        model.calls.add(parts[5]);
        if (parts[5].equals("register")) {
            model.regions.put(region, JSON.readTree(body).path("key").asText());
        } else {
            model.regions.remove(region);
        }
    }

    private void infer(HttpExchange exchange, byte[] body) throws IOException {
        String header = exchange.getRequestHeaders().getFirst("Inference-Header-Content-Length");
        int json = header == null ? body.length : Integer.parseInt(header);
        JsonNode request = JSON.readTree(body, 0, json);
        JsonNode input = request.at("/inputs/0");
        JsonNode region = input.at("/parameters/shared_memory_region");
        ByteBuffer content;
        if (region.isTextual()) {
            content = model.read(
                    region.asText(),
                    input.at("/parameters/shared_memory_offset").asLong(),
                    input.at("/parameters/shared_memory_byte_size").asLong());
        } else if (input.has("data")) {
            content = ByteBuffer.allocate(FakeModel.BYTES).order(ByteOrder.LITTLE_ENDIAN);
            input.path("data").forEach(value -> content.putFloat((float) value.asDouble()));
            content.flip();
        } else {
            content = ByteBuffer.wrap(body, json, body.length - json).slice();
        }
        ByteBuffer output = model.answer(content);
        JsonNode asked = request.at("/outputs/0/parameters");
        String head =
                "{\"model_name\":\"double\",\"outputs\":[{\"name\":\"OUTPUT0\",\"datatype\":\"FP32\",\"shape\":[4]";
        if (asked.has("shared_memory_region")) {
            model.write(asked.path("shared_memory_region").asText(), 0, output);
            answer(exchange, 200, (head + "}]}").getBytes(StandardCharsets.UTF_8));
        } else if (asked.path("binary_data").asBoolean()) {
            byte[] text = (head + ",\"parameters\":{\"binary_data_size\":16}}]}").getBytes(StandardCharsets.UTF_8);
            exchange.getResponseHeaders().add("Inference-Header-Content-Length", String.valueOf(text.length));
            answer(
                    exchange,
                    200,
                    ByteBuffer.allocate(text.length + FakeModel.BYTES)
                            .put(text)
                            .put(output)
                            .array());
        } else {
            StringBuilder data = new StringBuilder();
            ByteBuffer numbers = output.order(ByteOrder.LITTLE_ENDIAN);
            while (numbers.hasRemaining()) {
                data.append(data.isEmpty() ? "" : ",").append(numbers.getFloat());
            }
            answer(exchange, 200, (head + ",\"data\":[" + data + "]}]}").getBytes(StandardCharsets.UTF_8));
        }
    }

    private static void answer(HttpExchange exchange, int status, byte[] body) throws IOException {
        exchange.sendResponseHeaders(status, body.length == 0 ? -1 : body.length);
        exchange.getResponseBody().write(body);
    }

    @Override
    public void close() {
        server.stop(0);
    }
}
