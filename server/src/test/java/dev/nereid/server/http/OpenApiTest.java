package dev.nereid.server.http;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class OpenApiTest {
    @TempDir
    private Path root;

    private static JsonNode document(TestServer server) throws Exception {
        HttpRequest request = HttpRequest.newBuilder(
                        URI.create("http://127.0.0.1:" + server.port() + "/v2/openapi.json"))
                .build();
        try (HttpClient client = HttpClient.newHttpClient()) {
            return new ObjectMapper()
                    .readTree(client.send(request, BodyHandlers.ofString()).body());
        }
    }

    @Test
    void describesEachModelByItsOwnTensors() throws Exception {
        TestServer.write(root, "m", """
                backend: "identity"
                max_batch_size: 8
                input [ { name: "X" data_type: TYPE_FP32 dims: [ 3, -1 ] } ]
                output [ { name: "Y" data_type: TYPE_FP32 dims: [ 3, -1 ] } ]
                """);
        try (TestServer server = TestServer.start(root)) {
            JsonNode document = document(server);
            assertThat(document.path("openapi").asText()).isEqualTo("3.1.0");
            JsonNode post =
                    document.path("paths").path("/v2/models/m/versions/1/infer").path("post");
            JsonNode request = post.path("requestBody")
                    .path("content")
                    .path("application/json")
                    .path("schema")
                    .path("properties");
            JsonNode input = request.at("/inputs/items/oneOf/0/properties");
            assertThat(input.at("/name/const").asText()).isEqualTo("X");
            assertThat(input.at("/datatype/const").asText()).isEqualTo("FP32");
            assertThat(input.at("/shape/prefixItems")).hasSize(3);
            assertThat(input.at("/shape/prefixItems/1/const").asInt()).isEqualTo(3);
            assertThat(input.at("/shape/prefixItems/2/type").asText()).isEqualTo("integer");
            assertThat(input.at("/data/items/type/0").asText()).isEqualTo("number");
            assertThat(request.at("/outputs/items/properties/name/enum/0").asText())
                    .isEqualTo("Y");
        }
    }

    @Test
    void quotesNamesThatAPathCannotHold() throws Exception {
        TestServer.writeIdentity(root, "a {b}", "INT64");
        try (TestServer server = TestServer.start(root)) {
            assertThat(document(server).path("paths").has("/v2/models/a%20%7Bb%7D/versions/1/infer"))
                    .isTrue();
        }
    }
}
