package dev.nereid.server;

import static dev.nereid.server.RunningServers.send;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.nereid.models.examples.GraphWriter;
import dev.nereid.proto.onnx.TensorProto.DataType;
import dev.nereid.server.config.Front;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Many clients send texts of many lengths to a model that cannot be packed. */
class PaddedTextsServerTest {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final int REQUESTS = 600;
    private static final int CLIENTS = 32;

    /** Has the only turn for a second, in which the texts of all clients gather, however fast they are answered. */
    private static final String HOLDER = """
            backend: "identity"
            max_batch_size: 0
            input { name: "INPUT0" data_type: TYPE_FP32 dims: 1 }
            output { name: "OUTPUT0" data_type: TYPE_FP32 dims: 1 }
            instance_group { count: 1 kind: KIND_CPU rate_limiter { resources { name: "turn" count: 1 } } }
            parameters { key: "execute_delay_ms" value { string_value: "1000" } }
            """;

    @TempDir
    Path repository;

    @Test
    void everyTextGetsTheAnswerThatItGetsAlone() throws Exception {
        new GraphWriter()
                .input("NUMBERS", DataType.FLOAT, -1, -1)
                .output("RUNNING", DataType.FLOAT, -1, -1)
                .constant("axis", 1L)
                .node("CumSum", "RUNNING", "NUMBERS", "axis")
                .write(repository.resolve("totals/1"));
        Files.writeString(repository.resolve("totals/config.pbtxt"), """
                backend: "onnxruntime"
                max_batch_size: 16
                dynamic_batching { }
                parameters { key: "scheduler.policy" value { string_value: "adaptive" } }
                parameters { key: "scheduler.padding" value { string_value: "NUMBERS=1000" } }
                instance_group { count: 1 kind: KIND_CPU rate_limiter { resources { name: "turn" count: 1 } } }
                """);
        try (RunningServers servers = new RunningServers(repository);
                ExecutorService clients = Executors.newFixedThreadPool(CLIENTS)) {
            servers.write("holder", HOLDER);
            Server server = servers.start("--rate-limit=execution_count", "--rate-limit-resource=turn:1");
            Random random = new Random(20);
            List<Callable<Void>> requests = new ArrayList<>();
            requests.add(() -> hold(server));
            for (int i = 0; i < REQUESTS; i++) {
                int length = 1 + random.nextInt(40);
                requests.add(() -> infer(server, length));
            }
            for (Future<Void> request : clients.invokeAll(requests)) {
                request.get();
            }
            JsonNode statistics = JSON.readTree(send(server, Front.HTTP, "/v2/models/totals/stats", ""))
                    .at("/model_stats/0");
            assertThat(statistics.at("/inference_count").longValue()).isEqualTo(REQUESTS);
            assertThat(statistics.at("/execution_count").longValue()).isLessThan(REQUESTS);
            long padded = statistics.at("/batch_stats").findValues("batch_size").stream()
                    .filter(size -> size.longValue() > 1)
                    .count();
            assertThat(padded).isPositive();
        }
    }

    private static Void hold(Server server) {
        send(
                server,
                Front.HTTP,
                "/v2/models/holder/infer",
                "{\"inputs\":[{\"name\":\"INPUT0\",\"datatype\":\"FP32\",\"shape\":[1],\"data\":[1]}]}");
        return null;
    }

    private static Void infer(Server server, int length) throws IOException {
        String ones = IntStream.range(0, length).mapToObj(_ -> "1").collect(Collectors.joining(","));
        JsonNode output = JSON.readTree(send(
                        server,
                        Front.HTTP,
                        "/v2/models/totals/infer",
                        "{\"inputs\":[{\"name\":\"NUMBERS\",\"datatype\":\"FP32\",\"shape\":[1," + length
                                + "],\"data\":[" + ones + "]}]}"))
                .at("/outputs/0");
        List<Double> totals = new ArrayList<>();
        output.at("/data").forEach(number -> totals.add(number.doubleValue()));
        assertThat(output.at("/shape/1").intValue()).isEqualTo(length);
        assertThat(totals)
                .isEqualTo(IntStream.rangeClosed(1, length)
                        .mapToObj(i -> (double) i)
                        .toList());
        return null;
    }
}
