package dev.nereid.server.http;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Models whose names a path cannot hold as they are. */
@Tag("found-33")
class ModelNamesInPathsTest {
    @TempDir
    Path root;

    @Test
    void areAskedAsThePathsOfTheOpenApiDocumentSay() throws Exception {
        List<String> names = List.of("my model", "100%", "a%20b", "a+b", "gr\u00fc\u00dfe", "a{b}?#&");
        for (String name : names) {
            TestServer.writeIdentity(root, name, "INT64");
        }
        try (TestServer server = TestServer.start(root);
                HttpClient client = HttpClient.newHttpClient()) {
            JsonNode document = new ObjectMapper()
                    .readTree(get(client, server, "/v2/openapi.json").body());
            List<String> asked = new ArrayList<>();
            for (String path : document.path("paths").properties().stream()
                    .map(java.util.Map.Entry::getKey)
                    .filter(path -> path.endsWith("/versions/1"))
                    .toList()) {
                HttpResponse<String> answer = get(client, server, path);
                assertThat(answer.statusCode()).as(path).isEqualTo(200);
                asked.add(
                        new ObjectMapper().readTree(answer.body()).path("name").asText());
            }
            assertThat(asked).containsExactlyInAnyOrderElementsOf(names);
        }
    }

    private static HttpResponse<String> get(HttpClient client, TestServer server, String path) throws Exception {
        return client.send(
                HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + server.port() + path))
                        .build(),
                HttpResponse.BodyHandlers.ofString());
    }

    @ParameterizedTest
    @CsvSource({
        "a%20b, a b",
        "a%2fb, a/b",
        "%25, %",
        "%C3%BC, \u00fc",
        "a+b, a+b",
        "100%, 100%",
        "%4, %4",
        "%zz, %zz",
        "%C3, %C3",
        "plain, plain"
    })
    void segmentsThatAreNoEscapesStayWhatTheyAre(String segment, String name) {
        assertThat(PathSegments.decode(segment)).isEqualTo(name);
    }
}
