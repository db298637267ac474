package dev.nereid.server.backend.builtin;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.TextFormat;
import dev.nereid.memory.SlabPool;
import dev.nereid.proto.inference.ModelConfig;
import dev.nereid.server.backend.Backend;
import dev.nereid.server.backend.BackendModel;
import dev.nereid.server.backend.Batch;
import dev.nereid.server.backend.ModelInstance;
import dev.nereid.server.backend.RecordedExecution;
import dev.nereid.tensor.Shape;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;

class BuiltInBackendsTest {
    /** As Triton's suites have them: L0_batcher, say, and the models between the steps of L0_sequence_batcher's ensembles. */
    @Test
    void takesInstancesOnTheServersGpusWhichRunAsOnTheCpu() throws TextFormat.ParseException {
        SlabPool memory = new SlabPool(0);
        List<Backend> backends = BuiltInBackends.all(memory, List.of(0, 1));
        assertThat(backends)
                .extracting(Backend::name)
                .containsExactly(
                        "identity",
                        "repeat",
                        "square",
                        "sequence",
                        "dyna_sequence",
                        "iterative_sequence",
                        "implicit_state",
                        "query");
        assertThat(backends).allSatisfy(backend -> assertThat(backend.gpus()).containsExactly(0, 1));
        ModelConfig config = TextFormat.parse(
                "name: 'm' backend: 'identity' input { name: 'INPUT0' data_type: TYPE_FP32 dims: -1 } "
                        + "output { name: 'OUTPUT0' data_type: TYPE_FP32 dims: -1 }",
                ModelConfig.class);
        try (BackendModel model = backends.getFirst().load(config, Path.of("m", "1"));
                ModelInstance instance = model.newInstance("m_0", 1)) {
            RecordedExecution execution =
                    new RecordedExecution("id", List.of(), RecordedExecution.floats("INPUT0", Shape.of(2), 1, 2));
            instance.execute(new Batch(List.of(execution)));
            assertThat(execution.floats("OUTPUT0")).containsExactly(1, 2);
            assertThat(model.counters()).hasSize(1);
        }
    }

    @Test
    void haveNoGpusWhereTheServerHasNone() {
        assertThat(BuiltInBackends.all(new SlabPool(0)))
                .allSatisfy(backend -> assertThat(backend.gpus()).isEmpty());
    }
}
