package dev.nereid.server;

import static dev.nereid.server.RunningServers.exchange;
import static dev.nereid.server.RunningServers.send;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.nereid.server.config.Front;
import java.io.IOException;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Which answers with an error count as failures, as a Triton's statistics were recorded. */
class CountedErrorsServerTest {
    @TempDir
    Path repository;

    @AutoClose
    private RunningServers servers;

    @BeforeEach
    void begin() {
        servers = new RunningServers(repository);
    }

    private static long count(JsonNode statistics, String what) {
        return statistics.at("/inference_stats/" + what + "/count").asLong();
    }

    @Test
    void anOutputWithoutRoomIsAFailureThatWasExecuted() throws IOException {
        servers.writeSimple("");
        Path object = Files.createTempFile(Path.of("/dev/shm"), "nereid-counted", "");
        try {
            Files.write(object, new byte[256]);
            Server server = servers.start("--allow-client-shm=true");
            send(
                    server,
                    Front.HTTP,
                    "/v2/systemsharedmemory/region/r/register",
                    "{\"key\":\"/" + object.getFileName() + "\",\"byte_size\":256}");
            HttpResponse<String> answer = exchange(server, Front.HTTP, "/v2/models/simple/infer", """
                    {"inputs":[
                      {"name":"INPUT0","datatype":"INT32","shape":[1,16],"parameters":{"shared_memory_region":"r",
                       "shared_memory_byte_size":64}},
                      {"name":"INPUT1","datatype":"INT32","shape":[1,16],"parameters":{"shared_memory_region":"r",
                       "shared_memory_offset":64,"shared_memory_byte_size":64}}],
                     "outputs":[{"name":"OUTPUT0","parameters":{"shared_memory_region":"r",
                       "shared_memory_offset":128,"shared_memory_byte_size":32}}]}
                    """);
            assertThat(answer.statusCode()).isEqualTo(500);
            assertThat(answer.body())
                    .isEqualTo("{\"error\":\"shared memory size specified with the request for output 'OUTPUT0' (32"
                            + " bytes) should be at least 64 bytes to hold the results\"}");
            JsonNode statistics = RunningServers.statistics(server, "simple");
            assertThat(count(statistics, "fail")).isEqualTo(1);
            assertThat(count(statistics, "success")).isZero();
            assertThat(statistics.path("inference_count").asLong()).isZero();
            assertThat(statistics.path("execution_count").asLong()).isEqualTo(1);
            assertThat(statistics.at("/batch_stats/0/compute_infer/count").asLong())
                    .isEqualTo(1);
        } finally {
            Files.delete(object);
        }
    }

    @Test
    void anErrorOfTheRepeatBackendIsASuccess() throws IOException {
        servers.write("repeat", ModelFolders.REPEAT);
        Server server = servers.start();
        HttpResponse<String> answer = exchange(
                server, Front.HTTP, "/v2/models/repeat/generate_stream", "{\"IN\":[4,2],\"DELAY\":[1],\"WAIT\":0}");
        assertThat(answer.body()).contains("expected IN and DELAY shape to match, got [2] and [1]");
        JsonNode statistics = RunningServers.statistics(server, "repeat");
        assertThat(count(statistics, "fail")).isZero();
        assertThat(count(statistics, "success")).isEqualTo(1);
        assertThat(statistics.path("inference_count").asLong()).isEqualTo(1);
        assertThat(statistics.path("execution_count").asLong()).isEqualTo(1);
    }
}
