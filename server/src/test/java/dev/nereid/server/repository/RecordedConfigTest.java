package dev.nereid.server.repository;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.util.JsonFormat;
import dev.nereid.kernels.KernelSet;
import dev.nereid.kernels.parallel.WorkerPool;
import dev.nereid.proto.inference.ModelConfig;
import dev.nereid.server.backend.Backend;
import dev.nereid.server.backend.builtin.IdentityBackend;
import dev.nereid.server.backend.plan.PlanBackend;
import dev.nereid.server.recorded.Recordings;
import dev.nereid.server.repository.config.BackendNames;
import dev.nereid.server.repository.config.ModelConfigDefaults;
import dev.nereid.server.repository.config.ModelConfigReader;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Configs as Triton served them, beside what we make of the same files. */
class RecordedConfigTest {
    private static final List<String> SMALL = List.of("simple", "echo_text", "auto_complete");
    private static final List<String> RECORDED = List.of(
            "simple",
            "simple_nobatch",
            "simple_fp32_dyn",
            "identity_string",
            "identity_bf16",
            "onnx_identity_fp16",
            "auto_complete",
            "minilm_dyn");

    @TempDir
    Path repository;

    static Stream<Arguments> models() {
        return Recordings.all().stream()
                .flatMap(recordings -> (recordings.isSmall() ? SMALL : RECORDED)
                        .stream().map(model -> Arguments.of(recordings, model)));
    }

    @ParameterizedTest
    @MethodSource("models")
    void completesConfigsAsRecorded(Recordings recordings, String model) throws IOException {
        GoldenData.Exchange exchange = GoldenData.exchanges(recordings, "_model_config").stream()
                .filter(candidate ->
                        candidate.status() == 200 && candidate.model().equals(model))
                .findFirst()
                .orElseThrow();
        ModelConfig.Builder recorded = ModelConfig.newBuilder();
        JsonFormat.parser().merge(exchange.response().toString(), recorded);

        recordings.copyModel(model, repository);
        Path modelFolder = repository.resolve(model);
        ModelConfig written = new ModelConfigReader("", false)
                .read(modelFolder).toBuilder().setName(model).build();
        Path versionFolder = modelFolder.resolve("1");
        ModelConfig named = BackendNames.complete(written, versionFolder);
        ModelConfig complete = named;
        if (written.getInputCount() == 0) {
            Backend backend = named.getBackend().equals("identity")
                    ? new IdentityBackend()
                    : new PlanBackend(KernelSet.scalar(), new WorkerPool(1));
            complete = backend.complete(named, versionFolder, 4);
        }
        assertThat(ModelConfigDefaults.apply(complete)).isEqualTo(recorded.build());
    }
}
