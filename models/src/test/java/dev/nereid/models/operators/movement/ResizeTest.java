package dev.nereid.models.operators.movement;

import static dev.nereid.models.operators.Tensors.bytes;
import static dev.nereid.models.operators.Tensors.counting;
import static dev.nereid.models.operators.Tensors.floats;
import static dev.nereid.models.operators.Tensors.longs;

import dev.nereid.models.operators.OperatorCase;
import dev.nereid.tensor.DataType;
import dev.nereid.tensor.Shape;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Resize beyond what the conformance suite covers. */
class ResizeTest {
    @ParameterizedTest
    @ValueSource(strings = {"nearest", "linear", "cubic"})
    void whatPyTorchResizesToOneElementIsTheFirstOne(String mode) {
        OperatorCase.of("Resize", 13)
                .with("mode", mode)
                .with("coordinate_transformation_mode", "pytorch_half_pixel")
                .data(counting(1, 1, 3, 2))
                .absent(2)
                .argument(longs(1, 1, 1, 2))
                .gives(floats(new float[] {0, 1}, 1, 1, 1, 2));
    }

    @Test
    void theFirstOneWeighsAloneWhereNothingOutsideCounts() {
        OperatorCase.of("Resize", 13)
                .with("mode", "cubic")
                .with("exclude_outside", 1)
                .with("coordinate_transformation_mode", "pytorch_half_pixel")
                .data(counting(1, 1, 3, 2))
                .absent(2)
                .argument(longs(1, 1, 1, 2))
                .gives(floats(new float[] {0, 1}, 1, 1, 1, 2));
    }

    /** What shrinks takes the place above, of old. */
    @Test
    void theNearestPlaceOfOldOpsetsIsBelowWhereItGrowsAndAboveWhereItShrinks() {
        OperatorCase.of("Resize", 10)
                .data(counting(1, 1, 3, 6))
                .argument(floats(new float[] {1, 1, 2, 0.6f}))
                .gives(floats(new float[] {0, 2, 4, 0, 2, 4, 6, 8, 10, 6, 8, 10, 12, 14, 16, 12, 14, 16}, 1, 1, 6, 3));
    }

    @Test
    void anAxisThatKeepsItsSizeKeepsItsPlaces() {
        OperatorCase.of("Resize", 13)
                .with("mode", "linear")
                .with("coordinate_transformation_mode", "tf_half_pixel_for_nn")
                .data(counting(2, 3))
                .absent()
                .argument(floats(new float[] {1, 2}))
                .gives(floats(new float[] {0.25f, 0.75f, 1.25f, 1.75f, 2, 2, 3.25f, 3.75f, 4.25f, 4.75f, 5, 5}, 2, 6));
    }

    /** 10 and 11 are 11 after the first axis, then 11 and 10 are 11: at the end alone it would be 10. */
    @Test
    void integersWithoutAliasesAreRoundedAxisByAxis() {
        OperatorCase.of("Resize", 18)
                .with("mode", "linear")
                .with("antialias", 1)
                .data(bytes(DataType.UINT8, 10, 11, 10, 10).withShape(Shape.of(2, 2)))
                .absent(2)
                .argument(longs(1, 1))
                .gives(bytes(DataType.UINT8, 11).withShape(Shape.of(1, 1)));
    }
}
