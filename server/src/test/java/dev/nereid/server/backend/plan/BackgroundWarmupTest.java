package dev.nereid.server.backend.plan;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;

import dev.nereid.kernels.KernelSet;
import dev.nereid.kernels.parallel.WorkerPool;
import dev.nereid.models.device.Devices;
import dev.nereid.models.examples.GraphWriter;
import dev.nereid.proto.inference.ModelConfig;
import dev.nereid.proto.onnx.TensorProto.DataType;
import dev.nereid.server.ConfigText;
import dev.nereid.server.backend.BackendModel;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The part of a warm-up that goes on while a model serves. */
@Tag("found-24")
class BackgroundWarmupTest {
    @TempDir
    Path folder;

    @AutoClose
    private final WorkerPool workers = new WorkerPool(1);

    private final List<Runnable> background = new ArrayList<>();

    private BackendModel load() {
        new GraphWriter()
                .input("X", DataType.FLOAT, -1, 2)
                .output("Y", DataType.FLOAT, -1, 2)
                .node("Neg", "Y", "X")
                .write(folder);
        ModelConfig config = ConfigText.parse("name: 'm' backend: 'onnxruntime' max_batch_size: 4 "
                + "input { name: 'X' data_type: TYPE_FP32 dims: 2 } output { name: 'Y' data_type: TYPE_FP32 dims: 2 }");
        return new PlanBackend(KernelSet.scalar(), workers, Devices.none("a test"), Integer.MAX_VALUE, background::add)
                .load(config, folder);
    }

    @Test
    void aFastModelIsReadyBeforeItsWarmUpHasEnded() {
        try (BackendModel model = load()) {
            assertThat(background).hasSize(1);
            long before = model.memoryBytes();
            background.getFirst().run();
            assertThat(model.memoryBytes()).isEqualTo(before);
        }
    }

    @Test
    void aModelThatIsClosedIsNotRunAgain() {
        load().close();
        assertThatCode(background.getFirst()::run).doesNotThrowAnyException();
    }

    @Test
    void closingEndsAWarmUpThatRuns() throws InterruptedException {
        BackendModel model = load();
        Thread thread = Thread.ofPlatform().daemon().start(background.getFirst());
        model.close();
        assertThat(thread.join(Duration.ofSeconds(30))).isTrue();
    }
}
