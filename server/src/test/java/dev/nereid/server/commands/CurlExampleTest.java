package dev.nereid.server.commands;

import static org.assertj.core.api.Assertions.assertThat;

import dev.nereid.proto.inference.ModelConfig;
import dev.nereid.server.ModelFolders;
import dev.nereid.server.RunningServers;
import dev.nereid.server.Server;
import dev.nereid.server.backend.BackendModel;
import dev.nereid.server.backend.Backends;
import dev.nereid.server.backend.Batch;
import dev.nereid.server.backend.Execution;
import dev.nereid.server.backend.ForwardingBackend;
import dev.nereid.server.backend.ModelInstance;
import dev.nereid.server.backend.builtin.IdentityBackend;
import dev.nereid.server.config.Front;
import dev.nereid.server.protocol.Dialect;
import dev.nereid.server.protocol.InferException;
import dev.nereid.server.repository.ModelRepository;
import dev.nereid.server.repository.RepositoryConfig;
import dev.nereid.server.repository.validation.TensorMetadata;
import dev.nereid.tensor.DataType;
import dev.nereid.tensor.Shape;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Tag;
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
                ModelRepository.start(RepositoryConfig.of(repository), new Backends(List.of(new Choosy(1))));
        try {
            models.startup().join();
            assertThat(models.readyModels()).hasSize(2);
            assertThat(CurlExample.of(models.readyModels(), "127.0.0.1:1", Dialect.TRITON))
                    .hasValueSatisfying(command -> assertThat(command).contains("/v2/models/plain/infer"));
        } finally {
            models.close(Duration.ofSeconds(5));
        }
    }

    private void model(String name, String scheduling) {
        ModelFolders.write(repository, name, CONFIG + scheduling);
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

    /** Takes rows of eight and more alone. */
    private static final class Choosy extends ForwardingBackend {
        private final long least;

        @Override
        public boolean runsWithoutTrace() {
            return true;
        }

        Choosy(long least) {
            super(new IdentityBackend());
            this.least = least;
        }

        @Override
        public BackendModel load(ModelConfig config, Path versionFolder) {
            BackendModel model = super.load(config, versionFolder);
            return new BackendModel() {
                @Override
                public ModelInstance newInstance(String instanceName) {
                    ModelInstance instance = model.newInstance(instanceName);
                    return new ModelInstance() {
                        @Override
                        public void execute(Batch batch) {
                            Execution first = batch.executions().getFirst();
                            Shape shape = first.input("X").orElseThrow().shape();
                            if (shape.dim(shape.rank() - 1) < least) {
                                throw InferException.invalid("too short");
                            }
                            instance.execute(batch);
                        }

                        @Override
                        public void close() {
                            instance.close();
                        }
                    };
                }

                @Override
                public long memoryBytes() {
                    return model.memoryBytes();
                }

                @Override
                public void close() {
                    model.close();
                }
            };
        }
    }

    private Optional<String> command(long least, Dialect dialect) {
        ModelRepository models =
                ModelRepository.start(RepositoryConfig.of(repository), new Backends(List.of(new Choosy(least))));
        try {
            assertThat(models.startup().join()).isEmpty();
            Optional<String> command = CurlExample.of(models.readyModels(), "127.0.0.1:1", dialect);
            // Nobody has sent a request yet.
            assertThat(models.readyModels())
                    .allSatisfy(
                            model -> assertThat(model.statistics().snapshot().executionCount())
                                    .isZero());
            return command;
        } finally {
            models.close(Duration.ofSeconds(5));
        }
    }

    private void openModel(String type) throws IOException {
        model("open", "");
        Path config = repository.resolve("open/config.pbtxt");
        Files.writeString(
                config,
                Files.readString(config).replace("dims: 1 }", "dims: -1 }").replace("TYPE_FP32", type));
    }

    @Test
    @Tag("found-26")
    void asksForAShapeThatTheModelTakes() throws IOException {
        openModel("TYPE_FP32");
        assertThat(command(8, Dialect.TRITON))
                .hasValueSatisfying(command -> assertThat(command)
                        .contains("\"shape\":[1,8],\"datatype\":\"FP32\",\"data\":[1,1,1,1,1,1,1,1]"));
    }

    @Test
    @Tag("found-26")
    void printsNothingWhereNothingIsAnswered() throws IOException {
        openModel("TYPE_FP32");
        assertThat(command(33, Dialect.TRITON)).isEmpty();
    }

    @Test
    @Tag("found-26")
    void printsNothingWhereJsonCannotHoldTheTensors() throws IOException {
        openModel("TYPE_FP16");
        assertThat(command(1, Dialect.TRITON)).isEmpty();
        assertThat(command(1, Dialect.IMPROVED)).isPresent();
    }

    @Test
    @Tag("found-26")
    void whatIsPrintedWorks() throws IOException {
        Files.createDirectories(repository.resolve("a model/1"));
        Files.copy(Path.of("../models/examples/simple/1/model.onnx"), repository.resolve("a model/1/model.onnx"));
        try (RunningServers servers = new RunningServers(repository)) {
            Server server = servers.start();
            String command = CurlExample.of(
                            server.repository().addressableModels(),
                            server.httpHost().orElseThrow(),
                            Dialect.TRITON)
                    .orElseThrow();
            Matcher parts =
                    Pattern.compile("curl -s http://[^/]*(/\\S*) -d '(.*)'").matcher(command);
            assertThat(parts.matches()).as(command).isTrue();
            assertThat(RunningServers.send(server, Front.HTTP, parts.group(1), parts.group(2)))
                    .contains("\"data\":[2,");
        }
    }
}
