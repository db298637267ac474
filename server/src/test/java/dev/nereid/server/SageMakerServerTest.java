package dev.nereid.server;

import static dev.nereid.server.SageMakerServers.BINARY;
import static dev.nereid.server.SageMakerServers.good;
import static dev.nereid.server.SageMakerServers.text;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.nereid.server.config.Front;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.http.HttpResponse;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A whole server with one model behind SageMaker's two paths; the cases of Triton's suite L0_sagemaker. */
class SageMakerServerTest {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final Map<String, String> SIMPLE = Map.of("SAGEMAKER_TRITON_DEFAULT_MODEL_NAME", "simple");
    private static final String NUMBERS = "[0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15]";

    @TempDir
    Path repository;

    @AutoClose
    private SageMakerServers servers;

    @BeforeEach
    void write() throws IOException {
        servers = new SageMakerServers(repository);
        new RunningServers(repository).writeSimple("");
    }

    private Server start() {
        return servers.start(SIMPLE, "--load-model=simple");
    }

    private static String request(String outputs) {
        return """
                {"inputs":[{"name":"INPUT0","datatype":"INT32","shape":[1,16],"data":%s},
                {"name":"INPUT1","datatype":"INT32","shape":[1,16],"data":%s}]%s}""".formatted(NUMBERS, NUMBERS, outputs);
    }

    private HttpResponse<byte[]> invoke(Server server, String body, String... headers) {
        return servers.send(server, "POST", "/invocations", body, headers);
    }

    private static void assertSumAndDifference(String answer) throws IOException {
        assertThat(JSON.readTree(answer)).isEqualTo(JSON.readTree("""
                {"model_name":"simple","model_version":"1","outputs":[
                {"name":"OUTPUT0","datatype":"INT32","shape":[1,16],
                "data":[0,2,4,6,8,10,12,14,16,18,20,22,24,26,28,30]},
                {"name":"OUTPUT1","datatype":"INT32","shape":[1,16],
                "data":[0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0]}]}"""));
    }

    @Test
    void answersPingAndInvocations() throws IOException {
        Server server = start();
        good(servers.send(server, "GET", "/ping", ""));
        assertSumAndDifference(good(invoke(server, request(""), "Content-Type", "application/json")));
        assertSumAndDifference(good(invoke(
                server,
                request(",\"outputs\":[{\"name\":\"OUTPUT0\",\"parameters\":{\"binary_data\":false}},"
                        + "{\"name\":\"OUTPUT1\",\"parameters\":{\"binary_data\":false}}]"),
                "Content-Type",
                "application/json")));
    }

    /** INPUT0 is binary; the header that the other front looks at does not count. */
    private static byte[] binaryRequest() {
        String json = """
                {"inputs":[{"name":"INPUT0","datatype":"INT32","shape":[1,16],"parameters":{"binary_data_size":64}},
                {"name":"INPUT1","datatype":"INT32","shape":[1,16],"data":%s}]}""".formatted(NUMBERS);
        ByteBuffer body = ByteBuffer.allocate(json.length() + 64).order(ByteOrder.LITTLE_ENDIAN);
        body.put(json.getBytes(StandardCharsets.UTF_8));
        for (int i = 0; i < 16; i++) {
            body.putInt(i);
        }
        return body.array();
    }

    private HttpResponse<byte[]> invokeBinary(Server server, String contentType) {
        return servers.sendBytes(
                server,
                "POST",
                "/invocations",
                binaryRequest(),
                "Content-Type",
                contentType,
                "Inference-Header-Content-Length",
                "3");
    }

    @Test
    void theContentTypeSaysWhereBinaryDataOfARequestBegins() throws IOException {
        assertSumAndDifference(good(invokeBinary(start(), BINARY + (binaryRequest().length - 64))));
    }

    @Test
    void theContentTypeSaysWhereBinaryDataOfAnAnswerBegins() throws IOException {
        HttpResponse<byte[]> answer = invoke(
                start(),
                request(",\"outputs\":[{\"name\":\"OUTPUT0\",\"parameters\":{\"binary_data\":true}},"
                        + "{\"name\":\"OUTPUT1\"}]"));
        good(answer);
        assertThat(answer.headers().firstValue("Inference-Header-Content-Length"))
                .isEmpty();
        int jsonBytes = SageMakerServers.jsonBytes(answer);
        JsonNode json = JSON.readTree(answer.body(), 0, jsonBytes);
        assertThat(json.at("/outputs/0/parameters/binary_data_size").intValue()).isEqualTo(64);
        assertThat(json.at("/outputs/1/data/3").intValue()).isZero();
        ByteBuffer sums = ByteBuffer.wrap(answer.body()).order(ByteOrder.LITTLE_ENDIAN);
        assertThat(sums.getInt(jsonBytes + 4 * 15)).isEqualTo(30);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "additional-string/" + BINARY + "234 | expect MIME type for binary data starts with '" + BINARY
                        + "', got: additional-string/" + BINARY + "234",
                BINARY + "-123 | inference header size should be in range (0, LENGTH), got: -123",
                BINARY + "12345 | inference header size should be in range (0, LENGTH), got: 12345",
                BINARY + "additional-string234 | "
            })
    void aContentTypeThatCannotBeIsRefused(String contentType, String text) throws IOException {
        HttpResponse<byte[]> answer = invokeBinary(start(), contentType);
        assertThat(answer.statusCode()).isEqualTo(400);
        if (text != null) {
            assertThat(JSON.readTree(answer.body()).at("/error").asText())
                    .isEqualTo(text.replace("LENGTH", Integer.toString(binaryRequest().length)));
        }
    }

    /** As in Triton: whatever lies between has its own way of doing that. */
    @Test
    void nothingIsCompressed() {
        HttpResponse<byte[]> answer = invoke(start(), request(""), "Accept-Encoding", "gzip");
        assertThat(good(answer)).contains("OUTPUT0");
        assertThat(answer.headers().firstValue("Content-Encoding")).isEmpty();
    }

    @Test
    void theOnlyModelIsInvokedWhereNoneIsNamed() throws IOException {
        assertSumAndDifference(good(invoke(servers.start(Map.of(), "--load-model=*"), request(""))));
    }

    @Test
    void whereNoModelIsMeantTheErrorNamesTheVariable() {
        HttpResponse<byte[]> answer = invoke(servers.start(Map.of()), "dummy");
        assertThat(answer.statusCode()).isEqualTo(404);
        assertThat(text(answer))
                .contains("Request for unknown model: 'unspecified_SAGEMAKER_TRITON_DEFAULT_MODEL_NAME' is not found");
    }

    @ParameterizedTest
    @CsvSource({"ready, 400", "live, 200"})
    void aPingAsksWhetherTheServerIsReadyOrLive(String mode, int status) throws IOException {
        Files.delete(repository.resolve("simple/1/model.onnx"));
        Server server = servers.start(
                Map.of("SAGEMAKER_TRITON_PING_MODE", mode), "--load-model=simple", "--exit-on-error=false");
        assertThat(servers.send(server, "GET", "/ping", "").statusCode()).isEqualTo(status);
    }

    private void writeRepeat() throws IOException {
        new RunningServers(repository).write("repeat", ModelFolders.REPEAT);
    }

    private Server startRepeat(String type) throws IOException {
        writeRepeat();
        return servers.start(
                Map.of("SAGEMAKER_TRITON_DEFAULT_MODEL_NAME", "repeat", "SAGEMAKER_TRITON_INFERENCE_TYPE", type),
                "--load-model=repeat");
    }

    @Test
    void anInvocationMayGenerate() throws IOException {
        HttpResponse<byte[]> answer = invoke(startRepeat("generate"), "{\"IN\":[7],\"DELAY\":[0],\"WAIT\":0}");
        assertThat(JSON.readTree(good(answer)).at("/OUT").intValue()).isEqualTo(7);
        assertThat(answer.headers().firstValue("Content-Type")).hasValue("application/json");
    }

    @Test
    void anInvocationMayGenerateAStreamOfEvents() throws IOException {
        HttpResponse<byte[]> answer = invoke(
                startRepeat("generate_stream"),
                "{\"IN\":[7,7,7],\"DELAY\":[0,0,0],\"WAIT\":0}",
                "Accept",
                "text/event-stream");
        String[] events = good(answer).split("\n\n");
        assertThat(answer.headers().firstValue("Content-Type")).hasValue("text/event-stream; charset=utf-8");
        assertThat(events).hasSize(3);
        for (String event : events) {
            assertThat(event).startsWith("data: ");
            assertThat(JSON.readTree(event.substring(6)).at("/OUT").intValue()).isEqualTo(7);
        }
    }

    /** As Triton: nothing but a status. */
    @ParameterizedTest
    @CsvSource({
        "GET, /v2/health/live, 400",
        "POST, /v2/models/simple/infer, 400",
        "GET, /ping/, 400",
        "POST, /invocations/more, 400",
        "PUT, /models, 400",
        "GET, /models/simple/more, 400",
        "GET, /, 400"
    })
    void anythingElseIsABadRequest(String method, String path, int status) {
        HttpResponse<byte[]> answer = servers.send(start(), method, path, "");
        assertThat(answer.statusCode()).isEqualTo(status);
        assertThat(answer.body()).isEmpty();
    }

    @Test
    void thePathsHaveTheirMethods() {
        Server server = start();
        assertThat(servers.send(server, "POST", "/ping", "").statusCode()).isEqualTo(405);
        assertThat(servers.send(server, "GET", "/invocations", "").statusCode()).isEqualTo(405);
    }

    @Test
    void guardedCallsAreGuardedHereToo() {
        Server server = servers.start(
                SIMPLE, "--load-model=simple", "--http-restricted-api=inference,model-repository:x-key=secret");
        good(servers.send(server, "GET", "/ping", ""));
        for (String path : new String[] {"/invocations", "/models", "/models/m/invoke"}) {
            HttpResponse<byte[]> refused = servers.send(server, "POST", path, request(""));
            assertThat(refused.statusCode()).as(path).isEqualTo(403);
            assertThat(text(refused)).contains("This API is restricted, expecting header 'x-key'");
        }
        good(invoke(server, request(""), "x-key", "secret"));
        good(servers.send(server, "GET", "/models", "", "x-key", "secret"));
    }

    @Test
    @Tag("found-17")
    void aBodyInTooManyChunksIsRefusedInTritonsWords() throws IOException {
        Server server = start();
        StringBuilder body = new StringBuilder();
        for (int i = 0; i < 70_000; i++) {
            body.append("1\r\nA\r\n");
        }
        try (Socket socket = new Socket(
                InetAddress.getLoopbackAddress(), server.port(Front.SAGEMAKER).orElseThrow())) {
            socket.setSoTimeout(20_000);
            socket.getOutputStream()
                    .write(("POST /models HTTP/1.1\r\nX-Amzn-SageMaker-Target-Model: ZZZZZZZ\r\nHost: localhost\r\n"
                                    + "Content-Type: application/octet-stream\r\nTransfer-Encoding: chunked\r\n"
                                    + "Connection: close\r\n\r\n" + body + "0\r\n\r\n")
                            .getBytes(StandardCharsets.US_ASCII));
            String answer = new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            assertThat(answer)
                    .startsWith("HTTP/1.1 400 ")
                    .contains(
                            "Chunked request body exceeds maximum of 65536 non-empty chunks. Send fewer or larger HTTP chunks.");
        }
    }
}
