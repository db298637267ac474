package dev.nereid.server.http;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RetryAfterTest {
    @TempDir
    private Path root;

    private static HttpResponse<String> infer(HttpClient client, TestServer server, String parameters)
            throws IOException, InterruptedException {
        String body = "{ \"parameters\": {" + parameters + "}, \"inputs\": [ { \"name\": \"INPUT0\", \"datatype\":"
                + " \"INT32\", \"shape\": [1, 2], \"data\": [1, 2] } ] }";
        URI uri = URI.create("http://127.0.0.1:" + server.port() + "/v2/models/m/infer");
        return client.send(
                HttpRequest.newBuilder(uri)
                        .POST(HttpRequest.BodyPublishers.ofString(body))
                        .build(),
                HttpResponse.BodyHandlers.ofString());
    }

    @Test
    void aRequestThatCannotBeAnsweredInTimeIsToldWhenToTryAgain() throws IOException, InterruptedException {
        TestServer.write(root, "m", """
                backend: "identity"
                max_batch_size: 8
                input [ { name: "INPUT0" data_type: TYPE_INT32 dims: [ 2 ] } ]
                output [ { name: "OUTPUT0" data_type: TYPE_INT32 dims: [ 2 ] } ]
                dynamic_batching { }
                parameters { key: "scheduler.policy" value { string_value: "adaptive" } }
                """);
        try (TestServer server = TestServer.start(root);
                HttpClient client = HttpClient.newHttpClient()) {
            HttpResponse<String> late = infer(client, server, "\"timeout\": 1");
            assertThat(late.statusCode()).isEqualTo(503);
            assertThat(late.headers().firstValue("Retry-After")).hasValue("1");
            assertThat(late.body()).contains("model 'm' cannot answer before the request's deadline");

            HttpResponse<String> early = infer(client, server, "");
            assertThat(early.statusCode()).isEqualTo(200);
            assertThat(early.headers().firstValue("Retry-After")).isEmpty();
        }
    }
}
