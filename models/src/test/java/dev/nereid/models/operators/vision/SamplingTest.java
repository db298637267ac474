package dev.nereid.models.operators.vision;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.nereid.models.ModelFormatException;
import dev.nereid.models.execute.ExecutionException;
import dev.nereid.models.operators.Expected;
import dev.nereid.models.operators.OperatorCase;
import dev.nereid.models.operators.Tensors;
import dev.nereid.tensor.DataType;
import dev.nereid.tensor.Shape;
import dev.nereid.tensor.Tensor;
import org.junit.jupiter.api.Test;

class SamplingTest {
    private static Tensor grid(float... positions) {
        return Tensors.floats(positions, 1, 1, positions.length / 2, 2);
    }

    private static OperatorCase sample(Tensor x, Tensor grid) {
        return OperatorCase.of("GridSample", 20).data(x).data(grid);
    }

    @Test
    void findsTheCornersAtTheEndsOfTheGrid() {
        sample(Tensors.counting(1, 1, 2, 3), grid(-1, -1, 1, 1, 0, 0))
                .with("align_corners", 1)
                .gives(Tensors.floats(new float[] {0, 5, 2.5f}, 1, 1, 1, 3));
    }

    @Test
    void padsAsAsked() {
        Tensor x = Tensors.counting(1, 1, 1, 4);
        Tensor grid = grid(1.5f, 0);
        sample(x, grid).with("mode", "nearest").gives(Tensors.floats(new float[] {0}, 1, 1, 1, 1));
        sample(x, grid)
                .with("mode", "nearest")
                .with("padding_mode", "border")
                .gives(Tensors.floats(new float[] {3}, 1, 1, 1, 1));
        sample(x, grid)
                .with("mode", "nearest")
                .with("padding_mode", "reflection")
                .gives(Tensors.floats(new float[] {3}, 1, 1, 1, 1));
        sample(x, grid(2, 0))
                .with("mode", "nearest")
                .with("padding_mode", "reflection")
                .with("align_corners", 1)
                .gives(Tensors.floats(new float[] {2}, 1, 1, 1, 1));
    }

    /** Numbers of PyTorch's grid_sample, which does not move a position to the border but only the cells it reads. */
    @Test
    void aCubicKernelReadsOnBeyondABorder() {
        sample(Tensors.counting(1, 1, 1, 4), grid(1.1f, 0, -1.1f, 0, 3, 0))
                .with("mode", "cubic")
                .with("padding_mode", "border")
                .gives(1e-5, Expected.of(new double[] {3.04725, -0.04725, 3}, 1, 1, 1, 3));
    }

    @Test
    void survivesPositionsFarAwayAndThoseThatAreNone() {
        for (String padding : new String[] {"zeros", "border", "reflection"}) {
            for (String mode : new String[] {"nearest", "linear", "cubic"}) {
                float[] far = {Float.POSITIVE_INFINITY, Float.NEGATIVE_INFINITY, Float.NaN, 0, 1e30f, -1e30f};
                assertThat(sample(Tensors.counting(1, 1, 2, 2), grid(far))
                                .with("mode", mode)
                                .with("padding_mode", padding)
                                .run()
                                .getFirst())
                        .startsWith("FP32[1,1,1,3]");
            }
        }
    }

    @Test
    void copiesElementsOfAnyDatatypeToTheNearestPlace() {
        Tensor words = Tensors.strings("a", "b").withShape(Shape.of(1, 1, 1, 2));
        sample(words, grid(-0.5f, 0, 0.5f, 0, 7, 0))
                .with("mode", "nearest")
                .gives(Tensors.strings("a", "b", "").withShape(Shape.of(1, 1, 1, 3)));
        Tensor bytes = Tensors.bytes(DataType.INT8, -3, 9).withShape(Shape.of(1, 1, 1, 2));
        sample(bytes, grid(-0.5f, 0))
                .with("mode", "nearest")
                .gives(Tensors.bytes(DataType.INT8, -3).withShape(Shape.of(1, 1, 1, 1)));
        assertThatThrownBy(() -> sample(words, grid(0, 0)).run())
                .isInstanceOf(ModelFormatException.class)
                .hasMessageContaining("mode 'nearest' alone takes elements of STRING");
    }

    @Test
    void interpolatesOverOneAxisAndOverThree() {
        OperatorCase.of("GridSample", 20)
                .data(Tensors.counting(1, 2, 3))
                .data(Tensors.floats(new float[] {0.25f}, 1, 1, 1))
                .with("align_corners", 1)
                .gives(Tensors.floats(new float[] {1.25f, 4.25f}, 1, 2, 1));
        OperatorCase.of("GridSample", 20)
                .data(Tensors.counting(1, 1, 2, 2, 2))
                .data(Tensors.floats(new float[] {0, 0, 0}, 1, 1, 1, 1, 3))
                .gives(Tensors.floats(new float[] {3.5f}, 1, 1, 1, 1, 1));
    }

    @Test
    void givesNothingForAnEmptyGrid() {
        sample(Tensors.counting(1, 2, 3, 3), Tensors.floats(new float[0], 1, 0, 4, 2))
                .gives(Tensors.floats(new float[0], 1, 2, 0, 4));
    }

    @Test
    void refusesAGridForAnotherBatchOrOfOtherAxes() {
        assertThatThrownBy(
                        () -> sample(Tensors.counting(2, 1, 2, 2), grid(0, 0)).run())
                .isInstanceOf(ExecutionException.class)
                .hasMessageContaining("a grid for 2 items");
        assertThatThrownBy(() -> sample(Tensors.counting(1, 1, 2, 2), Tensors.counting(1, 1, 1))
                        .run())
                .isInstanceOf(ModelFormatException.class)
                .hasMessageContaining("expected x");
        assertThatThrownBy(() -> sample(Tensors.counting(1, 1, 2, 2), grid(0, 0))
                        .with("mode", "best")
                        .run())
                .isInstanceOf(ModelFormatException.class)
                .hasMessageContaining("'best'");
    }

    @Test
    void movesTheGridByTheAffineMap() {
        OperatorCase.of("AffineGrid", 20)
                .data(Tensors.floats(new float[] {1, 0, 0.5f, 0, 2, 0}, 1, 2, 3))
                .argument(Tensors.longs(1, 1, 1, 2))
                .gives(Tensors.floats(new float[] {0, 0, 1, 0}, 1, 1, 2, 2));
        OperatorCase.of("AffineGrid", 20)
                .with("align_corners", 1)
                .data(Tensors.floats(new float[] {1, 0, 0, 0, 1, 0}, 1, 2, 3))
                .argument(Tensors.longs(1, 1, 1, 3))
                .gives(Tensors.floats(new float[] {-1, 0, 0, 0, 1, 0}, 1, 1, 3, 2));
    }

    @Test
    void isAnOrdinaryConvolutionWithoutOffsets() {
        OperatorCase.of("DeformConv", 22)
                .with("pads", new long[] {1, 1, 0, 0})
                .data(Tensors.counting(1, 2, 2, 2))
                .argument(Tensors.floats(new float[] {1, 0, 0, 1, 0, 0, 0, 1}, 1, 2, 2, 2))
                .data(Tensors.floats(new float[32], 1, 8, 2, 2))
                .argument(Tensors.floats(new float[] {10}))
                .gives(Tensors.floats(new float[] {14, 16, 18, 20}, 1, 1, 2, 2));
    }

    @Test
    void weighsEachTapByItsMaskAndReadsBetweenCells() {
        OperatorCase.of("DeformConv", 19)
                .data(Tensors.counting(1, 1, 1, 3))
                .argument(Tensors.floats(new float[] {1}, 1, 1, 1, 1))
                .data(Tensors.floats(new float[] {0, 0, 0, 0.5f, 0.5f, 0.5f}, 1, 2, 1, 3))
                .absent()
                .data(Tensors.floats(new float[] {1, 2, 4}, 1, 1, 1, 3))
                .gives(Tensors.floats(new float[] {0.5f, 3, 4}, 1, 1, 1, 3));
    }

    @Test
    void refusesOffsetsThatDoNotFitTheKernel() {
        assertThatThrownBy(() -> OperatorCase.of("DeformConv", 19)
                        .data(Tensors.counting(1, 1, 1, 3))
                        .argument(Tensors.floats(new float[] {1}, 1, 1, 1, 1))
                        .data(Tensors.floats(new float[3], 1, 1, 1, 3))
                        .run())
                .isInstanceOf(ExecutionException.class)
                .hasMessageContaining("expected an offset: [1,2,1,3], got [1,1,1,3]");
    }

    @Test
    void addsUpWhatBlocksHaveInCommon() {
        OperatorCase.of("Col2Im", 18)
                .data(Tensors.floats(new float[] {1, 2, 3, 4}, 1, 2, 2))
                .argument(Tensors.longs(1, 3))
                .argument(Tensors.longs(1, 2))
                .gives(Tensors.floats(new float[] {1, 5, 4}, 1, 1, 1, 3));
        assertThatThrownBy(() -> OperatorCase.of("Col2Im", 18)
                        .data(Tensors.counting(1, 2, 2))
                        .argument(Tensors.longs(1, 9))
                        .argument(Tensors.longs(1, 2))
                        .run())
                .isInstanceOf(ExecutionException.class)
                .hasMessageContaining("expected x: [1,2,8]");
    }
}
