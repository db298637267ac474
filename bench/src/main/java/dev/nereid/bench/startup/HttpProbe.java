package dev.nereid.bench.startup;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.google.protobuf.ByteString;
import dev.nereid.perf.nullserver.NullHttpServer;
import dev.nereid.proto.inference.ModelInferRequest;
import dev.nereid.tensor.DataType;
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
import java.util.ArrayList;
import java.util.List;

/** What a client sees of a server over HTTP. Any thread. */
public final class HttpProbe {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final String STRINGS = "BYTES";
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
    static void warmUp(double seconds) throws IOException {
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
        ObjectNode body = JSON.createObjectNode();
        ArrayNode inputs = body.putArray("inputs");
        for (Input each : inputs(model)) {
            ObjectNode input = inputs.addObject().put("name", each.name()).put("datatype", each.datatype());
            ArrayNode shape = input.putArray("shape");
            each.shape().forEach(shape::add);
            ArrayNode data = input.putArray("data");
            for (int i = 0; i < each.elements(); i++) {
                if (each.datatype().equals(STRINGS)) {
                    data.add("0");
                } else {
                    data.add(0);
                }
            }
        }
        return HttpRequest.newBuilder(URI.create(root + "/v2/models/" + model + "/infer"))
                .timeout(TIMEOUT)
                .POST(BodyPublishers.ofByteArray(JSON.writeValueAsBytes(body)))
                .build();
    }

    /**
     * The same for gRPC; strings are empty.
     *
     * @throws IOException if the server does not describe the model
     */
    ModelInferRequest message(String model) throws IOException {
        ModelInferRequest.Builder message = ModelInferRequest.newBuilder().setModelName(model);
        for (Input each : inputs(model)) {
            message.addInputsBuilder()
                    .setName(each.name())
                    .setDatatype(each.datatype())
                    .addAllShape(each.shape().stream().map(Integer::longValue).toList());
            int bytes = each.datatype().equals(STRINGS)
                    ? Integer.BYTES
                    : DataType.ofProtocolName(each.datatype()).orElseThrow().bytes();
            message.addRawInputContents(ByteString.copyFrom(new byte[each.elements() * bytes]));
        }
        return message.build();
    }

    /** An input of a model, with numbers for its open dims. */
    private record Input(String name, String datatype, List<Integer> shape) {
        int elements() {
            return shape.stream().reduce(1, Math::multiplyExact);
        }
    }

    private List<Input> inputs(String model) throws IOException {
        HttpResponse<byte[]> metadata = send(get(root + "/v2/models/" + model));
        if (metadata.statusCode() != 200) {
            throw new IOException("model '" + model + "': its metadata was answered with " + metadata.statusCode());
        }
        List<Input> inputs = new ArrayList<>();
        for (JsonNode port : JSON.readTree(metadata.body()).get("inputs")) {
            List<Integer> shape = new ArrayList<>();
            for (JsonNode dim : port.get("shape")) {
                shape.add(dim.asInt() >= 0 ? dim.asInt() : shape.isEmpty() ? 1 : OPEN_DIM);
            }
            inputs.add(new Input(port.get("name").asText(), port.get("datatype").asText(), shape));
        }
        return inputs;
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
