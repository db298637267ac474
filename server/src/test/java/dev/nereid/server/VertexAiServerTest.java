package dev.nereid.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.nereid.server.cli.FlagParser;
import dev.nereid.server.config.Front;
import dev.nereid.server.config.ServeFlags;
import dev.nereid.server.config.ServerConfigReader;
import dev.nereid.server.config.StartException;
import dev.nereid.server.repository.folders.RepositoryRoot;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** A whole server behind Vertex AI's two paths; the cases of Triton's suite L0_vertex_ai. */
class VertexAiServerTest {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final String SUM = RunningServers.simpleRequest("");
    private static final String BINARY = "application/vnd.vertex-ai-triton.binary+json;json-header-size=";
    private static final Map<String, String> ROUTES =
            Map.of("AIP_PREDICT_ROUTE", "/predict", "AIP_HEALTH_ROUTE", "/health");

    @TempDir
    Path repository;

    private final HttpClient client = HttpClient.newHttpClient();
    private final List<Server> started = new ArrayList<>();

    @AfterEach
    void stop() {
        client.close();
        started.forEach(server -> assertThat(server.stop()).isTrue());
    }

    private Server start(String... more) throws IOException {
        new RunningServers(repository).writeSimple("");
        return startAsIs(more);
    }

    private Server startAsIs(String... more) {
        List<String> arguments = new ArrayList<>(List.of(
                "--http-address=127.0.0.1",
                "--allow-http=false",
                "--allow-grpc=false",
                "--metrics-port=0",
                "--allow-vertex-ai=true",
                "--vertex-ai-port=0"));
        arguments.addAll(List.of(more));
        Server server = Server.start(ServerConfigReader.read(
                new FlagParser(ServeFlags.all()).parse(arguments),
                List.of(new RepositoryRoot.Local(repository)),
                ROUTES));
        started.add(server);
        assertThat(server.startup().join()).isEmpty();
        server.openVertexAi();
        return server;
    }

    private HttpResponse<String> send(Server server, String path, String method, byte[] body, String... headers)
            throws IOException, InterruptedException {
        int port = server.port(Front.VERTEX_AI).orElseThrow();
        HttpRequest.Builder request = HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + path))
                .method(method, body.length == 0 ? BodyPublishers.noBody() : BodyPublishers.ofByteArray(body));
        if (headers.length > 0) {
            request.headers(headers);
        }
        return client.send(request.build(), HttpResponse.BodyHandlers.ofString());
    }

    private HttpResponse<String> predict(Server server, String body, String... headers)
            throws IOException, InterruptedException {
        return send(server, "/predict", "POST", body.getBytes(StandardCharsets.UTF_8), headers);
    }

    private HttpResponse<String> redirect(Server server, String endpoint) throws IOException, InterruptedException {
        return predict(server, "", "X-Vertex-Ai-Triton-Redirect", endpoint);
    }

    private static JsonNode lastSum(HttpResponse<String> answer) throws IOException {
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
        return JSON.readTree(answer.body()).at("/outputs/0/data/15");
    }

    @Test
    void predictsWithTheOnlyModelThatThereIs() throws IOException, InterruptedException {
        Server server = start();
        assertThat(send(server, "/health", "GET", new byte[0]).statusCode()).isEqualTo(200);
        assertThat(lastSum(predict(server, SUM)).intValue()).isEqualTo(32);
        assertThat(lastSum(predict(server, SUM, "X-Vertex-Ai-Triton-Redirect", "v2/models/simple/infer"))
                        .intValue())
                .isEqualTo(32);
        assertThat(lastSum(predict(server, SUM, "x-vertex-ai-triton-redirect", "v2/models/simple/versions/1/infer"))
                        .intValue())
                .isEqualTo(32);
    }

    /** INPUT0 is binary; the header that other fronts look at does not count. */
    private static byte[] binaryRequest(int[] jsonBytes) {
        String json = """
            {"inputs":[{"name":"INPUT0","datatype":"INT32","shape":[1,16],"parameters":{"binary_data_size":64}},
            {"name":"INPUT1","datatype":"INT32","shape":[1,16],"data":[1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16]}],
            "outputs":[{"name":"OUTPUT0"}]}\
            """;
        jsonBytes[0] = json.length();
        byte[] body = new byte[json.length() + 64];
        System.arraycopy(json.getBytes(StandardCharsets.UTF_8), 0, body, 0, json.length());
        body[json.length() + 60] = 7;
        return body;
    }

    @Test
    void theContentTypeSaysWhereBinaryDataBegins() throws IOException, InterruptedException {
        Server server = start();
        int[] jsonBytes = new int[1];
        byte[] body = binaryRequest(jsonBytes);
        HttpResponse<String> answer = send(
                server,
                "/predict",
                "POST",
                body,
                "Content-Type",
                BINARY + jsonBytes[0],
                "Inference-Header-Content-Length",
                "3");
        assertThat(lastSum(answer).intValue()).isEqualTo(16 + 7);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "additional-string/" + BINARY + "234 | expect MIME type for binary data starts with '" + BINARY
                        + "', got: additional-string/" + BINARY + "234",
                BINARY + "-123 | inference header size should be in range (0, 298), got: -123",
                BINARY + "12345 | inference header size should be in range (0, 298), got: 12345",
                BINARY + "additional-string234 | "
            })
    void aContentTypeThatCannotBeIsRefused(String contentType, String text) throws IOException, InterruptedException {
        Server server = start();
        HttpResponse<String> answer =
                send(server, "/predict", "POST", binaryRequest(new int[1]), "Content-Type", contentType);
        assertThat(answer.statusCode()).isEqualTo(400);
        if (text != null) {
            assertThat(JSON.readTree(answer.body()).at("/error").asText()).isEqualTo(text);
        }
    }

    @Test
    void answersWithBinaryDataAsTheOtherFrontDoes() throws IOException, InterruptedException {
        Server server = start();
        String binary =
                SUM.replace("{\"name\":\"OUTPUT0\"}", "{\"name\":\"OUTPUT0\",\"parameters\":{\"binary_data\":true}}");
        HttpResponse<String> answer = predict(server, binary);
        assertThat(answer.statusCode()).isEqualTo(200);
        assertThat(answer.headers().firstValue("Inference-Header-Content-Length"))
                .isPresent();
    }

    @ParameterizedTest
    @CsvSource({
        "metrics, nv_inference_request_success",
        "v2/models/stats, model_stats",
        "v2/models/simple/stats, model_stats",
        "v2/health/live, ''",
        "v2/health/ready, ''",
        "v2/models/simple/ready, ''",
        "v2, extensions",
        "v2/models/simple, platform",
        "v2/models/simple/config, version_policy",
        "v2/systemsharedmemory/status, []",
        "v2/cudasharedmemory/status, []",
        "v2/repository/index, READY"
    })
    void aHeaderRedirectsPredictionsToOtherCalls(String endpoint, String part)
            throws IOException, InterruptedException {
        HttpResponse<String> answer = redirect(start(), endpoint);
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
        assertThat(answer.body()).contains(part);
    }

    @Test
    void aRedirectedCallFailsAsTheCallItselfDoes() throws IOException, InterruptedException {
        assertThat(redirect(start(), "v2/models/absent/ready").statusCode()).isEqualTo(400);
    }

    /** As Triton since 2026: who may predict may not change the server, whatever it allows others and with any key. */
    @Tag("found-8")
    @ParameterizedTest
    @CsvSource(
            quoteCharacter = '"',
            value = {
                "v2/repository/models/simple/unload, explicit model load / unload is not allowed",
                "v2/repository/models/simple/load, explicit model load / unload is not allowed",
                "v2/repository/any/models/simple/load, explicit model load / unload is not allowed",
                "v2/systemsharedmemory/region/r/register, 'v2/systemsharedmemory/region/{region}/register' is not"
                        + " allowed",
                "v2/systemsharedmemory/region/r/unregister, 'v2/systemsharedmemory/region/{region}/unregister' is not"
                        + " allowed",
                "v2/systemsharedmemory/unregister, 'v2/systemsharedmemory/unregister' is not allowed",
                "v2/cudasharedmemory/region/r/register, 'v2/cudasharedmemory/region/{region}/register' is not allowed",
                "v2/cudasharedmemory/unregister, 'v2/cudasharedmemory/unregister' is not allowed",
            })
    void aPredictionDoesNotChangeTheServer(String endpoint, String text) throws IOException, InterruptedException {
        Server server = start(
                "--model-control-mode=explicit",
                "--load-model=simple",
                "--allow-client-shm=true",
                "--http-restricted-api=model-repository,shared-memory:key=secret");
        for (String key : new String[] {"secret", "wrong"}) {
            HttpResponse<String> refused = predict(
                    server, "{\"key\":\"/k\",\"byte_size\":1}", "X-Vertex-Ai-Triton-Redirect", endpoint, "key", key);
            assertThat(refused.statusCode()).isEqualTo(403);
            assertThat(JSON.readTree(refused.body()).at("/error").asText())
                    .isEqualTo(text + " through Vertex AI: predictions are redirected only to calls that change "
                            + "nothing of the server");
        }
        assertThat(redirect(server, "v2/models/simple/ready").statusCode()).isEqualTo(200);
    }

    /** As Triton: nothing but a status. */
    @ParameterizedTest
    @CsvSource({
        "/predict, POST, v2/models/simple/generate, 400",
        "/predict, POST, v2/logging, 400",
        "/predict, POST, v2/trace/setting, 400",
        "/predict, POST, /v2/health/live, 400",
        "/predict, POST, '', 400",
        "/predict, GET, v2/health/live, 405",
        "/v2/health/live, GET, v2/health/live, 400",
        "/predict/more, POST, v2, 400"
    })
    void anythingElseIsABadRequest(String path, String method, String redirect, int status)
            throws IOException, InterruptedException {
        HttpResponse<String> answer = send(start(), path, method, new byte[0], "X-Vertex-Ai-Triton-Redirect", redirect);
        assertThat(answer.statusCode()).isEqualTo(status);
        assertThat(answer.body()).isEmpty();
    }

    @Test
    void thePathsHaveTheirMethods() throws IOException, InterruptedException {
        Server server = start();
        assertThat(send(server, "/health", "POST", new byte[0]).statusCode()).isEqualTo(405);
        assertThat(send(server, "/predict", "GET", new byte[0]).statusCode()).isEqualTo(405);
    }

    @Test
    void metricsThatAreNotServedAreNotRedirectedToEither() throws IOException, InterruptedException {
        assertThat(redirect(start("--allow-metrics=false"), "metrics").statusCode())
                .isEqualTo(400);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "v2",
                "v2/models/simple/config",
                "metrics",
                "v2/models/stats",
                "v2/repository/index",
                "v2/systemsharedmemory/status",
                "v2/cudasharedmemory/status"
            })
    void guardedCallsAreGuardedHereToo(String endpoint) throws IOException, InterruptedException {
        Server server = start("--http-restricted-api="
                + "metadata,model-config,model-repository,statistics,shared-memory:X-Vertex-Restricted=secret");
        assertThat(lastSum(predict(server, SUM)).intValue()).isEqualTo(32);
        HttpResponse<String> refused = redirect(server, endpoint);
        assertThat(refused.statusCode()).isEqualTo(403);
        assertThat(refused.body()).contains("This API is restricted");
        assertThat(predict(server, "", "X-Vertex-Ai-Triton-Redirect", endpoint, "X-Vertex-Restricted", "secret")
                        .statusCode())
                .isEqualTo(200);
    }

    @Test
    void theDefaultModelIsTheOneThatIsNamed() throws IOException, InterruptedException {
        new RunningServers(repository).write("other", """
            backend: "identity"
            input { name: "X" data_type: TYPE_INT32 dims: 1 }
            output { name: "Y" data_type: TYPE_INT32 dims: 1 }
            """);
        Server server = start("--vertex-ai-default-model=simple");
        assertThat(lastSum(predict(server, SUM)).intValue()).isEqualTo(32);
    }

    @Test
    void withoutANameThereMustBeOneModelAlone() throws IOException {
        new RunningServers(repository).write("other", """
            backend: "identity"
            input { name: "X" data_type: TYPE_INT32 dims: 1 }
            output { name: "Y" data_type: TYPE_INT32 dims: 1 }
            """);
        assertThatThrownBy(this::start)
                .isInstanceOf(StartException.class)
                .hasMessage("failed to start Vertex AI service: Invalid argument - Expect the model repository "
                        + "contains only a single model if default model is not specified");
    }

    @Test
    void theModelThatIsNamedMustBeLoaded() {
        assertThatThrownBy(() -> start("--vertex-ai-default-model=subadd"))
                .isInstanceOf(StartException.class)
                .hasMessage("failed to start Vertex AI service: Invalid argument - Expect the default model 'subadd' "
                        + "is loaded");
    }
}
