package dev.nereid.models.operators.movement;

import static dev.nereid.models.operators.Tensors.counting;
import static dev.nereid.models.operators.Tensors.floats;
import static dev.nereid.models.operators.Tensors.longs;
import static dev.nereid.models.operators.Tensors.strings;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.nereid.models.operators.OperatorCase;
import dev.nereid.tensor.Shape;
import dev.nereid.tensor.Tensor;
import org.junit.jupiter.api.Test;

/** Operators that change or tell shapes and leave the elements where they are. */
class ShapeOperatorsTest {
    private static Tensor scalar(long value) {
        return longs(value).withShape(Shape.SCALAR);
    }

    @Test
    void refusesViewsAndRepetitionsThatOnlyTheRunTells() {
        OperatorCase squeezed =
                OperatorCase.of("Squeeze", 13).data(counting(2, 4)).argument(longs(0));
        assertThatThrownBy(squeezed::run).hasMessageContaining("shape [2,4] has no view of shape [4]");
        OperatorCase expanded =
                OperatorCase.of("Expand", 13).data(counting(3, 4)).argument(longs(2, 4));
        assertThatThrownBy(expanded::run).hasMessageContaining("cannot be expanded to");
    }

    @Test
    void reshapesWithKeptAndRemainingDims() {
        OperatorCase.of("Reshape", 14)
                .data(counting(2, 3, 4))
                .argument(longs(0, -1, 2))
                .gives(counting(2, 6, 2));
        OperatorCase.of("Reshape", 1)
                .with("shape", new long[] {4, 6})
                .data(counting(2, 3, 4))
                .gives(counting(4, 6));
    }

    @Test
    void reshapesToAZeroWhereThatIsAllowed() {
        OperatorCase.of("Reshape", 14)
                .with("allowzero", 1)
                .data(counting(0, 3))
                .argument(longs(3, 0))
                .gives(counting(3, 0));
    }

    @Test
    void refusesAShapeWithOtherElements() {
        OperatorCase reshape =
                OperatorCase.of("Reshape", 14).data(counting(2, 3)).argument(longs(-1, 4));
        assertThatThrownBy(reshape::run)
                .hasMessageContaining("Reshape")
                .hasMessageContaining("FP32[2, 3] cannot become [-1, 4]");
    }

    @Test
    void reshapesStrings() {
        OperatorCase.of("Reshape", 14)
                .data(strings("a", "b", "c", "d"))
                .argument(longs(2, 2))
                .gives(strings("a", "b", "c", "d").withShape(Shape.of(2, 2)));
    }

    @Test
    void flattensAroundAnAxis() {
        OperatorCase.of("Flatten", 13).data(counting(2, 3, 4)).gives(counting(2, 12));
        OperatorCase.of("Flatten", 13).with("axis", -1).data(counting(2, 3, 4)).gives(counting(6, 4));
        OperatorCase.of("Flatten", 13).with("axis", 0).data(counting(2, 3, 4)).gives(counting(1, 24));
        OperatorCase.of("Flatten", 13).with("axis", 3).data(counting(2, 3, 4)).gives(counting(24, 1));
    }

    @Test
    void squeezesAndUnsqueezesByInputOrAttribute() {
        OperatorCase.of("Squeeze", 13)
                .data(counting(1, 3, 1))
                .argument(longs(-1))
                .gives(counting(1, 3));
        OperatorCase.of("Squeeze", 13).data(counting(1, 3, 1)).gives(counting(3));
        OperatorCase.of("Squeeze", 11)
                .with("axes", new long[] {0, 2})
                .data(counting(1, 3, 1))
                .gives(counting(3));
        OperatorCase.of("Unsqueeze", 13)
                .data(counting(3))
                .argument(longs(0, -1))
                .gives(counting(1, 3, 1));
        OperatorCase.of("Unsqueeze", 11)
                .with("axes", new long[] {1})
                .data(counting(3, 2))
                .gives(counting(3, 1, 2));
    }

    @Test
    void tellsShapeAndSize() {
        OperatorCase.of("Shape", 13).data(counting(2, 3, 4)).gives(longs(2, 3, 4));
        OperatorCase.of("Shape", 15)
                .with("start", -2)
                .with("end", 5)
                .data(counting(2, 3, 4))
                .gives(longs(3, 4));
        OperatorCase.of("Shape", 15)
                .with("start", 2)
                .with("end", 1)
                .data(counting(2, 3))
                .gives(longs());
        OperatorCase.of("Size", 13).data(counting(2, 3, 4)).gives(scalar(24));
    }

    @Test
    void makesConstantsOfAShape() {
        OperatorCase.of("ConstantOfShape", 9).argument(longs(2, 1)).gives(floats(new float[2], 2, 1));
        OperatorCase.of("ConstantOfShape", 9)
                .with("value", longs(7))
                .argument(longs(3))
                .gives(longs(7, 7, 7));
        OperatorCase.of("ConstantOfShape", 9)
                .with("value", longs(7))
                .argument(longs())
                .gives(scalar(7));
    }

    @Test
    void countsFromStartToLimit() {
        OperatorCase.of("Range", 11)
                .argument(scalar(1))
                .argument(scalar(8))
                .argument(scalar(3))
                .gives(longs(1, 4, 7));
        OperatorCase.of("Range", 11)
                .argument(scalar(3))
                .argument(scalar(0))
                .argument(scalar(-2))
                .gives(longs(3, 1));
        OperatorCase.of("Range", 11)
                .argument(floats(new float[] {0}).withShape(Shape.SCALAR))
                .argument(floats(new float[] {1}).withShape(Shape.SCALAR))
                .argument(floats(new float[] {0.25f}).withShape(Shape.SCALAR))
                .gives(floats(new float[] {0, 0.25f, 0.5f, 0.75f}));
    }
}
