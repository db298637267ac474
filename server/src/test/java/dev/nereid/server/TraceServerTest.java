package dev.nereid.server;

import static dev.nereid.server.RunningServers.channel;
import static dev.nereid.server.RunningServers.exchange;
import static dev.nereid.server.RunningServers.send;
import static dev.nereid.server.RunningServers.simpleMessage;
import static dev.nereid.server.RunningServers.simpleRequest;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.nereid.proto.inference.GRPCInferenceServiceGrpc;
import dev.nereid.proto.inference.ModelInferRequest;
import dev.nereid.proto.inference.ModelStreamInferResponse;
import dev.nereid.server.config.Front;
import dev.nereid.server.recorded.Recordings;
import io.grpc.ManagedChannel;
import io.grpc.stub.StreamObserver;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The trace files of a whole server, of requests over HTTP and gRPC. */
class TraceServerTest {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final String INFER = "/v2/models/simple/infer";
    private static final String TRACED = "--trace-config=level=TIMESTAMPS";
    private static final String ALL = "--trace-config=rate=1";
    private static final List<String> HTTP = List.of(
            "HTTP_RECV_START",
            "HTTP_RECV_END",
            "REQUEST_START",
            "QUEUE_START",
            "COMPUTE_START",
            "COMPUTE_INPUT_END",
            "COMPUTE_OUTPUT_START",
            "COMPUTE_END",
            "INFER_RESPONSE_COMPLETE",
            "HTTP_SEND_START",
            "HTTP_SEND_END",
            "REQUEST_END");

    @TempDir
    Path repository;

    @TempDir
    Path traces;

    @AutoClose
    private RunningServers servers;

    @BeforeEach
    void open() throws IOException {
        servers = new RunningServers(repository);
        servers.writeSimple("");
    }

    private Server start(String... more) {
        List<String> flags = new ArrayList<>(List.of(more));
        flags.add("--trace-config=triton,file=" + traces.resolve("t.json"));
        return servers.start(flags.toArray(String[]::new));
    }

    /** The objects of a file, once they are as expected: it is written beside the answers. */
    private List<JsonNode> objects(String file, Predicate<List<JsonNode>> complete) throws Exception {
        Path path = traces.resolve(file);
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(20);
        List<JsonNode> objects = List.of();
        while (System.nanoTime() < deadline) {
            if (Files.exists(path) && Files.size(path) > 0) {
                JsonNode array = JSON.readTree(Files.readString(path));
                assertThat(array.isArray()).isTrue();
                objects = StreamSupport.stream(array.spliterator(), false).toList();
                if (complete.test(objects)) {
                    return objects;
                }
            }
            Thread.sleep(10);
        }
        throw new AssertionError("is still " + objects);
    }

    private List<JsonNode> requests(String file, int number) throws Exception {
        return objects(
                file,
                objects -> objects.stream().filter(one -> one.has("model_name")).count() >= number);
    }

    private static List<String> names(List<JsonNode> objects, long id) {
        return stamps(objects, id).stream()
                .map(stamp -> stamp.at("/name").textValue())
                .toList();
    }

    private static List<JsonNode> stamps(List<JsonNode> objects, long id) {
        return objects.stream()
                .filter(one -> one.at("/id").longValue() == id)
                .map(one -> one.at("/timestamps/0"))
                .filter(stamp -> !stamp.isMissingNode())
                .toList();
    }

    private static void assertInOrder(List<JsonNode> objects, long id) {
        assertThat(stamps(objects, id).stream()
                        .map(stamp -> stamp.at("/ns").longValue())
                        .toList())
                .isSorted();
    }

    private static JsonNode about(List<JsonNode> objects, String model) {
        return objects.stream()
                .filter(one -> one.at("/model_name").asText().equals(model))
                .findFirst()
                .orElseThrow();
    }

    /** The same objects as a real Triton wrote, in the same form; the times in their order. */
    @Test
    void writesARequestOverHttpAsTritonDoes() throws Exception {
        Server server = start();
        send(
                server,
                Front.HTTP,
                "/v2/trace/setting",
                "{\"trace_level\":[\"TIMESTAMPS\"],\"trace_rate\":\"1\",\"trace_count\":\"1\"}");
        send(server, Front.HTTP, INFER, simpleRequest("\"id\":\"traced\","));
        send(server, Front.HTTP, INFER, simpleRequest("\"id\":\"not traced\","));
        List<JsonNode> objects = requests("t.json.0", 1);
        assertThat(names(objects, 1)).containsExactlyElementsOf(HTTP);
        assertInOrder(objects, 1);
        assertThat(objects.get(2))
                .isEqualTo(JSON.readTree(
                        "{\"id\":1,\"model_name\":\"simple\",\"model_version\":1,\"request_id\":\"traced\"}"));
        assertThat(send(server, Front.HTTP, "/v2/trace/setting", "")).contains("\"trace_count\":\"0\"");
        assertThat(traces.resolve("t.json")).doesNotExist();
        for (Recordings recordings : Recordings.all()) {
            JsonNode recorded = JSON.readTree(recordings.trace().toFile());
            assertThat(objects.stream().map(TraceServerTest::withoutTime))
                    .as("%s", recordings)
                    .containsExactlyInAnyOrderElementsOf(StreamSupport.stream(recorded.spliterator(), false)
                            .map(TraceServerTest::withoutTime)
                            .toList());
        }
    }

    private static String withoutTime(JsonNode object) {
        return object.toString().replaceAll("\"ns\":\\d+", "\"ns\":0");
    }

    /** What the client is told of its request is what is in the trace: measured once. */
    @Test
    void theTimesAreThoseThatTheSchedulerMeasures() throws Exception {
        Server server = start(TRACED, ALL);
        String asks = "\"parameters\":{\"nereid_timing\":true},";
        JsonNode told = JSON.readTree(send(server, Front.HTTP, INFER, simpleRequest(asks)))
                .at("/parameters");
        List<JsonNode> objects = requests("t.json", 1);
        assertThat(between(objects, "QUEUE_START", "COMPUTE_START"))
                .isEqualTo(told.at("/nereid_queue_ns").longValue());
        assertThat(between(objects, "COMPUTE_START", "COMPUTE_INPUT_END"))
                .isEqualTo(told.at("/nereid_compute_input_ns").longValue());
        assertThat(between(objects, "COMPUTE_INPUT_END", "COMPUTE_OUTPUT_START"))
                .isEqualTo(told.at("/nereid_compute_infer_ns").longValue());
    }

    private static long between(List<JsonNode> objects, String first, String second) {
        return at(objects, second) - at(objects, first);
    }

    private static long at(List<JsonNode> objects, String moment) {
        return stamps(objects, 1).stream()
                .filter(stamp -> stamp.at("/name").textValue().equals(moment))
                .findFirst()
                .orElseThrow()
                .at("/ns")
                .longValue();
    }

    @Test
    void tracesNothingUntilItIsTold() throws Exception {
        Server server = start(ALL);
        send(server, Front.HTTP, INFER, simpleRequest(""));
        send(server, Front.HTTP, "/v2/models/simple/trace/setting", "{\"trace_level\":[\"TIMESTAMPS\"]}");
        send(server, Front.HTTP, INFER, simpleRequest("\"id\":\"later\","));
        assertThat(about(requests("t.json", 1), "simple").at("/request_id").textValue())
                .isEqualTo("later");
    }

    @Test
    void writesARequestOverGrpcAndOneOfAStream() throws Exception {
        Server server = start(TRACED, ALL);
        ManagedChannel channel = channel(server);
        try {
            GRPCInferenceServiceGrpc.newBlockingStub(channel)
                    .modelInfer(simpleMessage().build());
            CompletableFuture<Void> done = new CompletableFuture<>();
            StreamObserver<ModelInferRequest> stream = GRPCInferenceServiceGrpc.newStub(channel)
                    .modelStreamInfer(new StreamObserver<>() {
                        @Override
                        public void onNext(ModelStreamInferResponse response) {}

                        @Override
                        public void onError(Throwable error) {
                            done.completeExceptionally(error);
                        }

                        @Override
                        public void onCompleted() {
                            done.complete(null);
                        }
                    });
            stream.onNext(simpleMessage().build());
            stream.onCompleted();
            done.get(20, TimeUnit.SECONDS);
        } finally {
            channel.shutdownNow();
        }
        List<JsonNode> objects = requests("t.json", 2);
        for (long id = 1; id <= 2; id++) {
            assertThat(names(objects, id))
                    .containsExactly(
                            "GRPC_WAITREAD_START",
                            "GRPC_WAITREAD_END",
                            "REQUEST_START",
                            "QUEUE_START",
                            "COMPUTE_START",
                            "COMPUTE_INPUT_END",
                            "COMPUTE_OUTPUT_START",
                            "COMPUTE_END",
                            "INFER_RESPONSE_COMPLETE",
                            "REQUEST_END",
                            "GRPC_SEND_START",
                            "GRPC_SEND_END");
            assertInOrder(objects, id);
        }
    }

    @Test
    void theStepsOfAnEnsembleNameItAsTheirParent() throws Exception {
        String tensors = "input [ { name: 'I' data_type: TYPE_INT32 dims: [ 2 ] } ] "
                + "output [ { name: 'O' data_type: TYPE_INT32 dims: [ 2 ] } ] ";
        servers.write(
                "echo",
                "backend: 'identity' " + tensors.replace("'I'", "'INPUT0'").replace("'O'", "'OUTPUT0'"));
        servers.write("e", "platform: 'ensemble' " + tensors + """
                ensemble_scheduling {
                  step [
                    { model_name: "echo" model_version: -1
                      input_map { key: "INPUT0" value: "I" } output_map { key: "OUTPUT0" value: "X" } },
                    { model_name: "echo" model_version: -1
                      input_map { key: "INPUT0" value: "X" } output_map { key: "OUTPUT0" value: "O" } }
                  ]
                }
                """);
        Server server = start(TRACED, ALL);
        send(
                server,
                Front.HTTP,
                "/v2/models/e/infer",
                "{\"id\":\"r\",\"inputs\":[{\"name\":\"I\",\"datatype\":\"INT32\",\"shape\":[2],\"data\":[1,2]}]}");
        List<JsonNode> objects = requests("t.json", 3);
        JsonNode ensemble = about(objects, "e");
        assertThat(ensemble.has("parent_id")).isFalse();
        long id = ensemble.at("/id").longValue();
        assertThat(names(objects, id)).contains("QUEUE_START", "HTTP_SEND_END").doesNotContain("COMPUTE_START");
        List<JsonNode> steps =
                objects.stream().filter(one -> one.has("parent_id")).toList();
        assertThat(steps).hasSize(2).allSatisfy(step -> {
            assertThat(step.at("/model_name").textValue()).isEqualTo("echo");
            assertThat(step.at("/model_version").longValue()).isEqualTo(1);
            assertThat(step.at("/request_id").textValue()).isEqualTo("r");
            assertThat(step.at("/parent_id").longValue()).isEqualTo(id);
            long own = step.at("/id").longValue();
            assertThat(names(objects, own))
                    .containsExactly(
                            "REQUEST_START",
                            "QUEUE_START",
                            "COMPUTE_START",
                            "COMPUTE_INPUT_END",
                            "COMPUTE_OUTPUT_START",
                            "COMPUTE_END",
                            "REQUEST_END");
            assertInOrder(objects, own);
        });
    }

    @Test
    void showsTheTensorsOfEachStage() throws Exception {
        Server server = start("--trace-config=level=TENSORS", ALL);
        send(server, Front.HTTP, INFER, simpleRequest(""));
        List<JsonNode> objects = requests("t.json", 1);
        assertThat(objects.stream()
                        .filter(one -> one.has("activity"))
                        .map(one -> one.at("/activity").textValue() + " "
                                + one.at("/tensor/name").textValue()))
                .containsExactly(
                        "TENSOR_QUEUE_INPUT INPUT0",
                        "TENSOR_QUEUE_INPUT INPUT1",
                        "TENSOR_BACKEND_INPUT INPUT0",
                        "TENSOR_BACKEND_INPUT INPUT1",
                        "TENSOR_BACKEND_OUTPUT OUTPUT0");
        assertThat(objects.getLast().at("/tensor")).isEqualTo(JSON.readTree("""
                {"name":"OUTPUT0","data":"2,4,6,8,10,12,14,16,18,20,22,24,26,28,30,32","shape":"1,16","dtype":"INT32"}
                """));
        assertThat(stamps(objects, 1)).isEmpty();
    }

    @Test
    void showsAHitOfTheCacheInPlaceOfComputing() throws Exception {
        servers.writeSimple("response_cache { enable: true }");
        Server server = start(TRACED, ALL, "--cache-config=local,size=1048576");
        send(server, Front.HTTP, INFER, simpleRequest(""));
        send(server, Front.HTTP, INFER, simpleRequest(""));
        List<JsonNode> objects = requests("t.json", 2);
        assertThat(names(objects, 1)).containsExactlyElementsOf(HTTP);
        assertThat(names(objects, 2))
                .containsExactly(
                        "HTTP_RECV_START",
                        "HTTP_RECV_END",
                        "REQUEST_START",
                        "QUEUE_START",
                        "CACHE_HIT_LOOKUP_START",
                        "CACHE_HIT_LOOKUP_END",
                        "INFER_RESPONSE_COMPLETE",
                        "HTTP_SEND_START",
                        "HTTP_SEND_END",
                        "REQUEST_END");
        assertInOrder(objects, 2);
    }

    /** A request that its model refuses is traced as far as it came. */
    @Test
    void tracesARequestThatFails() throws Exception {
        Server server = start(TRACED, ALL);
        String wrong = simpleRequest("").replace("INPUT1", "INPUT9");
        assertThat(exchange(server, Front.HTTP, INFER, wrong).statusCode()).isEqualTo(400);
        List<JsonNode> objects = requests("t.json", 1);
        assertThat(names(objects, 1))
                .containsExactly(
                        "HTTP_RECV_START",
                        "HTTP_RECV_END",
                        "REQUEST_START",
                        "INFER_RESPONSE_COMPLETE",
                        "HTTP_SEND_START",
                        "HTTP_SEND_END",
                        "REQUEST_END");
    }

    @Test
    void writesWhatIsLeftWhenTheServerStops() throws Exception {
        Server server = start(TRACED, ALL);
        send(server, Front.HTTP, INFER, simpleRequest("\"id\":\"last\","));
        assertThat(server.stop()).isTrue();
        assertThat(Files.readString(traces.resolve("t.json")))
                .startsWith("[")
                .endsWith("]")
                .contains("\"last\"");
    }

    @Test
    void aFileThatCannotBeWrittenIsNoErrorOfARequest() {
        Server server = servers.start(TRACED, ALL, "--trace-config=triton,file=" + traces.resolve("no/folder/t"));
        send(server, Front.HTTP, INFER, simpleRequest(""));
        send(server, Front.HTTP, INFER, simpleRequest(""));
        assertThat(traces.resolve("no")).doesNotExist();
    }
}
