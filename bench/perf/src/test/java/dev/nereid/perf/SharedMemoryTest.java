package dev.nereid.perf;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Tensors in shared memory, with servers that read and write it. */
class SharedMemoryTest {
    @TempDir
    private Path folder;

    private static List<Path> left() throws IOException {
        try (Stream<Path> files = Files.list(Path.of("/dev/shm"))) {
            return files.filter(file -> file.getFileName()
                            .toString()
                            .startsWith("nereid_perf_" + ProcessHandle.current().pid() + "_"))
                    .toList();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"http", "grpc"})
    void inputsAndOutputsGoThroughRegionsThatAreGoneAfterwards(String protocol) throws Exception {
        Path file = folder.resolve("data.json");
        Files.writeString(file, "{\"data\": [{\"INPUT0\": [1, 2, 3, 4]}, {\"INPUT0\": [5, 6, 7, 8]}]}");
        try (FakeHttpServer http = new FakeHttpServer(Optional.empty());
                FakeGrpcServer grpc = new FakeGrpcServer(Optional.empty(), 1)) {
            boolean calls = protocol.equals("grpc");
            FakeModel model = calls ? grpc.model : http.model;
            PerfOptions options = Runs.few(protocol, "localhost:" + (calls ? grpc.port() : http.port()));
            options.inputData.add(file.toString());
            options.sharedMemory = "system";
            assertThat(Runs.run(options).text()).contains("Request count: 20\n").doesNotContain("Failed requests");
            assertThat(model.inferences.get()).isEqualTo(20);
            assertThat(model.calls).filteredOn("register"::equals).hasSize(2);
            assertThat(model.calls).filteredOn("unregister"::equals).hasSize(2);
            assertThat(model.regions).isEmpty();
        }
        assertThat(left()).isEmpty();
    }

    @Test
    void memoryIsRemovedWhenTheServerRefusesIt() throws Exception {
        try (FakeHttpServer server = new FakeHttpServer(Optional.empty())) {
            PerfOptions options = Runs.few("http", "localhost:" + server.port() + "/nowhere");
            options.sharedMemory = "system";
            server.texts.put("/nowhere/v2/models/double", server.texts.get("/v2/models/double"));
            server.texts.put("/nowhere/v2/models/double/config", "{}");
            assertThatThrownBy(() -> Runs.run(options)).isInstanceOf(RuntimeException.class);
        }
        assertThat(left()).isEmpty();
    }

    @Test
    void cudaIsRefusedInASentence() {
        PerfOptions options = Runs.few("http", "localhost:1");
        options.sharedMemory = "cuda";
        assertThatThrownBy(() -> Runs.run(options)).hasMessageContaining("--shared-memory: cuda needs memory of a GPU");
    }
}
