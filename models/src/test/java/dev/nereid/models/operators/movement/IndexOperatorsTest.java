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

/** Operators that find elements by index, and operators that find indices. */
class IndexOperatorsTest {
    @Test
    void gathersSlices() {
        OperatorCase.of("Gather", 13)
                .data(counting(3, 2))
                .data(longs(2, -3).withShape(Shape.of(1, 2)))
                .gives(floats(new float[] {4, 5, 0, 1}, 1, 2, 2));
        OperatorCase.of("Gather", 13)
                .with("axis", 1)
                .data(counting(2, 3))
                .data(ints(1))
                .gives(floats(new float[] {1, 4}, 2, 1));
        OperatorCase.of("Gather", 13)
                .data(strings("a", "b"))
                .data(longs(1).withShape(Shape.SCALAR))
                .gives(strings("b").withShape(Shape.SCALAR));
    }

    @Test
    void refusesAnIndexOutsideTheAxis() {
        OperatorCase gather = OperatorCase.of("Gather", 13).data(counting(3)).data(longs(3));
        assertThatThrownBy(gather::run).hasMessageContaining("Gather").hasMessageContaining("index 3");
    }

    @Test
    void gathersSingleElements() {
        OperatorCase.of("GatherElements", 13)
                .with("axis", 1)
                .data(counting(2, 2))
                .data(longs(0, 0, 1, -2).withShape(Shape.of(2, 2)))
                .gives(floats(new float[] {0, 0, 3, 2}, 2, 2));
        OperatorCase.of("GatherND", 13)
                .data(counting(2, 2, 2))
                .data(longs(0, 1, 1, 0).withShape(Shape.of(2, 2)))
                .gives(floats(new float[] {2, 3, 4, 5}, 2, 2));
        OperatorCase.of("GatherND", 13)
                .with("batch_dims", 1)
                .data(counting(2, 3))
                .data(longs(2, 0).withShape(Shape.of(2, 1)))
                .gives(floats(new float[] {2, 3}));
    }

    @Test
    void scattersWithAndWithoutReduction() {
        OperatorCase.of("ScatterElements", 18)
                .data(counting(3))
                .data(longs(1, -1))
                .data(floats(new float[] {10, 20}))
                .gives(floats(new float[] {0, 10, 20}));
        OperatorCase.of("ScatterElements", 18)
                .with("reduction", "add")
                .data(longs(1, 2))
                .data(longs(1, 1))
                .data(longs(5, 6))
                .gives(longs(1, 13));
        OperatorCase.of("ScatterND", 18)
                .with("reduction", "max")
                .data(counting(2, 2))
                .data(longs(1).withShape(Shape.of(1, 1)))
                .data(floats(new float[] {9, 1}, 1, 2))
                .gives(floats(new float[] {0, 1, 9, 3}, 2, 2));
        OperatorCase.of("ScatterND", 16)
                .data(strings("a", "b"))
                .data(longs(0).withShape(Shape.of(1, 1)))
                .data(strings("z"))
                .gives(strings("z", "b"));
    }

    @Test
    void setsOneHotPerIndex() {
        OperatorCase.of("OneHot", 11)
                .data(longs(0, -1, 7))
                .argument(longs(2).withShape(Shape.SCALAR))
                .data(ints(5, 6))
                .gives(ints(6, 5, 5, 6, 5, 5).withShape(Shape.of(3, 2)));
        OperatorCase.of("OneHot", 11)
                .with("axis", 0)
                .data(longs(1, 0))
                .argument(floats(new float[] {2}).withShape(Shape.SCALAR))
                .data(ints(0, 1))
                .gives(ints(0, 1, 1, 0).withShape(Shape.of(2, 2)));
    }

    @Test
    void findsWhatIsNotZero() {
        OperatorCase.of("NonZero", 13)
                .data(floats(new float[] {0, 2, -0f, Float.NaN}, 2, 2))
                .gives(longs(0, 1, 1, 1).withShape(Shape.of(2, 2)));
        OperatorCase.of("NonZero", 13).data(bytes(DataType.BOOL, 0, 0)).gives(longs().withShape(Shape.of(1, 0)));
    }

    @Test
    void findsTheLargestAndTheSmallest() {
        OperatorCase.of("TopK", 11)
                .data(floats(new float[] {1, 3, 3, 2}))
                .argument(longs(3))
                .gives(floats(new float[] {3, 3, 2}), longs(1, 2, 3));
        OperatorCase.of("TopK", 11)
                .with("largest", 0)
                .with("axis", 0)
                .data(longs(4, 1, 2, 3).withShape(Shape.of(2, 2)))
                .argument(longs(1))
                .gives(longs(2, 1).withShape(Shape.of(1, 2)), longs(1, 0).withShape(Shape.of(1, 2)));
    }

    @Test
    void findsDifferentElementsAndSlices() {
        OperatorCase.of("Unique", 11)
                .data(floats(new float[] {2, 1, 2}))
                .gives(floats(new float[] {1, 2}), longs(1, 0), longs(1, 0, 1), longs(1, 2));
        OperatorCase.of("Unique", 11)
                .with("sorted", 0)
                .data(strings("b", "a", "b"))
                .gives(strings("b", "a"), longs(0, 1), longs(0, 1, 0), longs(2, 1));
        OperatorCase.of("Unique", 11)
                .with("axis", 1)
                .data(floats(new float[] {1, 0, 1, 1, 0, 1}, 2, 3))
                .gives(floats(new float[] {0, 1, 0, 1}, 2, 2), longs(1, 0), longs(1, 0, 1), longs(1, 2));
    }

    @Test
    void compressesByCondition() {
        OperatorCase.of("Compress", 11)
                .with("axis", 0)
                .data(counting(3, 2))
                .data(bytes(DataType.BOOL, 0, 1))
                .gives(floats(new float[] {2, 3}, 1, 2));
        OperatorCase.of("Compress", 11)
                .data(counting(2, 2))
                .data(bytes(DataType.BOOL, 1, 0, 0, 1))
                .gives(floats(new float[] {0, 3}));
    }

    @Test
    void reversesSequencesByTheirLengths() {
        OperatorCase.of("ReverseSequence", 10)
                .data(counting(3, 2))
                .data(longs(3, 2))
                .gives(floats(new float[] {4, 3, 2, 1, 0, 5}, 3, 2));
        OperatorCase.of("ReverseSequence", 10)
                .with("time_axis", 1)
                .with("batch_axis", 0)
                .data(counting(2, 2))
                .data(longs(1, 2))
                .gives(floats(new float[] {0, 1, 3, 2}, 2, 2));
    }
}
