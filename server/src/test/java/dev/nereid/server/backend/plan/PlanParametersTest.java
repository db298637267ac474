package dev.nereid.server.backend.plan;

import static org.assertj.core.api.Assertions.assertThat;

import dev.nereid.proto.inference.ModelConfig;
import dev.nereid.proto.inference.ModelParameter;
import dev.nereid.server.CapturedLog;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

class PlanParametersTest {
    private static ModelConfig config(String key, String value) {
        return ModelConfig.newBuilder()
                .setName("m")
                .putParameters(
                        key, ModelParameter.newBuilder().setStringValue(value).build())
                .build();
    }

    @Test
    void aRunHasAsManyCoresAsTheServersOwnerSaysUnlessTheModelSaysIt() {
        assertThat(PlanParameters.of(ModelConfig.getDefaultInstance(), PlanFormat.ONNX, 3)
                        .mostWorkers())
                .isEqualTo(3);
        assertThat(PlanParameters.of(config("intra_op_thread_count", "2"), PlanFormat.ONNX, 3)
                        .mostWorkers())
                .isEqualTo(2);
        assertThat(PlanParameters.of(config("intra_op_thread_count", "0"), PlanFormat.ONNX, 3)
                        .mostWorkers())
                .isEqualTo(Integer.MAX_VALUE);
    }

    @Test
    @Tag("found-30")
    void namesWhatHasNoEffectInTheLog() {
        try (CapturedLog log = CapturedLog.of(PlanParameters.class)) {
            PlanParameters.of(config("execution_mode", "1"), PlanFormat.ONNX, 1);
            PlanParameters.of(config("intra_op_thread_cuont", "1"), PlanFormat.ONNX, 1);
            PlanParameters.of(config("something_else", "1"), PlanFormat.ONNX, 1);

            assertThat(log.lines())
                    .containsExactly(
                            "model 'm': parameter 'execution_mode' = '1' has no effect: it tunes ONNX Runtime alone",
                            "model 'm': parameter 'intra_op_thread_cuont' = '1' has no effect: there is no such parameter; "
                                    + "did you mean 'intra_op_thread_count'?",
                            "model 'm': parameter 'something_else' = '1' has no effect: there is no such parameter");
        }
    }
}
