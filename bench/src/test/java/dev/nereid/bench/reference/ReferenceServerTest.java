package dev.nereid.bench.reference;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ReferenceServerTest {
    private static final Path EXAMPLES = Path.of("../models/examples");

    @TempDir
    private Path repository;

    private void model(String name, String moreConfig) throws Exception {
        Path version = Files.createDirectories(repository.resolve(name).resolve("1"));
        Files.copy(EXAMPLES.resolve("simple/1/model.onnx"), version.resolve("model.onnx"));
        Files.writeString(
                repository.resolve(name).resolve("config.pbtxt"),
                Files.readString(EXAMPLES.resolve("simple/config.pbtxt")).replace("\"simple\"", "\"" + name + "\"")
                        + moreConfig);
    }

    /** A request whose first input begins with {@code first}, and ones besides. */
    private static HttpRequest request(ReferenceServer server, String model, int first) {
        String numbers =
                IntStream.range(first, first + 16).mapToObj(Integer::toString).collect(Collectors.joining(","));
        String ones = IntStream.range(0, 16).mapToObj(_ -> "1").collect(Collectors.joining(","));
        String tensor = "{\"name\":\"%s\",\"datatype\":\"INT32\",\"shape\":[1,16],\"data\":[%s]}";
        String body =
                "{\"inputs\":[" + tensor.formatted("INPUT0", numbers) + "," + tensor.formatted("INPUT1", ones) + "]}";
        return HttpRequest.newBuilder(
                        URI.create("http://127.0.0.1:" + server.httpPort() + "/v2/models/" + model + "/infer"))
                .POST(BodyPublishers.ofString(body))
                .build();
    }

    private static String sums(int first) {
        return "\"data\":["
                + IntStream.range(first + 1, first + 17)
                        .mapToObj(Integer::toString)
                        .collect(Collectors.joining(","))
                + "]";
    }

    @Test
    void answersAsTritonsOnnxBackendDoes() throws Exception {
        model("plain", "");
        try (ReferenceServer server = new ReferenceServer(repository, "127.0.0.1", 0, 0);
                HttpClient client = HttpClient.newHttpClient()) {
            assertThat(server.failures()).isEmpty();
            // The second and later runs write into memory that was bound beforehand.
            for (int first = 0; first < 4; first++) {
                HttpResponse<String> answer = client.send(request(server, "plain", first), BodyHandlers.ofString());
                assertThat(answer.statusCode()).isEqualTo(200);
                assertThat(answer.body()).contains(sums(first));
            }
            HttpResponse<String> config = client.send(
                    HttpRequest.newBuilder(
                                    URI.create("http://127.0.0.1:" + server.httpPort() + "/v2/models/plain/config"))
                            .build(),
                    BodyHandlers.ofString());
            assertThat(config.body()).contains("\"count\":2");
        }
    }

    @Test
    void requestsOfOneBatchGetTheirOwnRows() throws Exception {
        model(
                "batched",
                "\ndynamic_batching { preferred_batch_size: [ 8 ] max_queue_delay_microseconds: 50000 }"
                        + "\ninstance_group { count: 1 kind: KIND_CPU }");
        try (ReferenceServer server = new ReferenceServer(repository, "127.0.0.1", 0, 0);
                HttpClient client = HttpClient.newHttpClient()) {
            assertThat(server.failures()).isEmpty();
            List<CompletableFuture<HttpResponse<String>>> answers = new ArrayList<>();
            for (int first = 0; first < 24; first++) {
                answers.add(client.sendAsync(request(server, "batched", 100 * first), BodyHandlers.ofString()));
            }
            for (int first = 0; first < 24; first++) {
                assertThat(answers.get(first).join().body()).contains(sums(100 * first));
            }
        }
    }

    @Test
    void modelWithStringsIsRefusedByName() throws Exception {
        Path version = Files.createDirectories(repository.resolve("words").resolve("1"));
        Files.copy(EXAMPLES.resolve("simple_string/1/model.onnx"), version.resolve("model.onnx"));
        try (ReferenceServer server = new ReferenceServer(repository, "127.0.0.1", 0, 0)) {
            assertThat(server.failures())
                    .singleElement()
                    .asString()
                    .contains("words", "the reference server takes tensors of numbers alone");
        }
    }
}
