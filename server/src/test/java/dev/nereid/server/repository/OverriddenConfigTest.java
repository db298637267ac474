package dev.nereid.server.repository;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.util.JsonFormat;
import dev.nereid.proto.inference.ModelConfig;
import dev.nereid.server.protocol.InferException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What becomes of a config that a client sent with a load request. */
class OverriddenConfigTest {
    private static final String OVERRIDE = """
            { "backend": "fake", "max_batch_size": 16,
              "input": [ { "name": "INPUT0", "data_type": "TYPE_FP32", "dims": [ -1 ] } ],
              "output": [ { "name": "OUTPUT0", "data_type": "TYPE_FP32", "dims": [ -1 ] } ] }
            """;

    @TempDir
    Path root;

    private final FakeBackend backend = new FakeBackend();
    private ModelRepository repository;

    @BeforeEach
    void start() {
        TestRepository.write(root, "m", FakeBackend.CONFIG, 1);
        repository = TestRepository.start(TestRepository.config(ControlMode.EXPLICIT, root), backend);
    }

    @AfterEach
    void close() {
        TestRepository.close(repository);
    }

    private void loadWith(String config) {
        repository.load("m", new LoadParameters(config, Map.of()));
    }

    private int maxBatchSize() {
        return repository.find("m", "").config().getMaxBatchSize();
    }

    @Test
    @Tag("found-11")
    void staysAtAPlainLoadOfUnchangedFiles() {
        loadWith(OVERRIDE);
        Model model = repository.find("m", "");
        int loads = backend.loads.get();
        repository.load("m", LoadParameters.NONE);
        assertThat(repository.find("m", "")).isSameAs(model);
        assertThat(backend.loads).hasValue(loads);
        assertThat(maxBatchSize()).isEqualTo(16);
    }

    @Test
    @Tag("found-11")
    void staysWhereAnEnsembleIsLoadedThatHasTheModelAsAStep() {
        TestRepository.write(root, "e", """
                platform: "ensemble"
                max_batch_size: 8
                input [ { name: "INPUT0" data_type: TYPE_FP32 dims: [ -1 ] } ]
                output [ { name: "OUTPUT0" data_type: TYPE_FP32 dims: [ -1 ] } ]
                ensemble_scheduling { step [ { model_name: "m" model_version: -1
                  input_map { key: "INPUT0" value: "INPUT0" } output_map { key: "OUTPUT0" value: "OUTPUT0" } } ] }
                """, 1);
        loadWith(OVERRIDE);
        repository.load("e", LoadParameters.NONE);
        assertThat(repository.isReady("e", "")).isTrue();
        assertThat(maxBatchSize()).isEqualTo(16);
    }

    @Test
    @Tag("found-11")
    void goesWhenAFileOfTheFolderHasChanged() throws IOException {
        loadWith(OVERRIDE);
        Files.setLastModifiedTime(root.resolve("m/config.pbtxt"), FileTime.fromMillis(1_000_000));
        repository.load("m", LoadParameters.NONE);
        assertThat(maxBatchSize()).isEqualTo(8);

        loadWith(OVERRIDE);
        Files.createFile(root.resolve("m/1/model"));
        repository.load("m", LoadParameters.NONE);
        assertThat(maxBatchSize()).isEqualTo(8);
    }

    @Test
    @Tag("found-11")
    void goesWhenTheModelIsUnloaded() {
        loadWith(OVERRIDE);
        repository.unload("m", false);
        repository.load("m", LoadParameters.NONE);
        assertThat(maxBatchSize()).isEqualTo(8);
    }

    @Test
    @Tag("found-11")
    void isNotKeptWhereItsLoadFailed() {
        assertThatThrownBy(() -> loadWith(OVERRIDE.replace("\"fake\"", "\"nope\"")))
                .isInstanceOf(InferException.class);
        repository.load("m", LoadParameters.NONE);
        assertThat(maxBatchSize()).isEqualTo(8);
    }

    @Test
    @Tag("found-12")
    void addsAnInstanceWhereItHasOneMoreAndIsElseTheOneThatTheServerTells() throws InvalidProtocolBufferException {
        Model model = repository.find("m", "");
        ModelConfig.Builder more = model.config().toBuilder();
        more.getInstanceGroupBuilder(0).setCount(2);
        loadWith(JsonFormat.printer().print(more));
        assertThat(repository.find("m", "")).isSameAs(model);
        assertThat(backend.loads).hasValue(1);
        assertThat(backend.made).containsExactly("m_0_0", "m_0_1");
        assertThat(backend.closed).isEmpty();
        assertThat(model.config().getInstanceGroup(0).getCount()).isEqualTo(2);
    }
}
