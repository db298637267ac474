package dev.nereid.models.operators.movement;

import static dev.nereid.models.operators.Tensors.counting;
import static dev.nereid.models.operators.Tensors.floats;
import static dev.nereid.models.operators.Tensors.longs;

import dev.nereid.models.operators.OperatorCase;
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
                .absent()
                .absent()
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
                .absent()
                .absent()
                .argument(longs(1, 1, 1, 2))
                .gives(floats(new float[] {0, 1}, 1, 1, 1, 2));
    }
}
