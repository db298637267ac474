package dev.nereid.server.cases;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.nereid.memory.SlabPool;
import dev.nereid.server.cases.Exchange.Answer;
import dev.nereid.server.cases.Exchange.Request;
import dev.nereid.server.cases.Exchange.Tensor;
import dev.nereid.server.cases.Exchange.Wanted;
import dev.nereid.server.http.HttpConfig;
import dev.nereid.server.http.HttpFront;
import dev.nereid.server.repository.ModelRepository;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** The cases over HTTP; whether tensors go as JSON or as binary data is the subclass's matter. */
@SuppressWarnings("NullAway.Init") // startFront comes first
abstract class HttpCases extends ProtocolCases {
    private static final String HEADER_LENGTH = "Inference-Header-Content-Length";
    private static final ObjectMapper JSON = new ObjectMapper();

    private final boolean binary;
    private HttpFront front;
    private HttpClient client;

    HttpCases(boolean binary) {
        this.binary = binary;
    }

    @Override
    void startFront(ModelRepository models, SlabPool slabs) {
        front = HttpFront.start(HttpConfig.of("127.0.0.1", 0, "triton"), models, slabs);
        client = HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
    }

    @Override
    void stopFront(Duration timeout) {
        client.shutdownNow();
        front.stop(timeout);
    }

    @Override
    Answer infer(Request request) {
        ByteArrayOutputStream tensors = new ByteArrayOutputStream();
        ObjectNode head = head(request, tensors);
        String version = request.version().isEmpty() ? "" : "/versions/" + request.version();
        URI uri = URI.create("http://127.0.0.1:" + front.port() + "/v2/models/" + request.model() + version + "/infer");
        try {
            byte[] json = JSON.writeValueAsBytes(head);
            byte[] body = Arrays.copyOf(json, json.length + tensors.size());
            System.arraycopy(tensors.toByteArray(), 0, body, json.length, tensors.size());
            HttpRequest.Builder post = HttpRequest.newBuilder(uri)
                    .timeout(Duration.ofSeconds(60))
                    .POST(HttpRequest.BodyPublishers.ofByteArray(body));
            if (binary) {
                post.header(HEADER_LENGTH, Integer.toString(json.length));
            }
            return answer(client.send(post.build(), HttpResponse.BodyHandlers.ofByteArray()));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    private ObjectNode head(Request request, ByteArrayOutputStream tensors) {
        ObjectNode head = JSON.createObjectNode();
        if (!request.id().isEmpty()) {
            head.put("id", request.id());
        }
        ArrayNode inputs = head.putArray("inputs");
        for (Tensor input : request.inputs()) {
            ObjectNode node = inputs.addObject().put("name", input.name()).put("datatype", input.datatype());
            input.shape().forEach(node.withArray("shape")::add);
            if (binary) {
                node.putObject("parameters").put("binary_data_size", input.data().length);
                tensors.writeBytes(input.data());
            } else {
                node.putPOJO("data", Elements.json(input.datatype(), input.data()));
            }
        }
        for (Wanted wanted : request.wanted()) {
            ObjectNode parameters = head.withArray("outputs")
                    .addObject()
                    .put("name", wanted.name())
                    .putObject("parameters")
                    .put("binary_data", binary);
            if (wanted.classes() > 0) {
                parameters.put("classification", wanted.classes());
            }
        }
        if (binary && request.wanted().isEmpty()) {
            head.putObject("parameters").put("binary_data_output", true);
        }
        return head;
    }

    private static Answer answer(HttpResponse<byte[]> response) throws IOException {
        byte[] body = response.body();
        int jsonLength = response.headers()
                .firstValue(HEADER_LENGTH)
                .map(Integer::valueOf)
                .orElse(body.length);
        JsonNode head = JSON.readTree(body, 0, jsonLength);
        if (response.statusCode() != 200) {
            return new Answer.Failure(head.get("error").textValue());
        }
        List<Tensor> outputs = new ArrayList<>();
        int position = jsonLength;
        for (JsonNode output : head.get("outputs")) {
            String datatype = output.get("datatype").textValue();
            List<Long> shape = new ArrayList<>();
            output.get("shape").forEach(dim -> shape.add(dim.longValue()));
            byte[] data;
            if (output.has("data")) {
                data = Elements.bytes(datatype, Elements.values(datatype, output.get("data")));
            } else {
                int size = output.get("parameters").get("binary_data_size").intValue();
                data = Arrays.copyOfRange(body, position, position + size);
                position += size;
            }
            outputs.add(new Tensor(output.get("name").textValue(), datatype, shape, data));
        }
        return new Answer.Success(
                head.get("model_name").textValue(),
                head.get("model_version").textValue(),
                head.path("id").asText(""),
                outputs);
    }
}
