package dev.nereid.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Named.named;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import dev.nereid.server.config.Front;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.util.stream.Stream;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Requests to TensorFlow Serving's REST API and their exact answers. Source: its json_tensor.cc and http_rest_api_handler.cc. */
class TensorflowRestTest {
    private static final String SIXTEEN = "[1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16]";
    private static final String MALFORMED = "Malformed request: ";
    private static final HttpClient CLIENT = HttpClient.newHttpClient();

    @TempDir
    private static Path folder;

    private static RunningServers servers;
    private static Server server;

    @BeforeAll
    static void start() throws IOException {
        servers = new RunningServers(folder);
        servers.writeSimple("");
        TensorflowModels.write(folder);
        server = servers.start("--tensorflow-rest-port=0", "--allow-http=false", "--allow-grpc=false");
    }

    @AfterAll
    static void stop() {
        servers.close();
    }

    private static HttpResponse<String> send(String method, String path, String body) throws Exception {
        HttpRequest request = HttpRequest.newBuilder(uri(path))
                .method(
                        method,
                        body.isEmpty()
                                ? HttpRequest.BodyPublishers.noBody()
                                : HttpRequest.BodyPublishers.ofString(body))
                .build();
        return CLIENT.send(request, HttpResponse.BodyHandlers.ofString());
    }

    private static URI uri(String path) {
        return URI.create(
                "http://127.0.0.1:" + server.port(Front.TENSORFLOW_REST).orElseThrow() + path);
    }

    private static Arguments answer(String name, String path, String body, String answer) {
        return arguments(named(name, path), body, answer);
    }

    static Stream<Arguments> predictions() {
        return Stream.of(
                answer(
                        "rows of numbers",
                        "/v1/models/halves:predict",
                        "{\"instances\": [[1.0, 2.0], [3, 1e1]]}",
                        "{\n    \"predictions\": [[0.5, 1.0], [1.5, 5.0]\n    ]\n}"),
                answer(
                        "columns",
                        "/v1/models/halves:predict",
                        "{\"inputs\": [[1, 2]]}",
                        "{\n    \"outputs\": [\n        [\n            0.5,\n            1.0\n        ]\n    ]\n}"),
                answer(
                        "the one input by its name in a column",
                        "/v1/models/halves:predict",
                        "{\"inputs\": {\"x\": [[1, 2]], \"other\": 5}}",
                        "{\n    \"outputs\": [\n        [\n            0.5,\n            1.0\n        ]\n    ]\n}"),
                answer(
                        "the one input by its name in rows",
                        "/v1/models/halves:predict",
                        "{\"instances\": [{\"x\": [1, 3]}, {\"x\": [5, 7]}]}",
                        "{\n    \"predictions\": [[0.5, 1.5], [2.5, 3.5]\n    ]\n}"),
                answer(
                        "several inputs in rows",
                        "/v1/models/simple:predict",
                        "{\"instances\": [{\"INPUT0\": " + SIXTEEN + ", \"INPUT1\": " + SIXTEEN + "}]}",
                        "{\n    \"predictions\": [\n        {\n            \"OUTPUT0\": [2, 4, 6, 8, 10, 12, 14, 16, 18, 20, 22,"
                                + " 24, 26, 28, 30, 32],\n            \"OUTPUT1\": [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]"
                                + "\n        }\n    ]\n}"),
                answer(
                        "the default signature by its name, and keys that mean nothing",
                        "/v1/models/halves:predict",
                        "{\"signature_name\": \"serving_default\", \"instances\": [[1, 2]], \"more\": {}} and more",
                        "{\n    \"predictions\": [[0.5, 1.0]\n    ]\n}"),
                answer(
                        "numbers that are none",
                        "/v1/models/halves:predict",
                        "{\"instances\": [[NaN, Infinity], [-Infinity, -Inf]]}",
                        "{\n    \"predictions\": [[NaN, Infinity], [-Infinity, -Infinity]\n    ]\n}"),
                answer(
                        "a version and letters in any case",
                        "/V1/Models/halves/Versions/1:Predict",
                        "{\"instances\": [[0.2, 6e-5]]}",
                        "{\n    \"predictions\": [[0.1, 3e-05]\n    ]\n}"),
                answer(
                        "strings, and bytes that are no text",
                        "/v1/models/echo:predict",
                        "{\"instances\": [\"a\\u00e9\", {\"b64\": \"AAH/\"}]}",
                        """
                        {
                            "predictions": [
                                {
                                    "raw_bytes": {
                                        "b64": "YcOp"
                                    },
                                    "text": "aé"
                                },
                                {
                                    "raw_bytes": {
                                        "b64": "AAH/"
                                    },
                                    "text": "\\u0000\\u0001\uFFFD"
                                }
                            ]
                        }"""));
    }

    @ParameterizedTest
    @MethodSource("predictions")
    void predictionsAreThoseOfTensorflowServing(String path, String body, String answer) throws Exception {
        HttpResponse<String> response = send("POST", path, body);
        assertThat(response.body()).isEqualTo(answer);
        assertThat(response.statusCode()).isEqualTo(200);
        assertThat(response.headers().firstValue("Content-Type")).contains("application/json");
    }

    private static Arguments error(String method, String path, String body, int status, String text) {
        return arguments(method, path, body, status, text);
    }

    static Stream<Arguments> errors() {
        String halves = "/v1/models/halves:predict";
        String element = "Failed to process element: ";
        return Stream.of(
                error(
                        "POST",
                        "/v1/models/none:predict",
                        "{\"instances\": [1]}",
                        404,
                        "Servable not found for request: Latest(none)"),
                error(
                        "POST",
                        "/v1/models/halves/versions/7:predict",
                        "{\"instances\": [1]}",
                        404,
                        "Servable not found for request: Specific(halves, 7)"),
                error(
                        "POST",
                        "/v1/models/halves/labels/stable:predict",
                        "{\"instances\": [1]}",
                        400,
                        "Unrecognized servable version label: stable"),
                error(
                        "POST",
                        "/v1/models/none:predict",
                        "{\"instances\": [1",
                        400,
                        "JSON Parse error: Missing a comma or ] after an array element. at offset: 16"),
                error("POST", halves, "", 400, "JSON Parse error: The document is empty"),
                error("POST", halves, "[1]", 400, "JSON Value: [1] Is not object"),
                error("POST", halves, "{}", 400, "Missing 'inputs' or 'instances' key"),
                error(
                        "POST",
                        halves,
                        "{\"signature_name\": 1}",
                        400,
                        "JSON Value: {\"signature_name\": 1} not formatted correctly. 'signature_name' key must be a string value."),
                error(
                        "POST",
                        halves,
                        "{\"signature_name\": \"x\", \"instances\": \"y\"}",
                        400,
                        "Serving signature name: \"x\" not found in signature def"),
                error(
                        "POST",
                        halves,
                        "{\"instances\": 1}",
                        400,
                        "JSON Value: {\"instances\": 1} Excepting 'instances' to be an list/array"),
                error(
                        "POST",
                        halves,
                        "{\"instances\": []}",
                        400,
                        "JSON Value: {\"instances\": []} No values in 'instances' array"),
                error(
                        "POST",
                        halves,
                        "{\"instances\": [1], \"inputs\": 1}",
                        400,
                        "JSON Value: {\"instances\": [1], \"inputs\": 1} Not formatted correctly expecting only one of 'inputs' or 'instances' keys to exist "),
                error(
                        "POST",
                        halves,
                        "{\"instances\": [[1, 2], [3]]}",
                        400,
                        element
                                + "1 of 'instances' list. Error: INVALID_ARGUMENT: Expecting tensor size: 2 but got: 1"),
                error(
                        "POST",
                        halves,
                        "{\"instances\": [[1, 2], {\"x\": 1}]}",
                        400,
                        "Expecting value/list but got object at item 1 of input list"),
                error(
                        "POST",
                        halves,
                        "{\"instances\": [{\"x\": [1, 2]}, [1, 2]]}",
                        400,
                        "Expecting object but got list at item 1 of input list"),
                error(
                        "POST",
                        halves,
                        "{\"instances\": [{\"x\": [1, 2], \"y\": 1}]}",
                        400,
                        element
                                + "0 key: y of 'instances' list. Error: INVALID_ARGUMENT: JSON object: does not have named input: y"),
                error(
                        "POST",
                        halves,
                        "{\"instances\": [{\"x\": [1, 2]}, {}]}",
                        400,
                        element + "1 of 'instances' list. JSON object: {} keys must be equal to: x"),
                error(
                        "POST",
                        halves,
                        "{\"instances\": [[1, \"a\"]]}",
                        400,
                        element
                                + "0 of 'instances' list. Error: INVALID_ARGUMENT: JSON Value: \"a\" Type: String is not of expected type: float"),
                error(
                        "POST",
                        halves,
                        "{\"instances\": [[1, null]]}",
                        400,
                        element
                                + "0 of 'instances' list. Error: INVALID_ARGUMENT: JSON Value: null Type: Null is not of expected type: float"),
                error(
                        "POST",
                        halves,
                        "{\"instances\": [[1, [2]]]}",
                        400,
                        element
                                + "0 of 'instances' list. Error: INVALID_ARGUMENT: Encountered list at unexpected level: 1 expected < 1"),
                error(
                        "POST",
                        halves,
                        "{\"inputs\": [[1, 2], 3]}",
                        400,
                        "JSON Value: 3 found at incorrect level: 2 in the JSON DOM. Expected at level: 2"),
                error(
                        "POST",
                        halves,
                        "{\"inputs\": [[1, 2], [3]]}",
                        400,
                        "Encountered list at unexpected size: 1 at level: 1 expected size: 2"),
                error("POST", halves, "{\"inputs\": {\"z\": 1}}", 400, "Missing named input: x in 'inputs' object."),
                error(
                        "POST",
                        "/v1/models/simple:predict",
                        "{\"instances\": [[1]]}",
                        400,
                        "instances is a plain list, but expecting list of objects as multiple input tensors required as per tensorinfo_map"),
                error(
                        "POST",
                        "/v1/models/simple:predict",
                        "{\"inputs\": [1]}",
                        400,
                        "inputs is a plain value/list, but expecting an object as multiple input tensors required as per tensorinfo_map"),
                error(
                        "POST",
                        "/v1/models/simple:predict",
                        "{\"inputs\": {\"INPUT0\": [1.0], \"INPUT1\": [1]}}",
                        400,
                        "JSON Value: 1.0 Type: Number is not of expected type: int32"),
                error(
                        "POST",
                        "/v1/models/simple:predict",
                        "{\"inputs\": {\"INPUT0\": [2147483648], \"INPUT1\": [1]}}",
                        400,
                        "JSON Value: 2147483648 Type: Number is not of expected type: int32"),
                error(
                        "POST",
                        "/v1/models/echo:predict",
                        "{\"instances\": [{\"b64\": \"a*\"}]}",
                        400,
                        element + "0 of 'instances' list. Error: INVALID_ARGUMENT: Unable to base64 decode"),
                error(
                        "POST",
                        "/v1/models/half:predict",
                        "{\"inputs\": [1]}",
                        501,
                        "Conversion of JSON Value: 1 to type: half"),
                error("GET", halves, "", 400, MALFORMED + "GET " + halves),
                error("POST", "/v1/models/halves", "{}", 400, MALFORMED + "POST /v1/models/halves"),
                error("PUT", "/v1/models/halves", "{}", 400, MALFORMED + "PUT /v1/models/halves"),
                error(
                        "GET",
                        "/v1/models/halves/versions/1/labels/x",
                        "",
                        400,
                        MALFORMED + "GET /v1/models/halves/versions/1/labels/x"),
                error("GET", "/v1/models", "", 400, "Missing model name in request."),
                error(
                        "GET",
                        "/v1/models/halves/versions/99999999999999999999",
                        "",
                        400,
                        "Failed to convert version: 99999999999999999999 to numeric."),
                error("GET", "/v1/models/none", "", 404, "Could not find any versions of model none"),
                error("GET", "/v1/models/halves/versions/7", "", 404, "Could not find version 7 of model halves"),
                error("GET", "/v1/models/none/metadata", "", 404, "Servable not found for request: Latest(none)"),
                error(
                        "POST",
                        "/v1/models/halves:classify",
                        "{\"examples\": [{\"x\": 1.0}]}",
                        400,
                        "Expected the input Tensor 'inputs' (string), which takes serialized examples. Signature was: inputs ['x' (float)], outputs ['y' (float)]"),
                error(
                        "POST",
                        "/v1/models/classes:classify",
                        "{\"instances\": 1}",
                        400,
                        "JSON Value: {\"instances\": 1} When method is classify, key 'examples' is expected and was not found"),
                error(
                        "POST",
                        "/v1/models/classes:classify",
                        "{\"examples\": []}",
                        400,
                        "JSON Value: {\"examples\": []} 'examples' value is an empty array"),
                error(
                        "POST",
                        "/v1/models/classes:classify",
                        "{\"examples\": [{\"f\": [1, 2.5]}]}",
                        400,
                        "Unexpected element type in feature: f expecting type: int64"),
                error(
                        "POST",
                        "/v1/models/classes:classify",
                        "{\"signature_name\": \"x\", \"examples\": [{}]}",
                        400,
                        "No signature was found with the name: x"));
    }

    @ParameterizedTest
    @MethodSource("errors")
    void errorsAreThoseOfTensorflowServing(String method, String path, String body, int status, String text)
            throws Exception {
        HttpResponse<String> response = send(method, path, body);
        assertThat(new com.fasterxml.jackson.databind.ObjectMapper()
                        .readTree(response.body())
                        .get("error")
                        .asText())
                .isEqualTo(text);
        assertThat(response.statusCode()).isEqualTo(status);
    }

    @Test
    void anErrorIsAnObjectOnThreeLines() throws Exception {
        assertThat(send("GET", "/v1/models/none", "").body())
                .isEqualTo("{\n    \"error\": \"Could not find any versions of model none\"\n}");
    }

    @Test
    void statusNamesTheStatesOfAllVersions() throws Exception {
        assertThat(send("GET", "/v1/models/halves", "").body())
                .isEqualTo(
                        "{\"model_version_status\":[{\"version\":\"1\",\"state\":\"AVAILABLE\",\"status\":{\"error_code\":\"OK\","
                                + "\"error_message\":\"\"}}]}");
    }

    @Test
    void metadataDescribesTheSignature() throws Exception {
        assertThat(send("GET", "/v1/models/halves/metadata", "").body())
                .isEqualTo(
                        "{\"model_spec\":{\"name\":\"halves\",\"signature_name\":\"\",\"version\":\"1\"},\"metadata\":{"
                                + "\"signature_def\":{\"signature_def\":{\"serving_default\":{\"inputs\":{\"x\":{\"dtype\":\"DT_FLOAT\","
                                + "\"tensor_shape\":{\"dim\":[{\"size\":\"-1\",\"name\":\"\"},{\"size\":\"2\",\"name\":\"\"}],"
                                + "\"unknown_rank\":false},\"name\":\"x:0\"}},\"outputs\":{\"y\":{\"dtype\":\"DT_FLOAT\","
                                + "\"tensor_shape\":{\"dim\":[{\"size\":\"-1\",\"name\":\"\"},{\"size\":\"2\",\"name\":\"\"}],"
                                + "\"unknown_rank\":false},\"name\":\"y:0\"}},\"method_name\":\"tensorflow/serving/predict\","
                                + "\"defaults\":{}}}}}}");
    }

    @Test
    void classesAreAnsweredWithTheirScores() throws Exception {
        assertThat(send("POST", "/v1/models/classes:classify", "{\"examples\": [{\"x\": 1.0}, {\"x\": 2.0}]}")
                        .body())
                .isEqualTo(
                        "{\n    \"results\": [[[\"even\", 0.25], [\"odd\", 0.75]], [[\"even\", 0.25], [\"odd\", 0.75]]\n    ]\n}");
    }

    @Test
    void valuesAreAnsweredForEachExample() throws Exception {
        assertThat(send(
                                "POST",
                                "/v1/models/values:regress",
                                "{\"context\": {\"c\": \"text\"}, \"examples\": [{\"x\": 1.0}, {\"x\": [2, 3]}]}")
                        .body())
                .isEqualTo("{\n    \"results\": [32.0, 30.0]\n}");
    }

    @Test
    void aBodyMayBeCompressed() throws Exception {
        ByteArrayOutputStream compressed = new ByteArrayOutputStream();
        try (GZIPOutputStream gzip = new GZIPOutputStream(compressed)) {
            gzip.write("{\"instances\": [[1, 2]]}".getBytes(java.nio.charset.StandardCharsets.UTF_8));
        }
        HttpRequest request = HttpRequest.newBuilder(uri("/v1/models/halves:predict"))
                .header("Content-Encoding", "gzip")
                .POST(HttpRequest.BodyPublishers.ofByteArray(compressed.toByteArray()))
                .build();
        HttpResponse<String> response = CLIENT.send(request, HttpResponse.BodyHandlers.ofString());
        assertThat(response.body()).isEqualTo("{\n    \"predictions\": [[0.5, 1.0]\n    ]\n}");
        assertThat(response.headers().firstValue("Content-Encoding")).isEmpty();
    }

    @Test
    void anotherPathIsNoPage() throws Exception {
        HttpResponse<String> response = send("GET", "/v2/health/ready", "");
        assertThat(response.statusCode()).isEqualTo(404);
        assertThat(response.body()).contains("<H1>Not Found</H1>");
    }

    @Test
    void aPreflightNeedsAnOrigin() throws Exception {
        assertThat(send("OPTIONS", "/v1/models/halves:predict", "").statusCode())
                .isEqualTo(400);
        HttpRequest request = HttpRequest.newBuilder(uri("/v1/models/halves"))
                .header("Origin", "http://localhost")
                .method("OPTIONS", HttpRequest.BodyPublishers.noBody())
                .build();
        assertThat(CLIENT.send(request, HttpResponse.BodyHandlers.ofString()).statusCode())
                .isEqualTo(200);
    }
}
