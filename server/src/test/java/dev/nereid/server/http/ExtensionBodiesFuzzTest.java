package dev.nereid.server.http;

import static org.assertj.core.api.Assertions.assertThat;

import dev.nereid.memory.SlabPool;
import dev.nereid.server.backend.builtin.BuiltInBackends;
import dev.nereid.server.extension.Extensions;
import dev.nereid.server.observe.LogConfig;
import dev.nereid.server.observe.LogSettings;
import dev.nereid.server.observe.TraceConfig;
import dev.nereid.server.observe.TraceSettings;
import dev.nereid.server.sharedmemory.SharedMemory;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Whatever body comes, the extensions' routes answer it, with an error that is not the server's own. Runs for {@code
 * -Dnereid.test.fuzz.seconds} (3), from the seed {@code -Dnereid.test.fuzz.seed}.
 */
@Tag("soak")
class ExtensionBodiesFuzzTest {
    private static final Duration TIME = Duration.ofSeconds(Long.getLong("nereid.test.fuzz.seconds", 3));
    private static final long SEED = Long.getLong("nereid.test.fuzz.seed", 20_261_126);
    private static final int FEWEST_CASES = 4000;
    private static final List<String> ROUTES = List.of(
            "/v2/systemsharedmemory/region/r/register",
            "/v2/systemsharedmemory/region/r/unregister",
            "/v2/cudasharedmemory/region/r/register",
            "/v2/logging",
            "/v2/trace/setting",
            "/v2/models/m/trace/setting",
            "/v2/models/m/generate",
            "/v2/models/m/generate_stream");
    private static final List<String> KEYS = List.of(
            "key",
            "offset",
            "byte_size",
            "log_info",
            "log_verbose_level",
            "log_format",
            "log_file",
            "trace_level",
            "trace_rate",
            "trace_count",
            "log_frequency",
            "trace_file",
            "INPUT0",
            "id",
            "parameters",
            "other");
    private static final List<String> VALUES = List.of(
            "null",
            "true",
            "0",
            "-1",
            "1",
            "4096",
            "18446744073709551615",
            "99999999999999999999",
            "1.5",
            "1e400",
            "\"o\"",
            "\"/o\"",
            "\"../o\"",
            "\"\\u0000\"",
            "\"\\ud800\"",
            "\"\"",
            "\"5\"",
            "\"OFF\"",
            "\"ISO8601\"",
            "[]",
            "[\"OFF\"]",
            "[\"TENSORS\",5]",
            "[1,2]",
            "[[1]]",
            "{}",
            "{\"INPUT0\":2}",
            "nul",
            "{",
            "]");

    @TempDir
    private Path root;

    @TempDir
    private Path objects;

    @Test
    void survivesAnyBody() throws IOException {
        System.out.println("ExtensionBodiesFuzzTest: -Dnereid.test.fuzz.seed=" + SEED);
        Random random = new Random(SEED);
        long end = System.nanoTime() + TIME.toNanos();
        Files.write(objects.resolve("o"), new byte[8192]);
        TestServer.writeIdentity(root, "m", "FP32");
        try (SlabPool responses = new SlabPool(0);
                SharedMemory shared = SharedMemory.in(objects);
                TestServer server = TestServer.start(
                        root,
                        BuiltInBackends.all(responses),
                        new Extensions(
                                shared,
                                new LogSettings(LogConfig.DEFAULT, _ -> {}),
                                new TraceSettings(TraceConfig.NONE)));
                RawClient client = server.connect()) {
            int accepted = 0;
            int cases = 0;
            for (; cases < FEWEST_CASES || System.nanoTime() < end; cases++) {
                String route = ROUTES.get(random.nextInt(ROUTES.size()));
                String body = body(random);
                RawClient.Answer answer = client.send("POST", route, body.getBytes(StandardCharsets.UTF_8))
                        .receive();
                assertThat(answer.status()).as("%s %s", route, body).isIn(200, 400, 500, 501, 503);
                assertThat(answer.text()).as("%s %s", route, body).doesNotContain("internal error");
                accepted += answer.status() == 200 ? 1 : 0;
            }
            assertThat(accepted).isBetween(cases / 20, cases);
            // The last answer is on its way before its request is closed.
            while (server.repository().inFlight() > 0) {
                Thread.onSpinWait();
            }
            client.send("GET", "/v2/health/live", new byte[0]).receive();
            assertThat(server.usedBytes()).isZero();
        }
    }

    private static String body(Random random) {
        StringBuilder body = new StringBuilder(random.nextInt(20) == 0 ? "" : "{");
        for (int members = random.nextInt(4); members >= 0; members--) {
            body.append('"')
                    .append(KEYS.get(random.nextInt(KEYS.size())))
                    .append("\":")
                    .append(VALUES.get(random.nextInt(VALUES.size())))
                    .append(members == 0 ? "" : ",");
        }
        return body.append(random.nextInt(20) == 0 ? "" : "}").toString();
    }
}
