package dev.nereid.server.http;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.nereid.server.http.connection.Compression;
import dev.nereid.server.protocol.RequestBudget;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.zip.GZIPInputStream;
import java.util.zip.InflaterInputStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class HttpFrontTest {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final String[] TYPES = {
        "BOOL", "UINT8", "UINT16", "UINT32", "UINT64", "INT8", "INT16", "INT32", "INT64", "FP16", "BF16", "FP32",
        "FP64", "STRING"
    };

    @TempDir
    static Path root;

    private static TestServer server;

    @BeforeAll
    static void start() {
        for (String type : TYPES) {
            TestServer.writeIdentity(root, "identity_" + type, type);
        }
        TestServer.write(root, "two", """
                backend: "identity"
                max_batch_size: 8
                input [ { name: "A" data_type: TYPE_INT32 dims: [ 2 ] }, { name: "B" data_type: TYPE_STRING dims: [ 1 ] } ]
                output [ { name: "OA" data_type: TYPE_INT32 dims: [ 2 ] }, { name: "OB" data_type: TYPE_STRING dims: [ 1 ] } ]
                parameters [ { key: "k" value: { string_value: "v" } } ]
                """);
        server = TestServer.start(root);
    }

    @AfterAll
    static void stop() {
        server.close();
    }

    @AfterEach
    void noRequestKeepsMemory() throws InterruptedException {
        // The answer is on its way before its request is closed.
        for (int i = 0; i < 500 && server.usedBytes() > 0; i++) {
            Thread.sleep(10);
        }
        assertThat(server.usedBytes()).isZero();
    }

    private static RawClient.Answer call(String method, String target, byte[] body, String... headers) {
        try (RawClient client = server.connect()) {
            return client.send(method, target, body, headers).receive();
        }
    }

    private static RawClient.Answer get(String target) {
        return call("GET", target, new byte[0]);
    }

    private static RawClient.Answer post(String target, String body, String... headers) {
        return call("POST", target, body.getBytes(StandardCharsets.UTF_8), headers);
    }

    private static JsonNode json(String text) {
        try {
            return JSON.readTree(text);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void assertError(RawClient.Answer answer, int status, String type, String text) {
        assertThat(json(answer.text()).path("error").asText()).isEqualTo(text);
        assertThat(answer.status()).isEqualTo(status);
        assertThat(answer.header("content-type")).isEqualTo(type);
    }

    @Test
    void saysThatItIsLiveAndReady() {
        assertThat(get("/v2/health/live").text()).isEqualTo("{\"live\":true}");
        assertThat(get("/v2/health/ready").text()).isEqualTo("{\"ready\":true}");
        assertThat(get("/v2/models/two/ready").status()).isEqualTo(200);
        assertThat(get("/v2/models/two/versions/1/ready").body()).isEmpty();
        assertError(get("/v2/models/two/versions/2/ready"), 400, "text/plain", "Model version not ready");
        assertError(get("/v2/models/nope/ready"), 400, "text/plain", "Model version not ready");
    }

    /** {@code curl -s -w %{http_code}} prints the body and the status in one, which scripts compare with 200. */
    @Test
    void saysToCurlByTheStatusAlone() {
        for (String path : List.of("/v2/health/live", "/v2/health/ready")) {
            RawClient.Answer answer = call("GET", path, new byte[0], "User-Agent: curl/8.14.1");
            assertThat(answer.status()).isEqualTo(200);
            assertThat(answer.body()).isEmpty();
            assertThat(answer.header("content-type")).isEqualTo("text/plain");
        }
    }

    @Test
    void describesServerModelsAndConfigs() {
        assertThat(json(get("/v2").text()).path("name").asText()).isEqualTo("triton");
        assertThat(get("/v2?x=y").status()).isEqualTo(200);
        assertThat(json(get("/v2/models/two").text()))
                .isEqualTo(json("{\"name\":\"two\",\"versions\":[\"1\"],\"platform\":\"identity\",\"inputs\":["
                        + "{\"name\":\"A\",\"datatype\":\"INT32\",\"shape\":[-1,2]},"
                        + "{\"name\":\"B\",\"datatype\":\"BYTES\",\"shape\":[-1,1]}],\"outputs\":["
                        + "{\"name\":\"OA\",\"datatype\":\"INT32\",\"shape\":[-1,2]},"
                        + "{\"name\":\"OB\",\"datatype\":\"BYTES\",\"shape\":[-1,1]}]}"));
        JsonNode config = json(get("/v2/models/two/versions/1/config").text());
        assertThat(config.path("max_batch_size").isInt()).isTrue();
        assertThat(config.path("input").path(0).path("dims").toString()).isEqualTo("[2]");
        assertThat(config.path("input").path(0).path("is_shape_tensor").isBoolean())
                .isTrue();
        assertThat(config.path("parameters").path("k").path("string_value").asText())
                .isEqualTo("v");
        assertThat(config.has("dynamic_batching")).isFalse();
        assertError(
                get("/v2/models/nope/config"),
                404,
                "application/json",
                "Request for unknown model: 'nope' is not found");
    }

    @ParameterizedTest
    @CsvSource({
        "GET,/,404,text/plain",
        "GET,/v2/,404,text/plain",
        "GET,//v2,404,text/plain",
        "GET,/v2/models/two/,404,text/plain",
        "GET,/v2/models/two/versions/abc,404,text/plain",
        "POST,/v2/models/two/generates,404,text/plain",
        "GET,/v2/logging/,404,text/plain",
        "GET,/v2/%68ealth/live,404,text/plain",
        "POST,/v2/health/live,405,text/plain",
        "DELETE,/v2,405,application/json",
        "FOO,/v2,405,application/json",
        "GET,/v2/models/two/infer,405,text/plain",
        "GET,/v2/repository/index,405,application/json"
    })
    void refusesWhatIsNoRoute(String method, String target, int status, String type) {
        RawClient.Answer answer = call(method, target, new byte[0]);
        assertError(answer, status, type, status == 404 ? "Not Found" : "Method Not Allowed");
        assertThat(answer.statusLine()).endsWith(status == 404 ? "Not Found" : "Not Allowed");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "BOOL|[true,false]",
                "UINT8|[0,255]",
                "UINT16|[0,65535]",
                "UINT32|[0,4294967295]",
                "UINT64|[0,18446744073709551615]",
                "INT8|[-128,127]",
                "INT16|[-32768,1]",
                "INT32|[-2147483648,2]",
                "INT64|[-9223372036854775808,3]",
                "FP32|[0.10000000149011612,-1.5E-10]",
                "FP64|[0.1,1.0E300]",
                "BYTES|[\"a\",\"é\\n\"]"
            })
    void answersJsonWithTheJsonItGot(String type, String data) {
        String model = "identity_" + (type.equals("BYTES") ? "STRING" : type);
        RawClient.Answer answer = post(
                "/v2/models/" + model + "/infer",
                "{\"id\":\"i\",\"inputs\":[{\"name\":\"INPUT0\",\"data\":[" + data + "],\"datatype\":\"" + type
                        + "\",\"shape\":[1,2]}]}");
        JsonNode output = json(answer.text()).path("outputs").path(0);
        assertThat(answer.status()).isEqualTo(200);
        assertThat(answer.header("content-type")).isEqualTo("application/json");
        assertThat(json(answer.text()).path("id").asText()).isEqualTo("i");
        assertThat(output.path("datatype").asText()).isEqualTo(type);
        if (type.equals("FP32")) {
            assertThat((float) output.path("data").path(1).asDouble()).isEqualTo(-1.5e-10f);
        } else {
            assertThat(output.path("data")).isEqualTo(json(data));
        }
    }

    private static byte[] bytesOf(String json, byte... binary) {
        byte[] head = json.getBytes(StandardCharsets.UTF_8);
        return ByteBuffer.allocate(head.length + binary.length)
                .put(head)
                .put(binary)
                .array();
    }

    @ParameterizedTest
    @CsvSource({
        "BOOL,2",
        "UINT8,2",
        "UINT16,4",
        "UINT32,8",
        "UINT64,16",
        "INT8,2",
        "INT16,4",
        "INT32,8",
        "INT64,16",
        "FP16,4",
        "BF16,4",
        "FP32,8",
        "FP64,16"
    })
    void answersBinaryDataWithTheBytesItGot(String type, int size) {
        byte[] data = new byte[size];
        for (int i = 0; i < size; i++) {
            data[i] = (byte) (type.equals("BOOL") ? i : 3 * i);
        }
        String json = "{\"inputs\":[{\"name\":\"INPUT0\",\"datatype\":\"" + type + "\",\"shape\":[2,1],\"parameters\":"
                + "{\"binary_data_size\":" + size + "}}],\"parameters\":{\"binary_data_output\":true}}";
        RawClient.Answer answer = call(
                "POST",
                "/v2/models/identity_" + type + "/infer",
                bytesOf(json, data),
                "Inference-Header-Content-Length: " + json.length());
        assertBinary(answer, data);
    }

    private static void assertBinary(RawClient.Answer answer, byte[] data) {
        assertThat(answer.status()).isEqualTo(200);
        assertThat(answer.header("content-type")).isEqualTo("application/octet-stream");
        int head = Integer.parseInt(answer.header("inference-header-content-length"));
        String text = new String(answer.body(), 0, head, StandardCharsets.UTF_8);
        assertThat(json(text)
                        .path("outputs")
                        .path(0)
                        .path("parameters")
                        .path("binary_data_size")
                        .asInt())
                .isEqualTo(data.length);
        assertThat(ByteBuffer.wrap(answer.body(), head, answer.body().length - head))
                .isEqualTo(ByteBuffer.wrap(data));
    }

    @Test
    void passesBinaryStringsThrough() {
        byte[] data = {2, 0, 0, 0, 'a', (byte) 0xFF, 0, 0, 0, 0};
        String json = "{\"inputs\":[{\"name\":\"INPUT0\",\"datatype\":\"BYTES\",\"shape\":[1,2],\"parameters\":"
                + "{\"binary_data_size\":10}}],\"outputs\":[{\"name\":\"OUTPUT0\",\"parameters\":{\"binary_data\":true}}]}";
        String length = "Inference-Header-Content-Length: " + json.length();
        assertBinary(call("POST", "/v2/models/identity_STRING/infer", bytesOf(json, data), length), data);
        data[6] = 9;
        assertThat(call("POST", "/v2/models/identity_STRING/infer", bytesOf(json, data), length)
                        .status())
                .isEqualTo(400);
    }

    @Test
    void takesARawTensorAsTheWholeBody() {
        byte[] data = ByteBuffer.allocate(12)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putFloat(1)
                .putFloat(2)
                .putFloat(3)
                .array();
        RawClient.Answer answer =
                call("POST", "/v2/models/identity_FP32/infer", data, "Inference-Header-Content-Length: 0");
        assertBinary(answer, data);
        assertThat(answer.text()).contains("\"shape\":[1,3]");
        assertError(
                call("POST", "/v2/models/two/infer", data, "Inference-Header-Content-Length: 0"),
                400,
                "application/json",
                "[request id: <id_unknown>] Raw request must only have 1 input (found 1) to be deduced but got 2 inputs in "
                        + "'two' model configuration");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "abc|Unable to parse Inference-Header-Content-Length, got: abc",
                "-1|inference header size should be in range (0, 2), got: -1",
                "3|inference header size should be in range (0, 2), got: 3",
                "2147483648|Unable to parse Inference-Header-Content-Length, value is out of range [ -2147483648, 2147483647 ], got: 2147483648",
                "99999999999999999999|Unable to parse Inference-Header-Content-Length, value is out of range [ -2147483648, 2147483647 ], got: 99999999999999999999"
            })
    void refusesUnusableHeaderLengths(String value, String text) {
        assertError(
                post("/v2/models/two/infer", "{}", "Inference-Header-Content-Length: " + value),
                400,
                "text/plain",
                text);
    }

    @Test
    void tellsWhatIsWrongWithARequest() {
        assertError(
                post("/v2/models/nope/infer", "{}"),
                404,
                "text/plain",
                "Request for unknown model: 'nope' is not found");
        assertError(
                post("/v2/models/two/infer", "{"),
                500,
                "application/json",
                "failed to parse the request JSON buffer: Missing a name for object member. at 1");
        assertError(
                post(
                        "/v2/models/identity_FP32/infer",
                        "{\"inputs\":[{\"name\":\"INPUT0\",\"datatype\":\"FP64\",\"shape\":[1,1],\"data\":[1]}]}"),
                400,
                "application/json",
                "[request id: <id_unknown>] inference input 'INPUT0' data-type is 'FP64', but model 'identity_FP32' "
                        + "expects 'FP32'");
        assertError(
                post(
                        "/v2/models/identity_STRING/infer",
                        "{\"id\":\"x\",\"inputs\":[{\"name\":\"INPUT0\",\"datatype\":\"BYTES\",\"shape\":[1,2],\"data\":"
                                + "[\"a\"]}]}"),
                400,
                "application/json",
                "[request id: x] expected 2 string elements for inference input 'INPUT0' for model 'identity_STRING', got 1");
        assertError(
                post("/v2/models/two/infer", "{}", "Content-Encoding: br"),
                501,
                "text/plain",
                "Unsupported compression type");
    }

    @Test
    void understandsAndAnswersCompressedBodies() throws IOException {
        byte[] plain = "{\"inputs\":[{\"name\":\"INPUT0\",\"datatype\":\"FP32\",\"shape\":[1,1],\"data\":[1]}]}"
                .getBytes(StandardCharsets.UTF_8);
        for (Compression compression : Compression.values()) {
            byte[] body = compression.apply(
                    stream -> stream.write(plain), RequestBudget.unlimited().open());
            RawClient.Answer answer = call(
                    "POST",
                    "/v2/models/identity_FP32/infer",
                    body,
                    "Content-Encoding: " + compression.coding(),
                    "Accept-Encoding: br, " + compression.coding());
            assertThat(answer.status()).isEqualTo(200);
            assertThat(answer.header("content-encoding")).isEqualTo(compression.coding());
            InputStream compressed = new ByteArrayInputStream(answer.body());
            InputStream answered = compression == Compression.GZIP
                    ? new GZIPInputStream(compressed)
                    : new InflaterInputStream(compressed);
            String text = new String(answered.readAllBytes(), StandardCharsets.UTF_8);
            assertThat(json(text).path("outputs").path(0).path("data").toString())
                    .isEqualTo("[1.0]");
        }
    }

    @Tag("found-9")
    @Test
    void refusesDamagedCompressionAndTakesNoneForAnEmptyBody() {
        byte[] plain = "{\"inputs\":[{\"name\":\"INPUT0\",\"datatype\":\"FP32\",\"shape\":[1,1],\"data\":[1]}]}"
                .getBytes(StandardCharsets.UTF_8);
        byte[] gzip = Compression.GZIP.apply(
                stream -> stream.write(plain), RequestBudget.unlimited().open());
        String infer = "/v2/models/identity_FP32/infer";
        try (RawClient client = server.connect()) {
            byte[] noTrailer = Arrays.copyOf(gzip, gzip.length - 8);
            assertError(
                    client.send("POST", infer, noTrailer, "Content-Encoding: deflate")
                            .receive(),
                    400,
                    "application/json",
                    "the body cannot be decompressed as gzip: it ends before its checksum");
            assertError(
                    client.send("POST", "/v2/models/two/infer", new byte[] {1, 2, 3}, "Content-Encoding: deflate")
                            .receive(),
                    400,
                    "application/json",
                    "[request id: <id_unknown>] Raw request must only have 1 input (found 1) to be deduced but got 2 "
                            + "inputs in 'two' model configuration");
            assertError(
                    client.send("POST", infer, new byte[0], "Content-Encoding: gzip")
                            .receive(),
                    400,
                    "text/plain",
                    "nothing to be decompressed");
            assertThat(client.send("GET", "/v2", new byte[0]).receive().status())
                    .isEqualTo(200);
        }
    }

    @Test
    void understandsTargetsThatAreWholeUrls() {
        for (String target : new String[] {"http://x:8000/v2/models/two", "https://x/v2/models/two"}) {
            assertThat(call("GET", target, new byte[0]).text()).contains("\"name\":\"two\"");
        }
        assertThat(call("GET", "http://x", new byte[0]).status()).isEqualTo(404);
    }

    private static String chunk(String text) {
        return Integer.toHexString(text.length()) + "\r\n" + text + "\r\n";
    }

    @Test
    void readsChunkedBodies() {
        try (RawClient client = server.connect()) {
            String body = "{\"inputs\":[{\"name\":\"INPUT0\",\"datatype\":\"FP32\",\"shape\":[1,1],\"data\":[2.5]}]}";
            client.send("POST /v2/models/identity_FP32/infer HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
                    + chunk(body.substring(0, 20)) + chunk(body.substring(20)) + chunk(""));
            RawClient.Answer answer = client.receive();
            assertThat(json(answer.text()).path("outputs").path(0).path("data").toString())
                    .isEqualTo("[2.5]");
        }
    }

    @Test
    void answersClassesInPlaceOfATensor() {
        RawClient.Answer answer = post(
                "/v2/models/identity_FP32/infer",
                "{\"inputs\":[{\"name\":\"INPUT0\",\"datatype\":\"FP32\",\"shape\":[1,3],\"data\":[1,3,2]}],"
                        + "\"outputs\":[{\"name\":\"OUTPUT0\",\"parameters\":{\"classification\":2}}]}");
        JsonNode output = json(answer.text()).path("outputs").path(0);
        assertThat(output.path("shape").toString()).isEqualTo("[1,2]");
        assertThat(output.path("data").toString()).isEqualTo("[\"3.000000:1\",\"2.000000:2\"]");
    }

    @Test
    void countsWhatItServed() {
        post(
                "/v2/models/identity_INT8/infer",
                "{\"inputs\":[{\"name\":\"INPUT0\",\"datatype\":\"INT8\",\"shape\":[1,1],\"data\":[1]}]}");
        JsonNode model = json(get("/v2/models/identity_INT8/stats").text())
                .path("model_stats")
                .path(0);
        assertThat(model.path("version").asText()).isEqualTo("1");
        assertThat(model.path("inference_count").asLong()).isPositive();
        assertThat(model.path("inference_stats").path("success").path("count").asLong())
                .isPositive();
        assertThat(json(get("/v2/models/stats").text()).path("model_stats").size())
                .isEqualTo(TYPES.length + 1);
        assertError(get("/v2/models/nope/stats"), 400, "application/json", "requested model 'nope' is not available");
    }

    @Test
    void loadsAndUnloadsModels() {
        TestServer.writeIdentity(root, "late", "FP32");
        assertThat(post("/v2/repository/models/late/load", "{}").status()).isEqualTo(200);
        assertThat(get("/v2/models/late/ready").status()).isEqualTo(200);
        RawClient.Answer answer =
                post("/v2/repository/models/late/unload", "{\"parameters\":{\"unload_dependents\":false}}");
        assertThat(answer.status()).isEqualTo(200);
        assertThat(answer.body()).isEmpty();
        assertThat(get("/v2/models/late/ready").status()).isEqualTo(400);
        assertThat(json(post("/v2/repository/index", "").text()).findValuesAsText("name"))
                .contains("late", "two");
        assertThat(json(post("/v2/repository/index", "{\"ready\":true}").text()).findValuesAsText("name"))
                .contains("two")
                .doesNotContain("late");
        assertError(
                post("/v2/repository/index", "{\"ready\":1}"),
                400,
                "application/json",
                "Invalid value for 'ready': expected a boolean");
        assertError(
                post("/v2/repository/models/two/load", "{\"parameters\":{\"foo\":\"x\"}}"),
                500,
                "application/json",
                "unexpected error on creating Triton parameter");
        assertError(
                post("/v2/repository/r/models/two/load", ""),
                501,
                "application/json",
                "'repository_name' specification is not supported");
    }

    @Test
    void loadsWithAConfigThatTheClientSends() {
        TestServer.writeIdentity(root, "override", "FP32");
        String config =
                "{\\\"backend\\\":\\\"identity\\\",\\\"max_batch_size\\\":3,\\\"input\\\":[{\\\"name\\\":\\\"I\\\","
                        + "\\\"data_type\\\":\\\"TYPE_FP32\\\",\\\"dims\\\":[-1]}],\\\"output\\\":[{\\\"name\\\":\\\"O\\\","
                        + "\\\"data_type\\\":\\\"TYPE_FP32\\\",\\\"dims\\\":[-1]}]}";
        RawClient.Answer answer =
                post("/v2/repository/models/override/load", "{\"parameters\":{\"config\":\"" + config + "\"}}");
        assertThat(answer.text()).isEmpty();
        assertThat(json(get("/v2/models/override/config").text())
                        .path("max_batch_size")
                        .asInt())
                .isEqualTo(3);
        post("/v2/repository/models/override/unload", "");
    }
}
