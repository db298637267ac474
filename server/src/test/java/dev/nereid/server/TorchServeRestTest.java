package dev.nereid.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.nereid.server.config.Front;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Requests to TorchServe's REST APIs and their exact answers. */
class TorchServeRestTest {
    private static final Front INFERENCE = Front.TORCHSERVE_INFERENCE;
    private static final Front MANAGEMENT = Front.TORCHSERVE_MANAGEMENT;
    private static final String INSTANCES = "{\"instances\": [[1.0, 2.0]]}";
    private static final String HALVED = "{\"predictions\": [[0.5, 1.0]]}";
    private static final String BOUNDARY = "multipart/form-data; boundary=XX";
    private static final ObjectMapper JSON = new ObjectMapper();

    @TempDir
    private static Path folder;

    private static Server server;

    @BeforeAll
    static void start() throws Exception {
        Path store = Files.createDirectory(folder.resolve("store"));
        TorchServeServers.archive(store, "halves.mar", "halves", "1.0");
        TorchServeServers.archive(store, "raw.mar", "raw", "1.0", "base_handler", "");
        TorchServeServers.archive(store, "second.mar", "halves", "2.0");
        TorchServeServers.archive(store, "v1.mar", "v1", "1.0", "base_handler", "\"envelope\":\"kserve\",");
        TorchServeServers.archive(store, "v2.mar", "v2", "1.0", "base_handler", "\"envelope\":\"kservev2\",");
        server = TorchServeServers.start(folder, store, "halves.mar");
        TorchServeServers.awaitHealthy(server);
    }

    @AfterAll
    static void stop() {
        assertThat(server.stop()).isTrue();
    }

    private static HttpResponse<String> send(Front front, String method, String path, String body, String... headers)
            throws Exception {
        return TorchServeServers.send(server, front, method, path, body, headers);
    }

    static Stream<Arguments> predictions() {
        String part = "--XX\r\nContent-Disposition: form-data; name=\"data\"; filename=\"x.json\"\r\n"
                + "Content-Type: application/json\r\n\r\n" + INSTANCES + "\r\n--XX--\r\n";
        return Stream.of(
                arguments("POST", "/predictions/halves", "application/json", INSTANCES),
                arguments("PUT", "/predictions/halves", "application/json", INSTANCES),
                arguments("POST", "/predictions/halves/1.0", "application/json", INSTANCES),
                arguments("POST", "/predictions/halves/1.0/extra/path", "application/json", INSTANCES),
                arguments("POST", "/predictions/halves", "text/plain", INSTANCES),
                arguments("POST", "/predictions/halves", BOUNDARY, part),
                arguments(
                        "POST",
                        "/predictions/halves",
                        "application/x-www-form-urlencoded",
                        "data=%7B%22instances%22:+[[1.0,2.0]]%7D"),
                arguments("POST", "/v1/models/halves:predict", "application/json", INSTANCES),
                arguments("POST", "/invocations?model_name=halves", "application/json", INSTANCES),
                arguments("POST", "/invocations", "application/json", INSTANCES),
                arguments("POST", "/models/halves/invoke", "application/json", INSTANCES),
                arguments("POST", "/halves/predict", "application/json", INSTANCES),
                arguments("POST", "/halves/1.0/predict", "application/json", INSTANCES));
    }

    @ParameterizedTest
    @MethodSource("predictions")
    void everyWayToAskAModelIsAnswered(String method, String path, String type, String body) throws Exception {
        HttpResponse<String> response = send(INFERENCE, method, path, body, "Content-Type", type);
        assertThat(response.body()).isEqualTo(HALVED);
        assertThat(response.statusCode()).isEqualTo(200);
        assertThat(response.headers().firstValue("Content-Type")).isEmpty();
        assertThat(response.headers().firstValue("x-request-id").orElse("")).hasSize(36);
    }

    /** As {@code curl -T} and {@code curl --data-binary} with {@code Content-Encoding: gzip} do. */
    @Test
    void filesAreSentWithoutATypeAndCompressed() throws Exception {
        assertThat(send(INFERENCE, "PUT", "/predictions/halves", INSTANCES).body())
                .isEqualTo(HALVED);
        ByteArrayOutputStream compressed = new ByteArrayOutputStream();
        try (GZIPOutputStream gzip = new GZIPOutputStream(compressed)) {
            gzip.write(INSTANCES.getBytes(StandardCharsets.UTF_8));
        }
        try (HttpClient client = HttpClient.newHttpClient()) {
            HttpRequest.Builder request = HttpRequest.newBuilder(
                            TorchServeServers.uri(server, INFERENCE, "/predictions/halves"))
                    .header("Content-Type", "application/json");
            assertThat(client.send(
                                    request.copy()
                                            .header("Content-Encoding", "gzip")
                                            .POST(HttpRequest.BodyPublishers.ofByteArray(compressed.toByteArray()))
                                            .build(),
                                    HttpResponse.BodyHandlers.ofString())
                            .body())
                    .isEqualTo(HALVED);
            // Of unknown length: in chunks.
            assertThat(client.send(
                                    request.POST(HttpRequest.BodyPublishers.ofInputStream(
                                                    () -> new ByteArrayInputStream(
                                                            INSTANCES.getBytes(StandardCharsets.UTF_8))))
                                            .build(),
                                    HttpResponse.BodyHandlers.ofString())
                            .body())
                    .isEqualTo(HALVED);
        }
    }

    @Test
    void envelopesOfKserveAnswerInTheirForms() throws Exception {
        for (String model : List.of("v1", "v2")) {
            send(MANAGEMENT, "POST", "/models?initial_workers=1&synchronous=true&url=" + model + ".mar", "");
        }
        assertThat(send(INFERENCE, "POST", "/v1/models/v1:predict", INSTANCES, "Content-Type", "application/json")
                        .body())
                .isEqualTo("{\n  \"predictions\": [\n    [\n      0.5,\n      1.0\n    ]\n  ]\n}");
        String encoded = Base64.getEncoder().encodeToString("[1.0, 2.0]".getBytes(StandardCharsets.UTF_8));
        for (String instance : List.of(
                "{\"data\": [1.0, 2.0]}",
                "{\"b64\": \"" + encoded + "\"}",
                "{\"data\": {\"b64\": \"" + encoded + "\"}}")) {
            assertThat(send(
                                    INFERENCE,
                                    "POST",
                                    "/v1/models/v1:predict",
                                    "{\"instances\": [" + instance + "]}",
                                    "Content-Type",
                                    "application/json")
                            .body()
                            .replaceAll("\\s", ""))
                    .as(instance)
                    .isEqualTo("{\"predictions\":[[0.5,1.0]]}");
        }
        assertThat(send(
                                INFERENCE,
                                "POST",
                                "/v2/models/v2/infer",
                                "{\"id\": \"7\", \"inputs\": [{\"name\": \"x\", \"shape\": [1, 2], \"datatype\": \"FP32\", "
                                        + "\"data\": [1.0, 2.0]}]}",
                                "Content-Type",
                                "application/json")
                        .body()
                        .replaceAll("\\s", ""))
                .isEqualTo("{\"id\":\"7\",\"model_name\":\"v2\",\"model_version\":\"1.0\",\"outputs\":[{\"name\":"
                        + "\"predict\",\"shape\":[2],\"datatype\":\"FP64\",\"data\":[0.5,1.0]}]}");
        assertThat(send(MANAGEMENT, "DELETE", "/models/v1/1.0", "").statusCode())
                .isEqualTo(200);
        assertThat(send(MANAGEMENT, "DELETE", "/models/v2", "").statusCode()).isEqualTo(200);
    }

    @Test
    void aFormMayNameTheModelOfAnInvocation() throws Exception {
        send(MANAGEMENT, "POST", "/models?initial_workers=1&synchronous=true&url=halves.mar&model_name=other", "");
        String form = "--XX\r\nContent-Disposition: form-data; name=\"model_name\"\r\n\r\nother\r\n"
                + "--XX\r\nContent-Disposition: form-data; name=\"data\"\r\n\r\n" + INSTANCES + "\r\n--XX--\r\n";
        // The only start-up model comes first, as in TorchServe.
        assertThat(send(INFERENCE, "POST", "/invocations", form, "Content-Type", BOUNDARY)
                        .body())
                .isEqualTo(HALVED);
        send(MANAGEMENT, "DELETE", "/models/other", "");
    }

    @Test
    void aModelTellsOfItselfWhereThatIsAskedFor() throws Exception {
        JsonNode plain = JSON.readTree(
                send(MANAGEMENT, "GET", "/models/halves?customized=false", "").body());
        assertThat(plain.at("/0").has("customizedMetadata")).isFalse();
        JsonNode customized = JSON.readTree(send(MANAGEMENT, "GET", "/models/halves/1.0?customized=true", "")
                .body());
        assertThat(customized.at("/0/customizedMetadata/inputs/0/name").asText())
                .isEqualTo("x");
        assertThat(customized.at("/0/customizedMetadata/outputs/0/datatype").asText())
                .isEqualTo("FP32");
        assertThat(JSON.readTree(send(MANAGEMENT, "GET", "/models/halves/all?customized=true", "")
                                .body())
                        .at("/0")
                        .has("customizedMetadata"))
                .isFalse();
    }

    static Stream<Arguments> texts() {
        return Stream.of(
                arguments(INFERENCE, "GET", "/ping", 200, "{\n  \"status\": \"Healthy\"\n}\n"),
                arguments(INFERENCE, "GET", "/v2/health/live", 200, "{\n  \"live\": true\n}\n"),
                arguments(INFERENCE, "GET", "/v2/health/ready", 200, "{\n  \"ready\": true\n}\n"),
                arguments(INFERENCE, "GET", "/v2", 200, """
                        {
                          "name": "Torchserve",
                          "version": "0.12.0",
                          "extenstion": [
                            "kserve",
                            "kubeflow"
                          ]
                        }
                        """),
                arguments(
                        INFERENCE,
                        "POST",
                        "/v2/models/halves/versions/1/infer",
                        501,
                        "{\n  \"error\": \"Model versioning is not yet supported.\"\n}\n"),
                arguments(MANAGEMENT, "GET", "/models", 200, """
                        {
                          "models": [
                            {
                              "modelName": "halves",
                              "modelUrl": "halves.mar"
                            }
                          ]
                        }
                        """),
                arguments(
                        MANAGEMENT,
                        "GET",
                        "/v1/models/halves",
                        200,
                        "{\n  \"name\": \"halves\",\n  \"ready\": true\n}\n"),
                arguments(
                        MANAGEMENT,
                        "GET",
                        "/v2/models/halves/ready",
                        200,
                        "{\n  \"name\": \"halves\",\n  \"ready\": true\n}\n"),
                arguments(
                        MANAGEMENT,
                        "GET",
                        "/models?limit=0",
                        200,
                        "{\n  \"nextPageToken\": \"0\",\n  \"models\": []\n}\n"),
                arguments(MANAGEMENT, "GET", "/models/none", 404, """
                        {
                          "code": 404,
                          "type": "ModelNotFoundException",
                          "message": "Model not found: none"
                        }
                        """));
    }

    @ParameterizedTest
    @MethodSource("texts")
    void documentsAreThoseOfTorchServe(Front front, String method, String path, int status, String text)
            throws Exception {
        HttpResponse<String> response = send(front, method, path, "");
        assertThat(response.body()).isEqualTo(text);
        assertThat(response.statusCode()).isEqualTo(status);
        assertThat(response.headers().firstValue("Content-Type")).contains("application/json");
        assertThat(response.headers().firstValue("x-request-id").orElse("")).hasSize(36);
    }

    static Stream<Arguments> errors() {
        String resource = "Requested resource is not found, please refer to API document.";
        String method = "Requested method is not allowed, please refer to API document.";
        return Stream.of(
                arguments(INFERENCE, "GET", "/none", "", 404, "ResourceNotFoundException", resource),
                arguments(INFERENCE, "POST", "/predictions", "", 404, "ResourceNotFoundException", resource),
                arguments(INFERENCE, "POST", "/predictions/", "", 404, "ResourceNotFoundException", resource),
                arguments(INFERENCE, "GET", "/models", "", 404, "ResourceNotFoundException", resource),
                arguments(INFERENCE, "POST", "/v2", "", 405, "MethodNotAllowedException", method),
                arguments(
                        INFERENCE,
                        "POST",
                        "/predictions/none",
                        "x",
                        404,
                        "ModelNotFoundException",
                        "Model not found: none"),
                arguments(
                        INFERENCE,
                        "POST",
                        "/predictions/halves/7.0",
                        "x",
                        404,
                        "ModelVersionNotFoundException",
                        "Model version: 7.0 does not exist for model: halves"),
                arguments(
                        INFERENCE,
                        "POST",
                        "/invocations?model_name=none",
                        "x",
                        404,
                        "ModelNotFoundException",
                        "Model not found: none"),
                arguments(
                        INFERENCE,
                        "POST",
                        "/predictions/halves",
                        "x",
                        503,
                        "InternalServerException",
                        "Prediction failed"),
                arguments(
                        INFERENCE,
                        "POST",
                        "/predictions/halves",
                        "{\"instances\": [[1.0]]}",
                        503,
                        "InternalServerException",
                        "Prediction failed"),
                arguments(
                        INFERENCE,
                        "POST",
                        "/explanations/halves",
                        "x",
                        501,
                        "NotImplementedException",
                        "Explanations need Python (Captum), which is not run here."),
                arguments(
                        INFERENCE,
                        "POST",
                        "/v1/models/halves:explain",
                        "x",
                        501,
                        "NotImplementedException",
                        "Explanations need Python (Captum), which is not run here."),
                arguments(
                        INFERENCE,
                        "POST",
                        "/explanations/halves/1.0",
                        "x",
                        501,
                        "NotImplementedException",
                        "Explanations need Python (Captum), which is not run here."),
                arguments(
                        INFERENCE,
                        "POST",
                        "/v2/models/halves/explain",
                        "x",
                        501,
                        "NotImplementedException",
                        "Explanations need Python (Captum), which is not run here."),
                arguments(
                        INFERENCE,
                        "POST",
                        "/halves/9.0/predict",
                        "x",
                        404,
                        "ModelVersionNotFoundException",
                        "Model version: 9.0 does not exist for model: halves"),
                arguments(
                        INFERENCE,
                        "POST",
                        "/models/none/invoke",
                        "x",
                        404,
                        "ModelNotFoundException",
                        "Model not found: none"),
                arguments(
                        MANAGEMENT,
                        "PUT",
                        "/models/halves?model_version=9.0",
                        "",
                        404,
                        "ModelVersionNotFoundException",
                        "Model version: 9.0 does not exist for model: halves"),
                arguments(
                        MANAGEMENT,
                        "DELETE",
                        "/models/halves/9.0",
                        "",
                        404,
                        "ModelVersionNotFoundException",
                        "Model version: 9.0 does not exist for model: halves"),
                arguments(
                        MANAGEMENT,
                        "GET",
                        "/v1/models/none",
                        "",
                        404,
                        "ModelNotFoundException",
                        "Model not found: none"),
                arguments(MANAGEMENT, "POST", "/v1/models/halves", "", 405, "MethodNotAllowedException", method),
                arguments(Front.TORCHSERVE_METRICS, "GET", "/models", "", 404, "ResourceNotFoundException", resource),
                arguments(MANAGEMENT, "GET", "/none", "", 404, "ResourceNotFoundException", resource),
                arguments(MANAGEMENT, "DELETE", "/models", "", 405, "MethodNotAllowedException", method),
                arguments(MANAGEMENT, "POST", "/models", "", 400, "BadRequestException", "Parameter url is required."),
                arguments(MANAGEMENT, "POST", "/models?url=", "", 404, "ModelNotFoundException", "empty url"),
                arguments(
                        MANAGEMENT,
                        "POST",
                        "/models?url=none.mar",
                        "",
                        404,
                        "ModelNotFoundException",
                        "Model not found at: none.mar"),
                arguments(
                        MANAGEMENT,
                        "POST",
                        "/models?url=..%2Fx.mar",
                        "",
                        404,
                        "ModelNotFoundException",
                        "Relative path is not allowed in url: ../x.mar"),
                arguments(
                        MANAGEMENT,
                        "POST",
                        "/models?url=%2Fetc%2Fpasswd",
                        "",
                        404,
                        "ModelNotFoundException",
                        "Model not found at: /etc/passwd; expected the name of an entry of the model store, or a URL"),
                arguments(
                        MANAGEMENT,
                        "POST",
                        "/models?url=ftp:%2F%2Fh%2Fx.mar",
                        "",
                        404,
                        "ModelNotFoundException",
                        "Model not found at: ftp://h/x.mar; expected the name of an entry of the model store, or a URL"),
                arguments(
                        MANAGEMENT,
                        "POST",
                        "/models?url=halves.mar",
                        "",
                        409,
                        "ConflictStatusException",
                        "Model version 1.0 is already registered for model halves"),
                arguments(
                        MANAGEMENT,
                        "POST",
                        "/models?url=raw.mar&batch_size=0",
                        "",
                        400,
                        "BadRequestException",
                        "batch_size: expected a number from 1 on, got 0"),
                arguments(
                        MANAGEMENT,
                        "POST",
                        "/models?url=raw.mar&batch_size=x",
                        "",
                        400,
                        "BadRequestException",
                        "batch_size: expected a whole number, got 'x'"),
                arguments(
                        MANAGEMENT,
                        "POST",
                        "/models?url=raw.mar&model_name=a%2Fb",
                        "",
                        400,
                        "BadRequestException",
                        "model name: expected up to 128 letters, digits, dots, dashes and underscores, got 'a/b'"),
                arguments(
                        MANAGEMENT,
                        "PUT",
                        "/models/none?min_worker=1",
                        "",
                        404,
                        "ModelNotFoundException",
                        "Model not found: none"),
                arguments(
                        MANAGEMENT,
                        "PUT",
                        "/models/halves?min_worker=2&max_worker=1",
                        "",
                        400,
                        "BadRequestException",
                        "max_worker cannot be less than min_worker."),
                arguments(
                        MANAGEMENT,
                        "PUT",
                        "/models/halves?min_worker=5000",
                        "",
                        400,
                        "BadRequestException",
                        "expected from 0 to 1024 workers, got 5000"),
                arguments(
                        MANAGEMENT,
                        "PUT",
                        "/models/halves/9.0/set-default",
                        "",
                        404,
                        "ModelVersionNotFoundException",
                        "Model version: 9.0 does not exist for model: halves"),
                arguments(
                        MANAGEMENT,
                        "DELETE",
                        "/models/none",
                        "",
                        404,
                        "ModelNotFoundException",
                        "Model not found: none"),
                arguments(MANAGEMENT, "GET", "/token?type=management", "", 404, "ResourceNotFoundException", resource));
    }

    @ParameterizedTest
    @MethodSource("errors")
    void errorsAreThoseOfTorchServe(
            Front front, String method, String path, String body, int status, String type, String message)
            throws Exception {
        HttpResponse<String> response = send(front, method, path, body);
        assertThat(JSON.readTree(response.body()))
                .isEqualTo(JSON.valueToTree(Map.of("code", status, "type", type, "message", message)));
        assertThat(response.statusCode()).isEqualTo(status);
    }

    @Test
    void aModelIsRegisteredScaledAskedAndUnregistered() throws Exception {
        assertThat(send(MANAGEMENT, "POST", "/models?url=raw.mar&model_name=life&batch_size=4&max_batch_delay=5", "")
                        .body())
                .isEqualTo("""
                        {
                          "status": "Model \\\"life\\\" Version: 1.0 registered with 0 initial workers. Use scale workers API to add workers for the model."
                        }
                        """);
        HttpResponse<String> without =
                send(INFERENCE, "POST", "/predictions/life", "[1, 2]", "Content-Type", "application/json");
        assertThat(without.statusCode()).isEqualTo(503);
        assertThat(JSON.readTree(without.body()).get("message").asText())
                .startsWith(
                        "Model \"life\" Version 1.0 has no worker to serve inference request. Please use scale workers API to add "
                                + "workers.");
        assertThat(send(MANAGEMENT, "PUT", "/models/life?min_worker=2&synchronous=true", "")
                        .body())
                .isEqualTo("{\n  \"status\": \"Workers scaled to 2 for model: life\"\n}\n");
        assertThat(JSON.readTree(send(MANAGEMENT, "GET", "/models/life", "").body())
                        .at("/0/workers"))
                .hasSize(2);
        assertThat(send(INFERENCE, "POST", "/predictions/life", "[4, 6]", "Content-Type", "application/json")
                        .body())
                .isEqualTo("[\n  2.0,\n  3.0\n]");
        assertThat(send(MANAGEMENT, "PUT", "/models/life/1.0?min_worker=1&synchronous=true", "")
                        .body())
                .isEqualTo("{\n  \"status\": \"Workers scaled to 1 for model: life, version: 1.0\"\n}\n");
        HttpResponse<String> accepted = send(MANAGEMENT, "PUT", "/models/life?min_worker=0", "");
        assertThat(accepted.body()).isEqualTo("{\n  \"status\": \"Processing worker updates...\"\n}\n");
        assertThat(accepted.statusCode()).isEqualTo(202);
        assertThat(send(MANAGEMENT, "DELETE", "/models/life", "").body())
                .isEqualTo("{\n  \"status\": \"Model \\\"life\\\" unregistered\"\n}\n");
        assertThat(send(MANAGEMENT, "GET", "/models/life", "").statusCode()).isEqualTo(404);
    }

    @Test
    void oneOfTwoVersionsIsTheDefault() throws Exception {
        String json = "{\"url\": \"second.mar\", \"initial_workers\": 1, \"synchronous\": true}";
        assertThat(send(MANAGEMENT, "POST", "/models", json, "Content-Type", "application/json")
                        .body())
                .isEqualTo(
                        "{\n  \"status\": \"Model \\\"halves\\\" Version: 2.0 registered with 1 initial workers\"\n}\n");
        assertThat(send(INFERENCE, "POST", "/predictions/halves/2.0", INSTANCES, "Content-Type", "application/json")
                        .body())
                .isEqualTo(HALVED);
        assertThat(JSON.readTree(
                        send(MANAGEMENT, "GET", "/models/halves/all", "").body()))
                .hasSize(2);
        assertThat(JSON.readTree(send(MANAGEMENT, "GET", "/models/halves", "").body())
                        .at("/0/modelVersion")
                        .asText())
                .isEqualTo("1.0");
        HttpResponse<String> refused = send(MANAGEMENT, "DELETE", "/models/halves/1.0", "");
        assertThat(refused.statusCode()).isEqualTo(403);
        assertThat(refused.body()).contains("InvalidModelVersionException");
        assertThat(send(MANAGEMENT, "PUT", "/models/halves/2.0/set-default", "").body())
                .isEqualTo(
                        "{\n  \"status\": \"Default version successfully updated for model \\\"halves\\\" to \\\"2.0\\\"\"\n}\n");
        assertThat(JSON.readTree(send(MANAGEMENT, "GET", "/models/halves", "").body())
                        .at("/0/modelVersion")
                        .asText())
                .isEqualTo("2.0");
        assertThat(send(MANAGEMENT, "PUT", "/models/halves/1.0/set-default", "").statusCode())
                .isEqualTo(200);
        assertThat(send(MANAGEMENT, "DELETE", "/models/halves/2.0", "").statusCode())
                .isEqualTo(200);
    }

    @Test
    void aDescriptionHasTheKeysOfTorchServeInTheirOrder() throws Exception {
        String body = send(MANAGEMENT, "GET", "/models/halves/1.0", "").body();
        assertThat(body.replaceAll("\"(id|startTime)\": \"[^\"]*\"", "\"$1\": \"\"")
                        .replaceAll("\"pid\": \\d+", "\"pid\": 1"))
                .isEqualTo("""
                        [
                          {
                            "modelName": "halves",
                            "modelVersion": "1.0",
                            "modelUrl": "halves.mar",
                            "runtime": "python",
                            "minWorkers": 1,
                            "maxWorkers": 1,
                            "batchSize": 1,
                            "maxBatchDelay": 100,
                            "responseTimeout": 120,
                            "startupTimeout": 120,
                            "maxRetryTimeoutInSec": 300,
                            "clientTimeoutInMills": 0,
                            "parallelType": "",
                            "parallelLevel": 0,
                            "deviceType": "cpu",
                            "continuousBatching": false,
                            "useJobTicket": false,
                            "useVenv": false,
                            "stateful": false,
                            "sequenceMaxIdleMSec": 0,
                            "sequenceTimeoutMSec": 0,
                            "maxNumSequence": 0,
                            "maxSequenceJobQueueSize": 0,
                            "loadedAtStartup": true,
                            "workers": [
                              {
                                "id": "",
                                "startTime": "",
                                "status": "READY",
                                "memoryUsage": 0,
                                "pid": 1,
                                "gpu": false,
                                "gpuUsage": "N/A"
                              }
                            ],
                            "jobQueueStatus": {
                              "remainingCapacity": 100,
                              "pendingRequests": 0
                            }
                          }
                        ]
                        """);
    }

    static Stream<Arguments> descriptions() {
        return Stream.of(
                arguments(INFERENCE, "OPTIONS", "/", "/predictions/{model_name}"),
                arguments(INFERENCE, "GET", "/api-description", "/predictions/{model_name}"),
                arguments(INFERENCE, "OPTIONS", "/predictions/halves", "/predictions/halves"),
                arguments(INFERENCE, "OPTIONS", "/predictions/halves/1.0", "/predictions/halves"),
                arguments(Front.TORCHSERVE_METRICS, "OPTIONS", "/", "/metrics"),
                arguments(MANAGEMENT, "OPTIONS", "/", "/models/{model_name}"),
                arguments(MANAGEMENT, "OPTIONS", "/models/halves", "/predictions/halves"));
    }

    @ParameterizedTest
    @MethodSource("descriptions")
    void apisDescribeThemselves(Front front, String method, String path, String described) throws Exception {
        HttpResponse<String> response = send(front, method, path, "");
        assertThat(response.statusCode()).isEqualTo(200);
        assertThat(JSON.readTree(response.body()).get("openapi").asText()).isEqualTo("3.0.1");
        assertThat(JSON.readTree(response.body()).get("paths").has(described)).isTrue();
    }

    @Test
    void aQueryOfOtherLettersIsRefused() throws Exception {
        try (Socket socket = new Socket(
                InetAddress.getLoopbackAddress(), server.port(MANAGEMENT).orElseThrow())) {
            socket.getOutputStream()
                    .write("GET /models?a=\u00e9 HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
                            .getBytes(StandardCharsets.ISO_8859_1));
            assertThat(new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8))
                    .startsWith("HTTP/1.1 400 ")
                    .contains("expected a query of visible ASCII letters");
        }
    }

    @Test
    void aBodyAboveTheLimitIsRefused() throws Exception {
        HttpResponse<String> response = send(INFERENCE, "POST", "/predictions/halves", "x".repeat(6_553_501));
        assertThat(response.statusCode()).isEqualTo(413);
    }

    @Test
    void metricsAreEmptyUnlessTheModeIsPrometheus() throws Exception {
        HttpResponse<String> response = send(Front.TORCHSERVE_METRICS, "GET", "/metrics", "");
        assertThat(response.statusCode()).isEqualTo(200);
        assertThat(response.body()).isEmpty();
        assertThat(response.headers().firstValue("Content-Type")).contains("text/plain; version=0.0.4; charset=utf-8");
    }
}
