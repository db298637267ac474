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

/** Old forms of movement operators, empty tensors, and inputs that do not fit. */
class MovementVersionsTest {
    @Test
    void shapesAxesAndPaddingsWereAttributes() {
        OperatorCase.of("Reshape", 1)
                .with("shape", new long[] {0, -1})
                .with("consumed_inputs", new long[] {0, 0})
                .data(counting(2, 1, 2))
                .gives(counting(2, 2));
        OperatorCase.of("Squeeze", 1)
                .with("axes", new long[] {0})
                .data(counting(1, 2))
                .gives(counting(2));
        OperatorCase.of("Unsqueeze", 11)
                .with("axes", new long[] {-1, 0})
                .data(counting(2))
                .gives(counting(1, 2, 1));
        OperatorCase.of("Slice", 1)
                .with("starts", new long[] {1})
                .with("ends", new long[] {Integer.MAX_VALUE})
                .with("axes", new long[] {0})
                .data(counting(3))
                .gives(floats(new float[] {1, 2}));
        OperatorCase.of("Pad", 1)
                .with("paddings", new long[] {1, 0})
                .with("value", 7f)
                .data(counting(1))
                .gives(floats(new float[] {7, 0}));
        OperatorCase.of("Pad", 2)
                .with("pads", new long[] {0, 1})
                .with("mode", "edge")
                .data(counting(2))
                .gives(floats(new float[] {0, 1, 1}));
        OperatorCase.of("Split", 2)
                .with("split", new long[] {1, 2})
                .data(counting(3))
                .gives(counting(1), floats(new float[] {1, 2}));
        OperatorCase.of("TopK", 1)
                .with("k", 1)
                .with("axis", 0)
                .data(counting(3))
                .gives(floats(new float[] {2}), longs(2));
    }

    @Test
    void theFirstOpsetWritesCountsAsFloatsToo() {
        OperatorCase.of("Split", 1)
                .data(counting(3))
                .argument(floats(new float[] {1, 2}))
                .gives(counting(1), floats(new float[] {1, 2}));
        OperatorCase.of("Split", 1)
                .with("axis", 0)
                .data(longs(5, 6, 7))
                .argument(longs(2, 1))
                .gives(longs(5, 6), longs(7));
        OperatorCase.of("Tile", 1)
                .data(counting(1, 2))
                .argument(floats(new float[] {2}))
                .argument(floats(new float[] {1}))
                .gives(floats(new float[] {0, 1, 0, 1}, 1, 4));
        OperatorCase.of("Tile", 1)
                .data(longs(1, 2))
                .argument(longs(2).withShape(Shape.SCALAR))
                .argument(longs(0).withShape(Shape.SCALAR))
                .gives(longs(1, 2, 1, 2));
        OperatorCase half = OperatorCase.of("Split", 1)
                .data(counting(2))
                .argument(floats(new float[] {1.5f, 0.5f}))
                .outputs(2);
        assertThatThrownBy(half::run).hasMessageContaining("expected whole numbers, got 1.5");
    }

    @Test
    void theLastOfPartsMayBeShorterSinceOpset18() {
        OperatorCase.of("Split", 18).with("num_outputs", 2).data(counting(3)).gives(counting(2), floats(new float[] {2
        }));
        OperatorCase odd = OperatorCase.of("Split", 13).data(counting(3)).outputs(2);
        assertThatThrownBy(odd::run).hasMessageContaining("an axis of 3 cannot be split into 2 parts");
        OperatorCase other = OperatorCase.of("Split", 18)
                .with("num_outputs", 3)
                .data(counting(3))
                .outputs(2);
        assertThatThrownBy(other::run).hasMessageContaining("num_outputs").hasMessageContaining("got 3");
    }

    @Test
    void stepsMayBeNegativeAndPositionsFarOutside() {
        OperatorCase.of("Slice", 13)
                .data(counting(4))
                .argument(longs(Long.MAX_VALUE))
                .argument(longs(Long.MIN_VALUE))
                .argument(longs(0))
                .argument(longs(-3))
                .gives(floats(new float[] {3, 0}));
        OperatorCase.of("Slice", 13)
                .data(counting(4))
                .argument(longs(3))
                .argument(longs(1))
                .gives(counting(0));
        OperatorCase.of("Slice", 13)
                .data(strings("a", "b", "c"))
                .argument(ints(-2))
                .argument(ints(9))
                .gives(strings("b", "c"));
    }

    @Test
    void emptyTensorsStayEmpty() {
        OperatorCase.of("Transpose", 13).data(counting(0, 2)).gives(counting(2, 0));
        OperatorCase.of("Concat", 13)
                .with("axis", 0)
                .data(counting(0, 2))
                .data(counting(1, 2))
                .gives(counting(1, 2));
        OperatorCase.of("Gather", 13).data(counting(2, 0)).data(longs(1)).gives(counting(1, 0));
        OperatorCase.of("Tile", 13).data(counting(2)).argument(longs(0)).gives(counting(0));
        OperatorCase.of("Expand", 13).data(counting(1)).argument(longs(0)).gives(counting(0));
        OperatorCase.of("Reshape", 14)
                .with("allowzero", 1)
                .data(counting(0, 3))
                .argument(longs(3, 0))
                .gives(counting(3, 0));
        OperatorCase.of("NonZero", 13).data(counting(0)).gives(longs().withShape(Shape.of(1, 0)));
        OperatorCase.of("ScatterND", 18)
                .data(counting(2))
                .data(longs().withShape(Shape.of(0, 1)))
                .data(counting(0))
                .gives(counting(2));
    }

    @Test
    void rangesCountInBothDirectionsAndHaveAnEnd() {
        OperatorCase.of("Range", 11)
                .argument(ints(5).withShape(Shape.SCALAR))
                .argument(ints(0).withShape(Shape.SCALAR))
                .argument(ints(-2).withShape(Shape.SCALAR))
                .gives(ints(5, 3, 1));
        OperatorCase endless = OperatorCase.of("Range", 11)
                .argument(floats(new float[] {0}).withShape(Shape.SCALAR))
                .argument(floats(new float[] {1}).withShape(Shape.SCALAR))
                .argument(floats(new float[] {0}).withShape(Shape.SCALAR));
        assertThatThrownBy(endless::run).hasMessageContaining("delta");
    }

    @Test
    void negativeIndicesAreColdInTheFirstOneHot() {
        OperatorCase.of("OneHot", 9)
                .data(longs(-1, 1))
                .argument(longs(2).withShape(Shape.SCALAR))
                .data(ints(0, 1))
                .gives(ints(0, 0, 0, 1).withShape(Shape.of(2, 2)));
    }

    @Test
    void aScalarThatIsNotZeroHasTheIndexZero() {
        OperatorCase.of("NonZero", 13)
                .data(floats(new float[] {2}).withShape(Shape.SCALAR))
                .gives(longs(0).withShape(Shape.of(1, 1)));
    }

    @Test
    void trianglesOfMatricesBeyondTheDiagonal() {
        OperatorCase.of("Trilu", 14)
                .data(bytes(DataType.INT8, 1, 2, 3, 4).withShape(Shape.of(2, 2)))
                .argument(longs(5).withShape(Shape.SCALAR))
                .gives(bytes(DataType.INT8, 0, 0, 0, 0).withShape(Shape.of(2, 2)));
        OperatorCase.of("Trilu", 14)
                .with("upper", 0)
                .data(counting(2, 2))
                .argument(longs(Long.MAX_VALUE).withShape(Shape.SCALAR))
                .gives(counting(2, 2));
    }

    @Test
    void refusesInputsThatDoNotFit() {
        OperatorCase updates = OperatorCase.of("ScatterND", 18)
                .data(counting(2))
                .data(longs(0).withShape(Shape.of(1, 1)))
                .data(longs(1));
        assertThatThrownBy(updates::run).hasMessageContaining("input 2: expected FP32 as input 0, got INT64");
        OperatorCase position = OperatorCase.of("ScatterND", 18)
                .data(counting(2))
                .data(longs(2).withShape(Shape.of(1, 1)))
                .data(counting(1));
        assertThatThrownBy(position::run).hasMessageContaining("index 2");
        OperatorCase values = OperatorCase.of("OneHot", 11)
                .data(longs(0))
                .argument(longs(2).withShape(Shape.SCALAR))
                .data(ints(1));
        assertThatThrownBy(values::run).hasMessageContaining("values: expected two");
        OperatorCase eye = OperatorCase.of("EyeLike", 9).data(counting(2));
        assertThatThrownBy(eye::run).hasMessageContaining("matrix");
        OperatorCase ends = OperatorCase.of("Slice", 13)
                .data(counting(2, 2))
                .argument(longs(0, 0))
                .argument(longs(1));
        assertThatThrownBy(ends::run).hasMessageContaining("Slice");
        OperatorCase pads = OperatorCase.of("Pad", 13).data(counting(2, 2)).argument(longs(0, 0));
        assertThatThrownBy(pads::run).hasMessageContaining("2 pads for 2 axes");
    }

    @Test
    void selectsInOrderWithTheFirstOfEqualsFirst() {
        OperatorCase.of("TopK", 11)
                .data(floats(new float[] {0f, -0f, Float.NaN, -1, 5, -0f, 5, Float.NEGATIVE_INFINITY}))
                .argument(longs(6))
                .gives(floats(new float[] {Float.NaN, 5, 5, 0f, -0f, -0f}), longs(2, 4, 6, 0, 1, 5));
        OperatorCase.of("TopK", 11)
                .with("largest", 0)
                .with("sorted", 0)
                .data(longs(3, Long.MIN_VALUE, 3, Long.MAX_VALUE, 3))
                .argument(longs(3))
                .gives(longs(Long.MIN_VALUE, 3, 3), longs(1, 0, 2));
        OperatorCase.of("TopK", 11).data(counting(3)).argument(longs(0)).gives(counting(0), longs());
        OperatorCase tooMany = OperatorCase.of("TopK", 11).data(counting(3)).argument(longs(4));
        assertThatThrownBy(tooMany::run).hasMessageContaining("k is 4");
    }
}
