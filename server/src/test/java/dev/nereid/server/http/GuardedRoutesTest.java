package dev.nereid.server.http;

import static org.assertj.core.api.Assertions.assertThat;

import dev.nereid.server.protocol.ApiGroup;
import dev.nereid.server.protocol.ApiKeys;
import dev.nereid.server.protocol.HeaderForwarding;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.EnumMap;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class GuardedRoutesTest {
    private static final HttpConfig OPEN = HttpConfig.of("127.0.0.1", 0, "triton");

    @TempDir
    private Path root;

    private static RawClient.Answer call(TestServer server, String method, String path, String... headers) {
        try (RawClient client = server.connect()) {
            return client.send(method, path, new byte[0], headers).receive();
        }
    }

    /** Every group has a key of its own, so a route in the wrong group would ask for another header. */
    @ParameterizedTest
    @CsvSource({
        "GET, /v2/health/live, HEALTH",
        "GET, /v2/health/ready, HEALTH",
        "GET, /v2/models/m/ready, HEALTH",
        "GET, /v2, METADATA",
        "GET, /v2/models/m, METADATA",
        "GET, /v2/models/m/versions/1, METADATA",
        "POST, /v2/models/m/infer, INFERENCE",
        "GET, /v2/models/m/infer, INFERENCE",
        "POST, /v2/models/m/generate, INFERENCE",
        "POST, /v2/models/m/versions/1/generate_stream, INFERENCE",
        "GET, /v2/models/m/config, MODEL_CONFIG",
        "GET, /v2/models/stats, STATISTICS",
        "GET, /v2/models/m/stats, STATISTICS",
        "POST, /v2/repository/index, MODEL_REPOSITORY",
        "POST, /v2/repository/r/index, MODEL_REPOSITORY",
        "POST, /v2/repository/models/m/load, MODEL_REPOSITORY",
        "POST, /v2/repository/models/m/unload, MODEL_REPOSITORY",
        "GET, /v2/nereid/models/m/traffic, MODEL_REPOSITORY",
        "POST, /v2/nereid/models/m/traffic, MODEL_REPOSITORY",
        "GET, /v2/systemsharedmemory/status, SHARED_MEMORY",
        "POST, /v2/systemsharedmemory/region/r/register, SHARED_MEMORY",
        "POST, /v2/cudasharedmemory/unregister, SHARED_MEMORY",
        "GET, /v2/trace/setting, TRACE",
        "POST, /v2/models/m/trace/setting, TRACE",
        "GET, /v2/logging, LOGGING",
        "POST, /v2/logging, LOGGING",
    })
    void eachRouteWantsTheKeyOfItsGroup(String method, String path, ApiGroup group) {
        Map<ApiGroup, ApiKeys.Key> keys = new EnumMap<>(ApiGroup.class);
        for (ApiGroup each : ApiGroup.values()) {
            keys.put(each, new ApiKeys.Key("key-" + each, "value-" + each));
        }
        TestServer.writeIdentity(root, "m", "FP32");
        try (TestServer server = TestServer.start(root, OPEN.withKeys(new ApiKeys(keys)))) {
            RawClient.Answer refused = call(server, method, path, "key-OTHER: value-" + group);
            assertThat(refused.status()).isEqualTo(403);
            assertThat(refused.header("content-type")).isEqualTo("text/plain");
            assertThat(refused.text())
                    .isEqualTo("{\"error\":\"This API is restricted, expecting header 'key-" + group + "'\"}");
            assertThat(call(server, method, path, "KEY-" + group + ": value-" + group)
                            .status())
                    .isNotEqualTo(403);
        }
    }

    @Test
    void leavesOpenWhatIsNotGuarded() {
        ApiKeys keys = new ApiKeys(Map.of(ApiGroup.METADATA, new ApiKeys.Key("k", "v")));
        try (TestServer server = TestServer.start(root, OPEN.withKeys(keys))) {
            assertThat(call(server, "GET", "/v2/health/live").status()).isEqualTo(200);
            assertThat(call(server, "GET", "/v2").status()).isEqualTo(403);
            assertThat(call(server, "GET", "/nowhere").status()).isEqualTo(404);
        }
    }

    @Test
    void refusesHeadersThatWouldOverrideAParameterWithAMeaning() {
        TestServer.writeIdentity(root, "m", "FP32");
        byte[] body = "{\"inputs\":[{\"name\":\"INPUT0\",\"datatype\":\"FP32\",\"shape\":[1,1],\"data\":[7]}]}"
                .getBytes(StandardCharsets.UTF_8);
        try (TestServer server = TestServer.start(root, OPEN.withForwarding(HeaderForwarding.of("my-|priority")));
                RawClient client = server.connect()) {
            assertThat(client.send("POST", "/v2/models/m/infer", body, "My-Key: 1")
                            .receive()
                            .status())
                    .isEqualTo(200);
            RawClient.Answer refused = client.send("POST", "/v2/models/m/infer", body, "priority: 1")
                    .receive();
            assertThat(refused.status()).isEqualTo(400);
            assertThat(refused.text())
                    .isEqualTo(
                            "{\"error\":\"Header 'priority' is reserved for Triton usage and cannot be forwarded.\"}");
            assertThat(server.usedBytes()).isZero();
        }
    }
}
