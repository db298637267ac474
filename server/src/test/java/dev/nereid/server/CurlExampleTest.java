package dev.nereid.server;

import static org.assertj.core.api.Assertions.assertThat;

import dev.nereid.server.backend.Backends;
import dev.nereid.server.backend.IdentityBackend;
import dev.nereid.server.repository.ModelRepository;
import dev.nereid.server.repository.RepositoryConfig;
import dev.nereid.server.repository.TensorMetadata;
import dev.nereid.tensor.DataType;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CurlExampleTest {
    private static final String CONFIG = """
            backend: "identity"
            max_batch_size: 4
            input { name: "X" data_type: TYPE_FP32 dims: 1 }
            output { name: "Y" data_type: TYPE_FP32 dims: 1 }
            """;

    @TempDir
    private Path repository;

    @Test
    void passesOverModelsWhoseRequestsNeedASequence() throws IOException {
        model("a_sequence", "sequence_batching {}");
        model("plain", "");
        ModelRepository models =
                ModelRepository.start(RepositoryConfig.of(repository), new Backends(List.of(new IdentityBackend())));
        try {
            models.startup().join();
            assertThat(models.readyModels()).hasSize(2);
            assertThat(CurlExample.of(models.readyModels(), "127.0.0.1:1"))
                    .hasValueSatisfying(command -> assertThat(command).contains("/v2/models/plain/infer"));
        } finally {
            models.close(Duration.ofSeconds(5));
        }
    }

    private void model(String name, String scheduling) throws IOException {
        Path folder = repository.resolve(name);
        Files.createDirectories(folder.resolve("1"));
        Files.writeString(folder.resolve("config.pbtxt"), CONFIG + scheduling);
    }

    @Test
    void fillsEveryInputWithAsMuchAsItsShapeAsks() {
        String command = CurlExample.command(
                "add",
                List.of(
                        new TensorMetadata("A", DataType.INT32, List.of(-1L, 3L)),
                        new TensorMetadata("B", DataType.STRING, List.of(2L)),
                        new TensorMetadata("C", DataType.BOOL, List.of())),
                "localhost:8000");

        assertThat(command)
                .isEqualTo("curl -s http://localhost:8000/v2/models/add/infer -d '{\"inputs\":["
                        + "{\"name\":\"A\",\"shape\":[1,3],\"datatype\":\"INT32\",\"data\":[1,1,1]},"
                        + "{\"name\":\"B\",\"shape\":[2],\"datatype\":\"BYTES\",\"data\":[\"1\",\"1\"]},"
                        + "{\"name\":\"C\",\"shape\":[],\"datatype\":\"BOOL\",\"data\":[true]}]}'");
    }

    @Test
    void quotesNamesForUrlJsonAndShell() {
        String command = CurlExample.command(
                "it's a model", List.of(new TensorMetadata("a\"b'c", DataType.FP32, List.of(1L))), "127.0.0.1:1");

        assertThat(command)
                .isEqualTo("curl -s http://127.0.0.1:1/v2/models/it%27s%20a%20model/infer -d '{\"inputs\":["
                        + "{\"name\":\"a\\\"b'\\''c\",\"shape\":[1],\"datatype\":\"FP32\",\"data\":[1]}]}'");
    }
}
