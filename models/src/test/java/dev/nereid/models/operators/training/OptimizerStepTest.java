package dev.nereid.models.operators.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.nereid.models.ModelFormatException;
import dev.nereid.models.execute.ExecutionException;
import dev.nereid.models.operators.OperatorCase;
import dev.nereid.models.operators.Tensors;
import dev.nereid.tensor.Tensor;
import org.junit.jupiter.api.Test;

class OptimizerStepTest {
    private static Tensor number(float value) {
        return Tensors.floats(new float[] {value});
    }

    private static OperatorCase momentum(long count, String mode) {
        return OperatorCase.of("ai.onnx.preview.training", "Momentum", 1)
                .with("alpha", 0.5f)
                .with("beta", 0.25f)
                .with("norm_coefficient", 0f)
                .with("mode", mode)
                .outputs(2)
                .data(number(0.5f))
                .data(Tensors.longs(count));
    }

    @Test
    void takesTheFirstGradientWhole() {
        assertThat(momentum(0, "standard")
                        .data(number(1))
                        .data(number(4))
                        .data(number(2))
                        .run())
                .containsExactly("FP32[1] [-1.5]", "FP32[1] [5.0]");
        assertThat(momentum(1, "standard")
                        .data(number(1))
                        .data(number(4))
                        .data(number(2))
                        .run())
                .containsExactly("FP32[1] [0.0]", "FP32[1] [2.0]");
    }

    @Test
    void looksAheadInNesterovsMode() {
        assertThat(momentum(1, "nesterov")
                        .data(number(1))
                        .data(number(4))
                        .data(number(2))
                        .run())
                .containsExactly("FP32[1] [-1.5]", "FP32[1] [2.0]");
    }

    @Test
    void refusesAnUnknownMode() {
        assertThatThrownBy(() -> momentum(1, "other")
                        .data(number(1))
                        .data(number(4))
                        .data(number(2))
                        .run())
                .isInstanceOf(ModelFormatException.class)
                .hasMessageContaining("'other'");
    }

    @Test
    void refusesInputsThatDoNotComeInGroups() {
        assertThatThrownBy(() ->
                        momentum(1, "standard").data(number(1)).data(number(4)).run())
                .isInstanceOf(ModelFormatException.class)
                .hasMessageContaining("3 inputs for each tensor");
    }

    @Test
    void refusesAGradientOfAnotherShape() {
        assertThatThrownBy(() -> momentum(1, "standard")
                        .data(number(1))
                        .data(Tensors.counting(2))
                        .data(number(2))
                        .run())
                .isInstanceOf(ExecutionException.class)
                .hasMessageContaining("expected a gradient and a state of the shape [1], got [2]");
    }
}
