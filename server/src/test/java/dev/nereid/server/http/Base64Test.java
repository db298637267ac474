package dev.nereid.server.http;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** BYTES that are no text, as JSON. */
class Base64Test {
    private static final String ASKED = ",\"parameters\":{\"nereid_base64\":true}";

    @TempDir
    static Path root;

    private static TestServer server;

    @BeforeAll
    static void start() {
        TestServer.writeIdentity(root, "strings", "STRING");
        TestServer.writeIdentity(root, "numbers", "FP32");
        server = TestServer.start(root);
    }

    @AfterAll
    static void stop() {
        assertThat(server.usedBytes()).isZero();
        server.close();
    }

    private static RawClient.Answer infer(String model, String input, String outputs) {
        String body = "{\"inputs\":[{\"name\":\"INPUT0\"," + input + "}]," + "\"outputs\":[{\"name\":\"OUTPUT0\""
                + outputs + "}]}";
        try (RawClient client = server.connect()) {
            return client.send("POST", "/v2/models/" + model + "/infer", body.getBytes(StandardCharsets.UTF_8))
                    .receive();
        }
    }

    private static String strings(String data, String more) {
        return "\"datatype\":\"BYTES\",\"shape\":[1,2],\"data\":" + data + more;
    }

    @Test
    void anInputAndAnOutputAreBase64WhereTheyAsk() {
        assertThat(infer("strings", strings("[\"/wA=\",\"\"]", ASKED), ASKED).text())
                .endsWith("\"outputs\":[{\"name\":\"OUTPUT0\",\"datatype\":\"BYTES\",\"shape\":[1,2],"
                        + "\"parameters\":{\"nereid_base64\":true},\"data\":[\"/wA=\",\"\"]}]}");
    }

    @Test
    void eachAsksForItself() {
        assertThat(infer("strings", strings("[\"aGVsbG8=\",\"eA==\"]", ASKED), "")
                        .text())
                .endsWith("\"shape\":[1,2],\"data\":[\"hello\",\"x\"]}]}");
        assertThat(infer("strings", strings("[\"hello\",\"x\"]", ""), ASKED).text())
                .endsWith("\"data\":[\"aGVsbG8=\",\"eA==\"]}]}");
        assertThat(infer("strings", strings("[\"aGVsbG8=\",\"x\"]", ",\"parameters\":{\"nereid_base64\":false}"), "")
                        .text())
                .endsWith("\"data\":[\"aGVsbG8=\",\"x\"]}]}");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "strings|BYTES|[\"a\",\"b\"]|true||element 0 of input 'INPUT0' is no base64:",
                "strings|BYTES|[\"aGVsbG8=\",\"ü\"]|true||element 1 of input 'INPUT0' is no base64:",
                "numbers|FP32|[1,2]|true||'nereid_base64' of 'INPUT0': expected datatype BYTES, got FP32",
                "numbers|FP32|[1,2]|false|,\"parameters\":{\"nereid_base64\":true}|'nereid_base64' of 'OUTPUT0': expected "
                        + "datatype BYTES, got FP32",
                "strings|BYTES|[\"a\",\"b\"]|false|,\"parameters\":{\"nereid_base64\":true,\"binary_data\":true}|"
                        + "Output can't set both 'nereid_base64' and 'binary_data'",
            })
    void whatIsNoBase64IsRefused(String model, String type, String data, boolean input, String output, String text) {
        String tensor = "\"datatype\":\"" + type + "\",\"shape\":[1,2],\"data\":" + data + (input ? ASKED : "");
        RawClient.Answer answer = infer(model, tensor, output == null ? "" : output);
        assertThat(answer.status()).isEqualTo(400);
        assertThat(answer.text()).contains(text);
    }

    @Test
    void anInputInBinaryIsNoBase64() {
        String json = "{\"inputs\":[{\"name\":\"INPUT0\",\"datatype\":\"BYTES\",\"shape\":[1,1],"
                + "\"parameters\":{\"nereid_base64\":true,\"binary_data_size\":5}}]}";
        byte[] body = (json + "\1\0\0\0x").getBytes(StandardCharsets.US_ASCII);
        try (RawClient client = server.connect()) {
            RawClient.Answer answer = client.send(
                            "POST",
                            "/v2/models/strings/infer",
                            body,
                            "Inference-Header-Content-Length: " + json.length())
                    .receive();
            assertThat(answer.status()).isEqualTo(400);
            assertThat(answer.text())
                    .contains("'nereid_base64' of input 'INPUT0': expected 'data', got data that is no JSON");
        }
    }
}
