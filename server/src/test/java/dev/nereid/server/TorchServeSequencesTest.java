package dev.nereid.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.google.protobuf.ByteString;
import dev.nereid.proto.torchserve.InferenceAPIsServiceGrpc;
import dev.nereid.proto.torchserve.PredictionResponse;
import dev.nereid.proto.torchserve.PredictionsRequest;
import dev.nereid.server.config.Front;
import io.grpc.CallOptions;
import io.grpc.ClientCall;
import io.grpc.ManagedChannel;
import io.grpc.Metadata;
import io.grpc.netty.shaded.io.grpc.netty.NettyChannelBuilder;
import io.grpc.stub.StreamObserver;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Models with state and models that answer in pieces, over TorchServe's REST and gRPC. */
class TorchServeSequencesTest {
    private static final Front INFERENCE = Front.TORCHSERVE_INFERENCE;
    private static final String ID = "ts_request_sequence_id";
    private static final String START = "ts_request_sequence_start";
    private static final String END = "ts_request_sequence_end";

    @TempDir
    private static Path folder;

    private static Server server;
    private static ManagedChannel channel;

    @BeforeAll
    static void start() throws Exception {
        Path store = Files.createDirectory(folder.resolve("store"));
        TorchServeServers.javaArchive(
                store,
                "sums.mar",
                "sums",
                """
                String id = request.correlationId().text();
                if (request.sequenceStart()) {
                    sums.put(id, 0);
                }
                if (data.equals("fail")) {
                    throw InferException.internal("told to");
                }
                if (data.equals("slow")) {
                    for (int i = 0; i < 1000 && !request.cancelled(); i++) {
                        java.util.concurrent.locks.LockSupport.parkNanos(10_000_000);
                    }
                    request.respond(answer("late"));
                    return;
                }
                if (data.equals("pieces")) {
                    request.send(answer("a"));
                    request.send(answer("b"));
                    request.end();
                    return;
                }
                int sum = sums.merge(id, Integer.valueOf(data), Integer::sum);
                request.respond(answer(sum + (request.sequenceStart() ? " start" : "")
                        + (request.sequenceEnd() ? " end" : "")));
                """,
                "sequenceMaxIdleMSec: 60000\nmaxNumSequence: 5\nmaxSequenceJobQueueSize: 2\n");
        TorchServeServers.javaArchive(store, "pieces.mar", "pieces", """
                if (data.equals("slow")) {
                    while (!request.cancelled()) {
                        java.util.concurrent.locks.LockSupport.parkNanos(1_000_000);
                    }
                    request.end();
                    return;
                }
                if (data.equals("flood")) {
                    int sent = 0;
                    long end = System.nanoTime() + 1_000_000_000L;
                    while (sent < 2000 && System.nanoTime() < end) {
                        if (request.hasRoom()) {
                            request.send(answer("x".repeat(32_768)));
                            sent++;
                        } else {
                            java.util.concurrent.locks.LockSupport.parkNanos(1_000_000);
                        }
                    }
                    request.send(answer("" + sent));
                    request.end();
                    return;
                }
                if (data.equals("one")) {
                    request.respond(answer("alone"));
                    return;
                }
                for (String piece : data.split(",")) {
                    if (piece.equals("fail")) {
                        request.fail(InferException.internal("told to"));
                        return;
                    }
                    request.send(answer(piece));
                }
                request.end();
                """, "continuousBatching: true\n");
        TorchServeServers.javaArchive(store, "forms.mar", "forms", """
                if (request.parameters().containsKey("describe")) {
                    request.respond(answer("{\\"takes\\": [\\"forms\\", 1, 2.5, true, null], \\"none\\": null}"));
                    return;
                }
                request.respond(answer(data + " of " + Tensors.strings(request.input("part_names")) + " "
                        + Tensors.strings(request.input("parts"))));
                """, "");
        server = TorchServeServers.start(folder, store, "sums.mar,pieces.mar,forms.mar");
        TorchServeServers.awaitHealthy(server);
        channel = NettyChannelBuilder.forAddress(
                        "127.0.0.1", server.port(Front.TORCHSERVE_GRPC).orElseThrow())
                .usePlaintext()
                .build();
    }

    @AfterAll
    static void stop() {
        channel.shutdownNow();
        assertThat(server.stop()).isTrue();
    }

    private static HttpResponse<String> send(String model, String body, String... headers) throws Exception {
        return TorchServeServers.send(server, INFERENCE, "POST", "/predictions/" + model, body, headers);
    }

    @Test
    void requestsOfOneIdAreOneSequence() throws Exception {
        assertThat(send("sums", "1", ID, "a").body()).isEqualTo("1 start");
        assertThat(send("sums", "10", ID, "b", START, "true").body()).isEqualTo("10 start");
        HttpResponse<String> second = send("sums", "2", ID, "a");
        assertThat(second.body()).isEqualTo("3");
        assertThat(second.headers().firstValue(ID)).contains("a");
        assertThat(send("sums", "fail", ID, "a").statusCode()).isEqualTo(503);
        assertThat(send("sums", "3", ID, "a", END, "true").body()).isEqualTo("6 end");
        assertThat(send("sums", "4", ID, "a", END, "true").body()).isEqualTo("4 start end");
        assertThat(send("sums", "10", ID, "b", END, "true").body()).isEqualTo("20 end");
    }

    @Test
    void anIdThatIsTooLongIsRefusedEachTime() throws Exception {
        String id = "x".repeat(129);
        for (int i = 0; i < 6; i++) { // more than the archive lets wait, and than may be open
            assertThat(send("sums", "1", ID, id).body()).contains("Prediction failed");
        }
        assertThat(send("sums", "1", ID, "x".repeat(128), END, "true").body()).isEqualTo("1 start end");
    }

    @Test
    void aRequestWithoutAnIdBeginsASequenceWhoseIdIsTold() throws Exception {
        HttpResponse<String> first = send("sums", "5");
        assertThat(first.body()).isEqualTo("5 start");
        String id = first.headers().firstValue(ID).orElseThrow();
        assertThat(id).matches("ts-seq-[0-9a-f-]{36}");
        assertThat(send("sums", "5", ID, id, END, "true").body()).isEqualTo("10 end");
    }

    @Test
    void moreSequencesThanTheArchiveAllowsAreRefused() throws Exception {
        List<String> opened = new ArrayList<>();
        HttpResponse<String> last = send("sums", "1", ID, "many-0");
        while (last.statusCode() == 200 && opened.size() < 10) {
            opened.add("many-" + opened.size());
            last = send("sums", "1", ID, "many-" + opened.size());
        }
        assertThat(opened).hasSize(5);
        assertThat(last.statusCode()).isEqualTo(503);
        assertThat(last.body()).contains("ServiceUnavailableException", "exceeds maxSequenceJobQueueSize");
        for (String id : opened) {
            assertThat(send("sums", "1", ID, id, END, "true").body()).isEqualTo("2 end");
        }
    }

    @Test
    void manyClientsOfOneNewSequenceBeginItOnce() throws Exception {
        List<CompletableFuture<HttpResponse<String>>> sent = new ArrayList<>();
        try (HttpClient client = HttpClient.newHttpClient()) {
            for (int i = 0; i < 3; i++) {
                sent.add(client.sendAsync(
                        HttpRequest.newBuilder(TorchServeServers.uri(server, INFERENCE, "/predictions/sums"))
                                .header(ID, "crowd")
                                .POST(HttpRequest.BodyPublishers.ofString("1"))
                                .build(),
                        HttpResponse.BodyHandlers.ofString()));
            }
            List<String> answers = sent.stream()
                    .map(CompletableFuture::join)
                    .map(HttpResponse::body)
                    .toList();
            assertThat(answers).containsExactlyInAnyOrder("1 start", "2", "3");
        }
        send("sums", "0", ID, "crowd", END, "true");
    }

    @Test
    void aClientThatHangsUpEndsItsSequence() throws Exception {
        assertThat(send("sums", "1", ID, "gone").body()).isEqualTo("1 start");
        try (Socket socket = new Socket(
                InetAddress.getLoopbackAddress(), server.port(INFERENCE).orElseThrow())) {
            String raw = "PUT /predictions/sums HTTP/1.1\r\nHost: x\r\n" + ID + ":gone\r\nContent-Length:4\r\n\r\nslow";
            socket.getOutputStream().write(raw.getBytes(StandardCharsets.US_ASCII));
            Thread.sleep(200);
        }
        Until.until("the sequence has ended", () -> {
            try {
                return send("sums", "1", ID, "gone").body().equals("1 start");
            } catch (Exception e) {
                throw new IllegalStateException(e);
            }
        });
        assertThat(send("sums", "2", ID, "gone", END, "true").body()).isEqualTo("3 end");
    }

    @Test
    void aCallThatTakesTheFirstOfSeveralAnswersLeavesItsSequenceOpen() throws Exception {
        var stub = InferenceAPIsServiceGrpc.newBlockingStub(channel);
        stub.predictions(request("sums", "1", "piecewise"));
        assertThat(stub.predictions(request("sums", "pieces", "piecewise"))
                        .getPrediction()
                        .toStringUtf8())
                .isEqualTo("a");
        assertThat(send("sums", "2", ID, "piecewise", END, "true").body()).isEqualTo("3 end");
    }

    @Test
    void theDescriptionTellsOfSequences() throws Exception {
        JsonNode described = new ObjectMapper()
                .readTree(TorchServeServers.send(server, Front.TORCHSERVE_MANAGEMENT, "GET", "/models/sums", "")
                        .body())
                .get(0);
        assertThat(described.get("stateful").asBoolean()).isTrue();
        assertThat(described.get("sequenceMaxIdleMSec").asInt()).isEqualTo(60_000);
        assertThat(described.get("maxNumSequence").asInt()).isEqualTo(5);
        assertThat(described.get("maxSequenceJobQueueSize").asInt()).isEqualTo(2);
    }

    @Test
    void aHandlerTellsOfItself() throws Exception {
        String path = "/models/forms?customized=true";
        JsonNode told = new ObjectMapper()
                .readTree(TorchServeServers.send(server, Front.TORCHSERVE_MANAGEMENT, "GET", path, "")
                        .body());
        assertThat(told.at("/0/customizedMetadata").toString()).isEqualTo("{\"takes\":[\"forms\",1,2.5,true,null]}");
        JsonNode silent = new ObjectMapper()
                .readTree(TorchServeServers.send(
                                server, Front.TORCHSERVE_MANAGEMENT, "GET", "/models/sums?customized=true", "")
                        .body());
        assertThat(silent.at("/0/customizedMetadata").toString()).isEqualTo("{}");
    }

    @Test
    void aHandlerSeesAllPartsOfAForm() throws Exception {
        String form = """
                --XX\r
                Content-Disposition: form-data; name="left"; filename="a.txt"\r
                Content-Type: text/plain\r
                \r
                A\r
                --XX\r
                Content-Disposition: form-data; name="right"; filename="b.txt"\r
                \r
                B\r
                --XX--\r
                """;
        String type = "multipart/form-data; boundary=XX";
        assertThat(send("forms", form, "Content-Type", type).body()).isEqualTo(" of [left, right] [A, B]");
        assertThat(send("forms", form.replace("left", "data"), "Content-Type", type)
                        .body())
                .isEqualTo("A of [data, right] [A, B]");
        assertThat(send("forms", "x").body()).isEqualTo("x of [body] [x]");
        assertThat(TorchServeServers.send(server, INFERENCE, "POST", "/predictions/forms/1.0/more/path", "x")
                        .body())
                .isEqualTo("x of [body, url_path] [x, more/path]");
        assertThat(InferenceAPIsServiceGrpc.newBlockingStub(channel)
                        .predictions(PredictionsRequest.newBuilder()
                                .setModelName("forms")
                                .putInput("only", ByteString.copyFromUtf8("z"))
                                .build())
                        .getPrediction()
                        .toStringUtf8())
                .isEqualTo(" of [only] [z]");
    }

    @Test
    void aBidirectionalStreamIsASequenceThatEndsWithIt() throws Exception {
        for (int i = 0; i < 2; i++) {
            List<PredictionResponse> answers = new CopyOnWriteArrayList<>();
            CompletableFuture<Boolean> over = new CompletableFuture<>();
            StreamObserver<PredictionsRequest> requests = InferenceAPIsServiceGrpc.newStub(channel)
                    .streamPredictions2(new StreamObserver<>() {
                        @Override
                        public void onNext(PredictionResponse answer) {
                            answers.add(answer);
                        }

                        @Override
                        public void onError(Throwable error) {
                            over.completeExceptionally(error);
                        }

                        @Override
                        public void onCompleted() {
                            over.complete(true);
                        }
                    });
            requests.onNext(request("sums", "1", "stream"));
            requests.onNext(request("sums", "2", "stream"));
            requests.onCompleted();
            assertThat(over.get(30, TimeUnit.SECONDS)).isTrue();
            assertThat(answers)
                    .extracting(answer -> answer.getPrediction().toStringUtf8())
                    .containsExactly("1 start", "3");
            assertThat(answers).allMatch(answer -> answer.getSequenceId().equals("stream"));
        }
    }

    private static PredictionsRequest request(String model, String body, String sequence) {
        return PredictionsRequest.newBuilder()
                .setModelName(model)
                .setSequenceId(sequence)
                .putInput("data", ByteString.copyFromUtf8(body))
                .build();
    }

    @Test
    void anUnaryCallMayEndASequence() {
        var stub = InferenceAPIsServiceGrpc.newBlockingStub(channel);
        stub.predictions(request("sums", "1", "unary"));
        assertThat(stub.predictions(request("sums", "2", "unary").toBuilder()
                                .putInput(END, ByteString.copyFromUtf8("true"))
                                .build())
                        .getPrediction()
                        .toStringUtf8())
                .isEqualTo("3 end");
    }

    @Test
    void oneAnswerIsABodyAsAnyOther() throws Exception {
        HttpResponse<String> response = send("pieces", "one");
        assertThat(response.body()).isEqualTo("alone");
        assertThat(response.headers().firstValue("content-length")).contains("5");
        assertThat(response.headers().firstValue("ts_stream_next")).isEmpty();
    }

    @Test
    void ofSeveralAnswersEachIsAChunk() throws Exception {
        HttpResponse<String> response = send("pieces", "a,bc,d");
        assertThat(response.body()).isEqualTo("abcd");
        assertThat(response.headers().firstValue("transfer-encoding")).contains("chunked");
        assertThat(response.headers().firstValue("ts_stream_next")).contains("true");
        assertThat(raw("POST /predictions/pieces HTTP/1.1\r\nHost: x\r\nConnection: close\r\n"
                        + "Content-Length: 4\r\n\r\na,bc"))
                .endsWith("\r\n1\r\na\r\n2\r\nbc\r\n0\r\n\r\n");
        assertThat(raw("POST /predictions/pieces HTTP/1.0\r\nContent-Length: 4\r\n\r\na,bc"))
                .contains("Content-Length: 3")
                .endsWith("\r\n\r\nabc");
    }

    private static String raw(String request) throws IOException {
        try (Socket socket = new Socket(
                InetAddress.getLoopbackAddress(), server.port(INFERENCE).orElseThrow())) {
            socket.getOutputStream().write(request.getBytes(StandardCharsets.US_ASCII));
            InputStream answer = socket.getInputStream();
            return new String(answer.readAllBytes(), StandardCharsets.US_ASCII);
        }
    }

    @Test
    void anErrorBeforeTheFirstAnswerIsAnOrdinaryOneAndLaterTheAnswerHasNoEnd() throws Exception {
        assertThat(send("pieces", "fail").statusCode()).isEqualTo(503);
        assertThatThrownBy(() -> send("pieces", "a,fail")).isInstanceOf(IOException.class);
        assertThat(send("pieces", ",").statusCode()).as("no answer at all").isEqualTo(503);
    }

    @Test
    void aStreamOfGrpcHasAllAnswersAndACallTheFirst() {
        var stub = InferenceAPIsServiceGrpc.newBlockingStub(channel);
        List<String> answers = new ArrayList<>();
        Iterator<PredictionResponse> stream = stub.streamPredictions(request("pieces", "a,bc,d", ""));
        stream.forEachRemaining(answer -> answers.add(answer.getPrediction().toStringUtf8()));
        assertThat(answers).containsExactly("a", "bc", "d");
        assertThat(stub.predictions(request("pieces", "a,bc,d", ""))
                        .getPrediction()
                        .toStringUtf8())
                .isEqualTo("a");
    }

    @Test
    void aModelWaitsForAClientOfGrpcThatDoesNotRead() {
        Iterator<PredictionResponse> answers =
                InferenceAPIsServiceGrpc.newBlockingStub(channel).streamPredictions(request("pieces", "flood", ""));
        Until.until("the model answers", () -> server.repository().inFlight() == 1);
        Until.until("it has ended", () -> server.repository().inFlight() == 0);
        String last = "";
        while (answers.hasNext()) {
            last = answers.next().getPrediction().toStringUtf8();
        }
        assertThat(Integer.parseInt(last)).isBetween(1, 1000);
    }

    @Test
    void aCallIsCancelledHoweverEarly() throws Exception {
        for (int i = 0; i < 200; i++) {
            ClientCall<PredictionsRequest, PredictionResponse> call =
                    channel.newCall(InferenceAPIsServiceGrpc.getPredictionsMethod(), CallOptions.DEFAULT);
            call.start(new ClientCall.Listener<>() {}, new Metadata());
            call.sendMessage(request("pieces", "slow", ""));
            call.halfClose();
            LockSupport.parkNanos(i * 10_000L); // some find the request read, and its prediction not made
            call.cancel("not needed", null);
        }
        send("pieces", "one");
        Until.until("all are cancelled", () -> server.repository().inFlight() == 0);
    }

    @Test
    void aStreamThatIsCancelledEndsItsSequence() throws Exception {
        CompletableFuture<String> first = new CompletableFuture<>();
        ClientCall<PredictionsRequest, PredictionResponse> call =
                channel.newCall(InferenceAPIsServiceGrpc.getStreamPredictions2Method(), CallOptions.DEFAULT);
        call.start(
                new ClientCall.Listener<>() {
                    @Override
                    public void onMessage(PredictionResponse answer) {
                        first.complete(answer.getPrediction().toStringUtf8());
                    }
                },
                new Metadata());
        call.request(1);
        call.sendMessage(request("sums", "1", "cut"));
        assertThat(first.get(30, TimeUnit.SECONDS)).isEqualTo("1 start");
        call.cancel("not needed", null);
        Until.until(
                "the sequence has ended", () -> answer("sums", "1", ID, "cut").equals("1 start"));
        send("sums", "0", ID, "cut", END, "true");
    }

    private static String answer(String model, String body, String... headers) {
        try {
            return send(model, body, headers).body();
        } catch (Exception e) {
            throw new AssertionError(e);
        }
    }
}
