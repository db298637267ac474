package dev.nereid.server;

import static dev.nereid.server.RunningServers.exchange;
import static dev.nereid.server.RunningServers.send;
import static dev.nereid.server.RunningServers.statistics;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.google.protobuf.ByteString;
import dev.nereid.proto.inference.GRPCInferenceServiceGrpc;
import dev.nereid.proto.inference.ModelInferRequest;
import dev.nereid.proto.inference.ModelInferResponse;
import dev.nereid.proto.inference.ModelStreamInferResponse;
import dev.nereid.server.config.Front;
import dev.nereid.server.javamodel.ModelJar;
import dev.nereid.server.statement.Statement;
import io.grpc.ManagedChannel;
import io.grpc.stub.StreamObserver;
import java.io.IOException;
import java.net.http.HttpResponse;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Models in Java in a whole server: jars that the test compiles, and calls of other models, over HTTP and gRPC. */
class JavaModelServerTest {
    private static final ObjectMapper JSON = new ObjectMapper();

    /** Asks an identity blocking, a real model four times at once and a decoupled one, and adds up what they say. */
    private static final String MIXED = """
            package example;
            import dev.nereid.server.model.*;
            import dev.nereid.tensor.*;
            import java.util.*;
            public class Mixed implements JavaModel {
                @Override public void execute(List<ModelRequest> requests) {
                    for (ModelRequest request : requests) {
                        ModelClient client = request.client();
                        int sum = 0;
                        try (Answer same = client.infer(new Call("same").input("X", request.input("IN")))) {
                            sum += Tensors.ints(same.output("Y"))[0];
                        }
                        Tensor row = Tensors.fill(request.allocate(DataType.INT32, Shape.of(1, 16)), new int[16]);
                        row.segment().fill((byte) 0);
                        row.segment().set(java.lang.foreign.ValueLayout.JAVA_INT, 0, sum);
                        List<PendingAnswer> pending = new ArrayList<>();
                        for (int i = 0; i < 4; i++) {
                            pending.add(client.inferAsync(new Call("simple").version(1)
                                    .input("INPUT0", row).input("INPUT1", row).outputs("OUTPUT0")));
                        }
                        for (PendingAnswer each : pending) {
                            sum += Tensors.ints(each.join().output("OUTPUT0"))[0];
                        }
                        try (Answers many = client.stream(new Call("square").input("IN", request.input("IN")))) {
                            while (many.hasNext()) {
                                try (Answer one = many.next()) {
                                    sum += 100 * Tensors.ints(one.output("OUT"))[0];
                                }
                            }
                        }
                        request.respond(new ModelResponse()
                                .output("OUT", Tensors.fill(request.allocate(DataType.INT32, Shape.of(1)), new int[] {sum})));
                    }
                }
            }
            """;

    /** Hands on every response of the model {@code repeat}, and ends with it. */
    private static final String FORWARD = """
            package example;
            import dev.nereid.server.model.*;
            import java.util.*;
            public class Forward implements JavaModel {
                @Override public void execute(List<ModelRequest> requests) {
                    for (ModelRequest request : requests) {
                        Call call = new Call("repeat");
                        request.inputNames().forEach(name -> call.input(name, request.input(name)));
                        try (Answers answers = request.client().stream(call)) {
                            while (answers.hasNext()) {
                                try (Answer answer = answers.next()) {
                                    request.send(new ModelResponse().output("OUT", answer.output("OUT")));
                                }
                            }
                        }
                        request.end();
                    }
                }
            }
            """;

    private static final String INT_IN_OUT = """
            input { name: "IN" data_type: TYPE_INT32 dims: 1 }
            output { name: "OUT" data_type: TYPE_INT32 dims: 1 }
            """;
    private static final String REPEAT_INPUTS = """
            input [ { name: "IN" data_type: TYPE_INT32 dims: [ -1 ] },
              { name: "DELAY" data_type: TYPE_UINT32 dims: [ -1 ] },
              { name: "WAIT" data_type: TYPE_UINT32 dims: [ 1 ] } ]
            """;
    private static final String DECOUPLED = "model_transaction_policy { decoupled: true }\n";
    private static final String THREE =
            "{\"inputs\":[{\"name\":\"IN\",\"datatype\":\"INT32\",\"shape\":[1],\"data\":[3]}]}";
    /** 3, four times 6, and 3 responses of 300. */
    private static final int SUM_OF_THREE = 3 + 4 * 6 + 3 * 300;

    @TempDir
    private static Path jars;

    @TempDir
    private Path repository;

    @AutoClose
    private RunningServers servers;

    @BeforeAll
    static void compile() {
        ModelJar.write(jars.resolve("both/model.jar"), Map.of("example.Mixed", MIXED, "example.Forward", FORWARD));
    }

    @BeforeEach
    void writeModels() throws IOException {
        servers = new RunningServers(repository);
        servers.writeSimple("dynamic_batching {}\n");
        servers.write("same", """
                backend: "identity"
                response_cache { enable: true }
                input { name: "X" data_type: TYPE_INT32 dims: 1 }
                output { name: "Y" data_type: TYPE_INT32 dims: 1 }
                """);
        servers.write("square", "backend: \"square\"\n" + DECOUPLED + INT_IN_OUT);
        servers.write("repeat", "backend: \"repeat\"\n" + DECOUPLED + REPEAT_INPUTS + """
                output [ { name: "OUT" data_type: TYPE_INT32 dims: [ 1 ] },
                  { name: "IDX" data_type: TYPE_UINT32 dims: [ 1 ] } ]
                """);
        writeJava("mixed", "example.Mixed", INT_IN_OUT);
        writeJava(
                "forward",
                "example.Forward",
                DECOUPLED + REPEAT_INPUTS + "output { name: \"OUT\" data_type: TYPE_INT32 dims: 1 }\n");
    }

    private void writeJava(String name, String className, String config) throws IOException {
        servers.write(name, javaConfig(className) + config);
        Files.copy(jars.resolve("both/model.jar"), repository.resolve(name + "/1/model.jar"));
    }

    private static String javaConfig(String className) {
        return "backend: \"java\"\nparameters { key: \"class\" value { string_value: \"" + className + "\" } }\n";
    }

    private static int number(String body) throws IOException {
        return JSON.readTree(body).at("/outputs/0/data/0").intValue();
    }

    private static ByteString ints(int... values) {
        ByteBuffer bytes = ByteBuffer.allocate(values.length * Integer.BYTES).order(ByteOrder.LITTLE_ENDIAN);
        for (int value : values) {
            bytes.putInt(value);
        }
        return ByteString.copyFrom(bytes.array());
    }

    private static void addInput(ModelInferRequest.Builder request, String name, String type, int... values) {
        request.addInputsBuilder().setName(name).setDatatype(type).addShape(values.length);
        request.addRawInputContents(ints(values));
    }

    @Test
    @Statement(162)
    void callsBlockingAtOnceAndDecoupledOverHttp() throws IOException {
        // One core for all models: who waits must not keep it from those that it waits for.
        Server server = servers.start("--threads=1", "--cache-config=local,size=1048576");
        assertThat(number(send(server, Front.HTTP, "/v2/models/mixed/infer", THREE)))
                .isEqualTo(SUM_OF_THREE);
        assertThat(number(send(server, Front.HTTP, "/v2/models/mixed/infer", THREE)))
                .isEqualTo(SUM_OF_THREE);

        assertThat(statistics(server, "mixed")
                        .at("/inference_stats/success/count")
                        .asInt())
                .isEqualTo(2);
        assertThat(statistics(server, "simple")
                        .at("/inference_stats/success/count")
                        .asInt())
                .isEqualTo(8);
        assertThat(statistics(server, "square")
                        .at("/inference_stats/success/count")
                        .asInt())
                .isEqualTo(2);
        JsonNode same = statistics(server, "same").at("/inference_stats");
        assertThat(same.at("/cache_hit/count").asInt()).isEqualTo(1);
        assertThat(same.at("/cache_miss/count").asInt()).isEqualTo(1);
    }

    @Test
    void callsBlockingAtOnceAndDecoupledOverGrpc() {
        Server server = servers.start("--threads=1");
        ManagedChannel channel = RunningServers.channel(server);
        try {
            ModelInferRequest.Builder request = ModelInferRequest.newBuilder().setModelName("mixed");
            addInput(request, "IN", "INT32", 3);
            ModelInferResponse response =
                    GRPCInferenceServiceGrpc.newBlockingStub(channel).modelInfer(request.build());
            assertThat(response.getRawOutputContents(0)).isEqualTo(ints(SUM_OF_THREE));
        } finally {
            channel.shutdownNow();
        }
    }

    @Test
    void decoupledModelHandsOnTheResponsesOfAnother() throws Exception {
        Server server = servers.start();
        String events = send(
                server,
                Front.HTTP,
                "/v2/models/forward/generate_stream",
                "{\"IN\":[5,6,7],\"DELAY\":[0,0,0],\"WAIT\":[0]}");
        assertThat(events).containsSubsequence("\"OUT\":5", "\"OUT\":6", "\"OUT\":7");

        ManagedChannel channel = RunningServers.channel(server);
        try {
            ModelInferRequest.Builder request = ModelInferRequest.newBuilder().setModelName("forward");
            addInput(request, "IN", "INT32", 8, 9);
            addInput(request, "DELAY", "UINT32", 0, 0);
            addInput(request, "WAIT", "UINT32", 0);
            assertThat(stream(channel, request.build()))
                    .extracting(each -> each.getInferResponse().getRawOutputContents(0))
                    .containsExactly(ints(8), ints(9));
        } finally {
            channel.shutdownNow();
        }
    }

    private static List<ModelStreamInferResponse> stream(ManagedChannel channel, ModelInferRequest request)
            throws Exception {
        List<ModelStreamInferResponse> responses = new ArrayList<>();
        CompletableFuture<Boolean> done = new CompletableFuture<>();
        StreamObserver<ModelInferRequest> requests = GRPCInferenceServiceGrpc.newStub(channel)
                .modelStreamInfer(new StreamObserver<>() {
                    @Override
                    public void onNext(ModelStreamInferResponse response) {
                        responses.add(response);
                    }

                    @Override
                    public void onError(Throwable error) {
                        done.completeExceptionally(error);
                    }

                    @Override
                    public void onCompleted() {
                        done.complete(true);
                    }
                });
        requests.onNext(request);
        requests.onCompleted();
        done.get(30, TimeUnit.SECONDS);
        return responses;
    }

    @Test
    void errorOfAnotherModelReachesTheClientWithItsStatus() throws IOException {
        Server server = servers.start();
        send(server, Front.HTTP, "/v2/repository/models/same/unload", "{}");

        HttpResponse<String> answer = exchange(server, Front.HTTP, "/v2/models/mixed/infer", THREE);
        assertThat(answer.statusCode()).isEqualTo(404);
        assertThat(answer.body())
                .isEqualTo("{\"error\":\"Request for unknown model: 'same' has no available versions\"}");
    }

    @Test
    void modelThatCannotBeLoadedDisturbsNothingElse() throws IOException {
        Server server = servers.start();
        servers.write("broken", javaConfig("example.Missing") + INT_IN_OUT);
        Files.copy(repository.resolve("mixed/1/model.jar"), repository.resolve("broken/1/model.jar"));

        HttpResponse<String> answer = exchange(server, Front.HTTP, "/v2/repository/models/broken/load", "{}");
        assertThat(answer.statusCode()).isEqualTo(400);
        assertThat(answer.body()).contains("class 'example.Missing' is in none of its jars");
        assertThat(number(send(server, Front.HTTP, "/v2/models/mixed/infer", THREE)))
                .isEqualTo(SUM_OF_THREE);
    }

    @Test
    void newJarIsServedAfterAReload() throws IOException {
        Server server = servers.start();
        ModelJar.write(
                repository.resolve("mixed/1/model.jar"),
                Map.of("example.Mixed", MIXED.replace("sum += 100 *", "sum += 1000 *")));
        send(server, Front.HTTP, "/v2/repository/models/mixed/load", "{}");
        assertThat(number(send(server, Front.HTTP, "/v2/models/mixed/infer", THREE)))
                .isEqualTo(3 + 4 * 6 + 3 * 3000);
    }

    @Test
    void codeFromAClientIsRunOnlyWhereTheServerIsToldSo() throws IOException {
        byte[] jar = Files.readAllBytes(repository.resolve("mixed/1/model.jar"));
        String load = JSON.createObjectNode()
                .set(
                        "parameters",
                        JSON.createObjectNode()
                                .put("config", """
                                        {"name":"sent","backend":"java","max_batch_size":0,
                                        "parameters":{"class":{"string_value":"example.Mixed"}},
                                        "input":[{"name":"IN","data_type":"TYPE_INT32","dims":[1]}],
                                        "output":[{"name":"OUT","data_type":"TYPE_INT32","dims":[1]}]}
                                        """)
                                .put("file:1/model.jar", Base64.getEncoder().encodeToString(jar)))
                .toString();
        Server strict = servers.start();
        HttpResponse<String> refused = exchange(strict, Front.HTTP, "/v2/repository/models/sent/load", load);
        assertThat(refused.statusCode()).isNotEqualTo(200);
        assertThat(refused.body())
                .contains("came with a load request and is code of backend 'java'")
                .contains("--backend-config=java,allow-uploaded-code=true allows it");

        Server open = servers.start("--backend-config=java,allow-uploaded-code=true");
        send(open, Front.HTTP, "/v2/repository/models/sent/load", load);
        // The folder that its jar came in is gone by now.
        assertThat(number(send(open, Front.HTTP, "/v2/models/sent/infer", THREE)))
                .isEqualTo(SUM_OF_THREE);
    }
}
