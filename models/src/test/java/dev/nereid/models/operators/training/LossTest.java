package dev.nereid.models.operators.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.nereid.models.ModelFormatException;
import dev.nereid.models.execute.ExecutionException;
import dev.nereid.models.operators.OperatorCase;
import dev.nereid.models.operators.Tensors;
import dev.nereid.tensor.Shape;
import dev.nereid.tensor.Tensor;
import org.junit.jupiter.api.Test;

class LossTest {
    /** Two items, three classes, two positions. */
    private static final Tensor X = Tensors.counting(2, 3, 2);

    private static Tensor targets(long... targets) {
        return Tensors.longs(targets).withShape(Shape.of(2, 2));
    }

    private static OperatorCase likelihood(Tensor target) {
        return OperatorCase.of("NegativeLogLikelihoodLoss", 13).data(X).data(target);
    }

    @Test
    void takesTheNegativeNumberOfTheTargetClass() {
        likelihood(targets(0, 2, 1, 1))
                .with("reduction", "none")
                .gives(Tensors.floats(new float[] {-0f, -5, -8, -9}, 2, 2));
    }

    @Test
    void dividesByTheWeightsThatCount() {
        likelihood(targets(0, 2, 1, 1))
                .data(Tensors.floats(new float[] {1, 2, 5}))
                .gives(Tensors.floats(new float[] {-(0 + 5 * 5 + 2 * 8 + 2 * 9) / 10f})
                        .withShape(Shape.SCALAR));
    }

    @Test
    void leavesOutWhatIsToBeIgnoredEvenIfItIsNoClass() {
        likelihood(targets(0, -7, 1, -7))
                .with("ignore_index", -7)
                .gives(Tensors.floats(new float[] {-4}).withShape(Shape.SCALAR));
    }

    @Test
    void hasNoMeanIfAllIsIgnored() {
        likelihood(targets(9, 9, 9, 9))
                .with("ignore_index", 9)
                .gives(Tensors.floats(new float[] {Float.NaN}).withShape(Shape.SCALAR));
    }

    @Test
    void namesATargetThatIsNoClass() {
        assertThatThrownBy(() -> likelihood(targets(0, 1, 2, 3)).run())
                .isInstanceOf(ExecutionException.class)
                .hasMessageContaining("target 3 is none of the classes 0 to 2");
    }

    @Test
    void refusesAnUnknownReduction() {
        assertThatThrownBy(() -> likelihood(targets(0, 1, 2, 0))
                        .with("reduction", "median")
                        .run())
                .isInstanceOf(ModelFormatException.class)
                .hasMessageContaining("'median'");
    }

    @Test
    void keepsTheLogarithmsOfHugeScoresFinite() {
        assertThat(OperatorCase.of("SoftmaxCrossEntropyLoss", 13)
                        .data(Tensors.floats(new float[] {1e30f, 1e30f}, 1, 2))
                        .data(Tensors.longs(1))
                        .with("reduction", "sum")
                        .outputs(2)
                        .run()
                        .getFirst())
                .isEqualTo("FP32[] [0.0]");
    }

    @Test
    void givesTheLogarithmsOfTheSoftmax() {
        assertThat(OperatorCase.of("SoftmaxCrossEntropyLoss", 13)
                        .data(Tensors.floats(new float[] {0, 0}, 1, 2))
                        .data(Tensors.longs(1))
                        .outputs(2)
                        .run())
                .containsExactly("FP32[] [0.6931472]", "FP32[1,2] [-0.6931472, -0.6931472]");
    }
}
