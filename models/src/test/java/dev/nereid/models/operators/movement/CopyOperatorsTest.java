package dev.nereid.models.operators.movement;

import static dev.nereid.models.operators.Tensors.bytes;
import static dev.nereid.models.operators.Tensors.counting;
import static dev.nereid.models.operators.Tensors.floats;
import static dev.nereid.models.operators.Tensors.ints;
import static dev.nereid.models.operators.Tensors.longs;
import static dev.nereid.models.operators.Tensors.strings;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.nereid.models.operators.OperatorCase;
import dev.nereid.tensor.DataType;
import dev.nereid.tensor.Shape;
import org.junit.jupiter.api.Test;

/** Operators that copy boxes of elements. */
class CopyOperatorsTest {
    @Test
    void transposesByPermutationOrReversed() {
        OperatorCase.of("Transpose", 13).data(counting(2, 3)).gives(floats(new float[] {0, 3, 1, 4, 2, 5}, 3, 2));
        OperatorCase.of("Transpose", 13)
                .with("perm", new long[] {1, 0, 2})
                .data(counting(2, 2, 2))
                .gives(floats(new float[] {0, 1, 4, 5, 2, 3, 6, 7}, 2, 2, 2));
        OperatorCase.of("Transpose", 13)
                .with("perm", new long[] {1, 0})
                .data(counting(1, 3))
                .gives(counting(3, 1));
        OperatorCase.of("Transpose", 13)
                .data(strings("a", "b", "c", "d").withShape(Shape.of(2, 2)))
                .gives(strings("a", "c", "b", "d").withShape(Shape.of(2, 2)));
    }

    @Test
    void joinsInputsAlongAnAxis() {
        OperatorCase.of("Concat", 13)
                .with("axis", -1)
                .data(counting(2, 1))
                .data(counting(2, 2))
                .gives(floats(new float[] {0, 0, 1, 1, 2, 3}, 2, 3));
        OperatorCase.of("Concat", 13)
                .with("axis", 0)
                .data(strings("a"))
                .data(strings())
                .data(strings("b", "c"))
                .gives(strings("a", "b", "c"));
        OperatorCase.of("Concat", 13)
                .with("axis", 0)
                .data(bytes(DataType.INT4, -8, 7))
                .data(bytes(DataType.INT4, 1))
                .gives(bytes(DataType.INT4, -8, 7, 1));
    }

    @Test
    void refusesToJoinWhatDoesNotFit() {
        OperatorCase concat = OperatorCase.of("Concat", 13)
                .with("axis", 0)
                .data(counting(2, 3))
                .data(counting(2, 2));
        assertThatThrownBy(concat::run).hasMessageContaining("Concat");
    }

    @Test
    void splitsIntoGivenOrEqualParts() {
        OperatorCase.of("Split", 13)
                .with("axis", 1)
                .data(counting(2, 3))
                .argument(longs(1, 2))
                .gives(floats(new float[] {0, 3}, 2, 1), floats(new float[] {1, 2, 4, 5}, 2, 2));
        OperatorCase.of("Split", 2)
                .with("split", new long[] {2, 1})
                .data(counting(3))
                .gives(counting(2), floats(new float[] {2}));
        OperatorCase.of("Split", 13).data(counting(4)).gives(counting(2), floats(new float[] {2, 3}));
        OperatorCase.of("Split", 18).with("num_outputs", 2).data(counting(5)).gives(counting(3), floats(new float[] {
            3, 4
        }));
    }

    @Test
    void refusesPartsThatDoNotMakeUpTheAxis() {
        OperatorCase split = OperatorCase.of("Split", 13)
                .data(counting(4))
                .argument(longs(1, 2))
                .outputs(2);
        assertThatThrownBy(split::run).hasMessageContaining("Split").hasMessageContaining("[1, 2]");
    }

    @Test
    void aSliceThatGoesBackFromBeforeAnAxisTakesItsFirstElement() {
        OperatorCase.of("Slice", 13)
                .data(counting(3))
                .argument(longs(-100))
                .argument(longs(Long.MIN_VALUE))
                .argument(longs(0))
                .argument(longs(-1))
                .gives(floats(new float[] {0}));
        OperatorCase.of("Slice", 13)
                .data(counting(0))
                .argument(longs(-100))
                .argument(longs(Long.MIN_VALUE))
                .argument(longs(0))
                .argument(longs(-1))
                .gives(counting(0));
    }

    @Test
    void slicesForwardsAndBackwards() {
        OperatorCase.of("Slice", 13)
                .data(counting(5))
                .argument(longs(1))
                .argument(longs(-1))
                .gives(floats(new float[] {1, 2, 3}));
        OperatorCase.of("Slice", 13)
                .data(counting(2, 4))
                .argument(ints(-1, 0))
                .argument(ints(Integer.MIN_VALUE, Integer.MAX_VALUE))
                .argument(ints(1, 0))
                .argument(ints(-2, 1))
                .gives(floats(new float[] {3, 1, 7, 5}, 2, 2));
        OperatorCase.of("Slice", 9)
                .with("starts", new long[] {2})
                .with("ends", new long[] {100})
                .data(strings("a", "b", "c", "d"))
                .gives(strings("c", "d"));
        OperatorCase.of("Slice", 13)
                .data(counting(3))
                .argument(longs(2))
                .argument(longs(1))
                .gives(counting(0));
        OperatorCase.of("Slice", 13)
                .data(counting(3))
                .argument(longs(-1))
                .argument(longs(Long.MIN_VALUE))
                .argument(longs(0))
                .argument(longs(-1))
                .gives(floats(new float[] {2, 1, 0}));
    }

    @Test
    void expandsAndTiles() {
        OperatorCase.of("Expand", 13)
                .data(counting(2, 1))
                .argument(longs(3, 1, 2))
                .gives(floats(new float[] {0, 0, 1, 1, 0, 0, 1, 1, 0, 0, 1, 1}, 3, 2, 2));
        OperatorCase.of("Expand", 13).data(counting(2, 3)).argument(longs(1)).gives(counting(2, 3));
        OperatorCase.of("Tile", 13)
                .data(counting(1, 2))
                .argument(longs(2, 2))
                .gives(floats(new float[] {0, 1, 0, 1, 0, 1, 0, 1}, 2, 4));
        OperatorCase.of("Tile", 13).data(counting(2)).argument(longs(0)).gives(counting(0));
    }

    @Test
    void padsInEveryMode() {
        OperatorCase.of("Pad", 13)
                .data(counting(3))
                .argument(longs(1, 2))
                .argument(floats(new float[] {9}).withShape(Shape.SCALAR))
                .gives(floats(new float[] {9, 0, 1, 2, 9, 9}));
        OperatorCase.of("Pad", 13).data(counting(3)).argument(longs(-1, 1)).gives(floats(new float[] {1, 2, 0}));
        OperatorCase.of("Pad", 19)
                .with("mode", "reflect")
                .data(counting(3))
                .argument(longs(2, 2))
                .gives(floats(new float[] {2, 1, 0, 1, 2, 1, 0}));
        OperatorCase.of("Pad", 19)
                .with("mode", "edge")
                .data(counting(2))
                .argument(longs(2, 1))
                .gives(floats(new float[] {0, 0, 0, 1, 1}));
        OperatorCase.of("Pad", 19)
                .with("mode", "wrap")
                .data(counting(3))
                .argument(longs(1, 2))
                .gives(floats(new float[] {2, 0, 1, 2, 0, 1}));
        OperatorCase.of("Pad", 18)
                .data(counting(2, 1))
                .argument(longs(1, 0))
                .absent()
                .argument(longs(-1))
                .gives(floats(new float[] {0, 0, 0, 1}, 2, 2));
        OperatorCase.of("Pad", 2)
                .with("pads", new long[] {0, 1})
                .data(counting(1))
                .gives(floats(new float[] {0, 0}));
    }

    @Test
    void movesChannelsIntoBlocksAndBack() {
        OperatorCase.of("DepthToSpace", 13)
                .with("blocksize", 2)
                .data(counting(1, 8, 1, 1))
                .gives(floats(new float[] {0, 2, 4, 6, 1, 3, 5, 7}, 1, 2, 2, 2));
        OperatorCase.of("DepthToSpace", 13)
                .with("blocksize", 2)
                .with("mode", "CRD")
                .data(counting(1, 8, 1, 1))
                .gives(counting(1, 2, 2, 2));
        OperatorCase.of("SpaceToDepth", 13)
                .with("blocksize", 2)
                .data(floats(new float[] {0, 2, 4, 6, 1, 3, 5, 7}, 1, 2, 2, 2))
                .gives(counting(1, 8, 1, 1));
    }

    @Test
    void keepsTrianglesAndCentres() {
        OperatorCase.of("Trilu", 14)
                .data(counting(2, 3))
                .argument(longs(1).withShape(Shape.SCALAR))
                .gives(floats(new float[] {0, 1, 2, 0, 0, 5}, 2, 3));
        OperatorCase.of("Trilu", 14)
                .with("upper", 0)
                .data(counting(2, 2))
                .gives(floats(new float[] {0, 0, 2, 3}, 2, 2));
        OperatorCase.of("Trilu", 14)
                .data(counting(2, 2))
                .argument(longs(Long.MAX_VALUE).withShape(Shape.SCALAR))
                .gives(floats(new float[4], 2, 2));
        OperatorCase.of("CenterCropPad", 18)
                .data(counting(4))
                .argument(longs(2))
                .gives(floats(new float[] {1, 2}));
        OperatorCase.of("CenterCropPad", 18)
                .data(strings("a", "b"))
                .argument(longs(5))
                .gives(strings("", "a", "b", "", ""));
        OperatorCase.of("EyeLike", 9)
                .with("k", 1)
                .with("dtype", 7)
                .data(counting(2, 3))
                .gives(longs(0, 1, 0, 0, 0, 1).withShape(Shape.of(2, 3)));
    }
}
