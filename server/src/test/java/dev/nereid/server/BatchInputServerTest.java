package dev.nereid.server;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.nereid.models.examples.GraphWriter;
import dev.nereid.proto.onnx.TensorProto.DataType;
import dev.nereid.server.config.Front;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * A batch of requests of 2, 4, 1 and 3 elements over HTTP, with the model of Triton's suite L0_batch_input: it shows every
 * request what the batcher has made of all four.
 */
@Timeout(120)
class BatchInputServerTest extends RunningServersTest {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final List<Integer> LENGTHS = List.of(2, 4, 1, 3);

    /** Each output is an input, once for each row of the batch; the sizes say how many there are. */
    private Server start(String sizes, String batch) throws IOException {
        new GraphWriter()
                .input("RAGGED_INPUT", DataType.FLOAT, -2)
                .input("BATCH_AND_SIZE_INPUT", DataType.FLOAT, -3)
                .input("BATCH_INPUT", DataType.FLOAT, -4)
                .constant("shape", 1L, -1L)
                .constant("expander_shape", -1L, 1L)
                .output("RAGGED_OUTPUT", DataType.FLOAT, -5, -6)
                .output("BATCH_AND_SIZE_OUTPUT", DataType.FLOAT, -7, -8)
                .output("BATCH_OUTPUT", DataType.FLOAT, -9, -10)
                .node("Reshape", "in_mat", "RAGGED_INPUT", "shape")
                .node("Reshape", "bs_mat", "BATCH_AND_SIZE_INPUT", "shape")
                .node("Reshape", "batch_mat", "BATCH_INPUT", "shape")
                .node("Div", "ones", "BATCH_AND_SIZE_INPUT", "BATCH_AND_SIZE_INPUT")
                .node("Reshape", "expander", "ones", "expander_shape")
                .node("MatMul", "RAGGED_OUTPUT", "expander", "in_mat")
                .node("MatMul", "BATCH_AND_SIZE_OUTPUT", "expander", "bs_mat")
                .node("MatMul", "BATCH_OUTPUT", "expander", "batch_mat")
                .write(repository.resolve("ragged/1"));
        servers.write("ragged", """
                backend: "onnxruntime"
                max_batch_size: 4
                input { name: "RAGGED_INPUT" data_type: TYPE_FP32 dims: -1 allow_ragged_batch: true }
                output { name: "RAGGED_OUTPUT" data_type: TYPE_FP32 dims: -1 }
                output { name: "BATCH_AND_SIZE_OUTPUT" data_type: TYPE_FP32 dims: -1 }
                output { name: "BATCH_OUTPUT" data_type: TYPE_FP32 dims: -1 }
                batch_input { kind: %s target_name: "BATCH_AND_SIZE_INPUT" data_type: TYPE_FP32
                  source_input: "RAGGED_INPUT" }
                batch_input { kind: %s target_name: "BATCH_INPUT" data_type: TYPE_FP32 source_input: "RAGGED_INPUT" }
                dynamic_batching { max_queue_delay_microseconds: 20000000 }
                """.formatted(sizes, batch));
        return servers.start();
    }

    /** The answers to four requests that travel in one batch, in the order in which they came. */
    private static List<JsonNode> answers(Server server) throws IOException, InterruptedException {
        List<CompletableFuture<HttpResponse<String>>> sent = new ArrayList<>();
        List<JsonNode> answers = new ArrayList<>();
        try (HttpClient client = HttpClient.newHttpClient()) {
            URI uri =
                    URI.create("http://127.0.0.1:" + server.port(Front.HTTP).orElseThrow() + "/v2/models/ragged/infer");
            for (int length : LENGTHS) {
                String body =
                        "{\"inputs\":[{\"name\":\"RAGGED_INPUT\",\"datatype\":\"FP32\",\"shape\":[1,%d],\"data\":%s}]}"
                                .formatted(length, Collections.nCopies(length, length));
                sent.add(client.sendAsync(
                        HttpRequest.newBuilder(uri)
                                .POST(HttpRequest.BodyPublishers.ofString(body))
                                .build(),
                        HttpResponse.BodyHandlers.ofString()));
                TimeUnit.MILLISECONDS.sleep(200);
            }
            for (CompletableFuture<HttpResponse<String>> each : sent) {
                HttpResponse<String> answer = each.join();
                assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
                answers.add(JSON.readTree(answer.body()));
            }
        }
        return answers;
    }

    private static JsonNode output(JsonNode answer, String name) {
        for (JsonNode output : answer.at("/outputs")) {
            if (output.at("/name").asText().equals(name)) {
                return output;
            }
        }
        throw new AssertionError("no output " + name + " in " + answer);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "BATCH_ELEMENT_COUNT | BATCH_ACCUMULATED_ELEMENT_COUNT_WITH_ZERO | [2.0,4.0,1.0,3.0] "
                        + "| [0.0,2.0,6.0,7.0,10.0]",
                "BATCH_ACCUMULATED_ELEMENT_COUNT | BATCH_ITEM_SHAPE_FLATTEN | [2.0,6.0,7.0,10.0] | [2.0,4.0,1.0,3.0]"
            })
    void everyRequestSeesTheWholeBatch(String sizes, String batch, String expectedSizes, String expectedBatch)
            throws IOException, InterruptedException {
        for (JsonNode answer : answers(start(sizes, batch))) {
            assertThat(output(answer, "RAGGED_OUTPUT").at("/data"))
                    .isEqualTo(JSON.readTree("[2.0,2.0,4.0,4.0,4.0,4.0,1.0,3.0,3.0,3.0]"));
            assertThat(output(answer, "RAGGED_OUTPUT").at("/shape")).isEqualTo(JSON.readTree("[1,10]"));
            assertThat(output(answer, "BATCH_AND_SIZE_OUTPUT").at("/data")).isEqualTo(JSON.readTree(expectedSizes));
            assertThat(output(answer, "BATCH_OUTPUT").at("/data")).isEqualTo(JSON.readTree(expectedBatch));
        }
    }

    @Test
    void everyRequestSeesTheShapesOfItsOwnItems() throws IOException {
        new GraphWriter()
                .input("RAGGED_INPUT", DataType.FLOAT, -2)
                .input("BATCH_INPUT", DataType.FLOAT, -3, 2)
                .output("BATCH_OUTPUT", DataType.FLOAT, -4, -5)
                .node("Identity", "BATCH_OUTPUT", "BATCH_INPUT")
                .write(repository.resolve("ragged/1"));
        servers.write("ragged", """
                backend: "onnxruntime"
                max_batch_size: 4
                input { name: "RAGGED_INPUT" data_type: TYPE_FP32 dims: [ -1, -1 ] allow_ragged_batch: true }
                output { name: "BATCH_OUTPUT" data_type: TYPE_FP32 dims: 2 }
                batch_input { kind: BATCH_ITEM_SHAPE target_name: "BATCH_INPUT" data_type: TYPE_FP32
                  source_input: "RAGGED_INPUT" }
                dynamic_batching { preferred_batch_size: 4 max_queue_delay_microseconds: 20000000 }
                """);
        Server server = servers.start();
        List<Future<String>> sent = new ArrayList<>();
        try (ExecutorService clients = Executors.newVirtualThreadPerTaskExecutor()) {
            for (String shape : List.of("2,1,2", "1,1,2", "1,2,2")) {
                String data = shape.equals("1,1,2") ? "[1,1]" : "[1,1,1,1]";
                String body =
                        "{\"inputs\":[{\"name\":\"RAGGED_INPUT\",\"datatype\":\"FP32\",\"shape\":[%s],\"data\":%s}]}"
                                .formatted(shape, data);
                sent.add(
                        clients.submit(() -> RunningServers.send(server, Front.HTTP, "/v2/models/ragged/infer", body)));
            }
        }
        assertThat(sent.stream().map(Future::resultNow).map(answer -> answer.replaceAll(".*\"data\":", "")))
                .containsExactly("[1.0,2.0,1.0,2.0]}]}", "[1.0,2.0]}]}", "[2.0,2.0]}]}");
    }

    @Test
    void theLongestRequestMayBeAShapeAlone() throws IOException, InterruptedException {
        for (JsonNode answer : answers(start("BATCH_ACCUMULATED_ELEMENT_COUNT", "BATCH_MAX_ELEMENT_COUNT_AS_SHAPE"))) {
            assertThat(output(answer, "BATCH_OUTPUT").at("/shape")).isEqualTo(JSON.readTree("[1,4]"));
        }
    }
}
