package dev.nereid.models.operators.movement;

import static dev.nereid.models.operators.Tensors.bytes;
import static dev.nereid.models.operators.Tensors.counting;
import static dev.nereid.models.operators.Tensors.floats;
import static dev.nereid.models.operators.Tensors.longs;
import static dev.nereid.models.operators.Tensors.strings;
import static org.assertj.core.api.Assertions.assertThat;

import dev.nereid.kernels.parallel.Workers;
import dev.nereid.models.operators.OperatorCase;
import dev.nereid.tensor.DataType;
import dev.nereid.tensor.Shape;
import dev.nereid.tensor.Tensor;
import java.lang.foreign.Arena;
import java.lang.foreign.ValueLayout;
import java.util.Random;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Tensors padded with elements of their own, against the definition element by element. */
class PadTest {
    private final Random random = new Random(11);

    @ParameterizedTest
    @EnumSource(
            value = PadMode.class,
            names = {"EDGE", "REFLECT", "WRAP"})
    void anyShapeIsPaddedAndCutAsDefined(PadMode mode) {
        for (int round = 0; round < 400; round++) {
            int rank = random.nextInt(5);
            long[] dims = new long[rank];
            long[] before = new long[rank];
            long[] padded = new long[rank];
            for (int axis = 0; axis < rank; axis++) {
                // Of every second tensor rows are longer than vectors.
                int most = axis == rank - 1 && round % 2 == 0 ? 45 : 6;
                dims[axis] = random.nextInt(1, most);
                // Every second axis stays, others may be cut on either side, or padded by more than they have.
                boolean stays = random.nextBoolean();
                before[axis] = stays ? 0 : random.nextInt(-3, most + 3);
                padded[axis] =
                        stays ? dims[axis] : Math.max(0, dims[axis] + before[axis] + random.nextInt(-3, most + 3));
            }
            check(mode, Shape.of(dims), Shape.of(padded), before);
        }
    }

    @Test
    void anyShapeIsPaddedWithAValue() {
        for (int round = 0; round < 60; round++) {
            int rank = 1 + random.nextInt(4);
            long[] dims = new long[rank];
            long[] pads = new long[2 * rank];
            for (int axis = 0; axis < rank; axis++) {
                dims[axis] = random.nextInt(5);
                pads[axis] = random.nextInt(-4, 4);
                pads[rank + axis] = Math.max(random.nextInt(-4, 4), -dims[axis] - pads[axis]);
            }
            checkSurrounded(dims, pads);
        }
    }

    /** Planes that are filled some at a time, and ones that are filled row by row. */
    @Test
    void manyAndLargePlanesArePaddedWithAValue() {
        checkSurrounded(new long[] {7, 40, 30, 21}, new long[] {0, 0, 2, 1, 0, 0, 3, 0});
        checkSurrounded(new long[] {2, 3, 210, 190}, new long[] {0, 0, 90, -1, 0, 0, -4, 5});
        checkSurrounded(new long[] {410, 100}, new long[] {0, 0, 700, 3});
    }

    private static void checkSurrounded(long[] dims, long[] pads) {
        int rank = dims.length;
        long[] padded = new long[rank];
        for (int axis = 0; axis < rank; axis++) {
            padded[axis] = dims[axis] + pads[axis] + pads[rank + axis];
        }
        Shape to = Shape.of(padded);
        float[] expected = new float[Math.toIntExact(to.elements())];
        IndexWalk positions = new IndexWalk(to);
        for (int i = 0; i < expected.length; i++) {
            long source = 0;
            boolean isInside = true;
            for (int axis = 0; axis < rank; axis++) {
                long place = positions.at(axis) - pads[axis];
                isInside &= place >= 0 && place < dims[axis];
                source = source * dims[axis] + place;
            }
            expected[i] = isInside ? source : -7;
            positions.next();
        }
        OperatorCase.of("Pad", 13)
                .data(counting(dims))
                .argument(longs(pads))
                .argument(floats(new float[] {-7}).withShape(Shape.SCALAR))
                .gives(floats(expected, padded));
    }

    @Test
    void manyRowsAreSharedByWorkers() {
        for (PadMode mode : PadMode.values()) {
            if (mode != PadMode.CONSTANT) {
                check(mode, Shape.of(3, 7, 90, 800), Shape.of(3, 9, 95, 801), 0, 1, 2, 1);
            }
        }
    }

    private void check(PadMode mode, Shape from, Shape to, long... before) {
        try (Arena arena = Arena.ofConfined()) {
            int count = Math.toIntExact(from.elements());
            Tensor x = Tensor.of(DataType.FP32, from, arena.allocate(4L * Math.max(1, count), 64));
            for (int i = 0; i < count; i++) {
                x.segment().setAtIndex(ValueLayout.JAVA_FLOAT, i, i);
            }
            Tensor y = Tensor.of(DataType.FP32, to, arena.allocate(4L * Math.max(1, to.elements()), 64));
            PadFromInput.of(mode, from, to, before).copy(x, y, new Threes());
            IndexWalk positions = new IndexWalk(to);
            float[] expected = new float[Math.toIntExact(to.elements())];
            for (int i = 0; i < expected.length; i++) {
                long source = 0;
                for (int axis = 0; axis < before.length; axis++) {
                    source += mode.source(positions.at(axis) - before[axis], from.dim(axis)) * from.strides()[axis];
                }
                expected[i] = source;
                positions.next();
            }
            float[] actual = y.segment().asSlice(0, y.byteSize()).toArray(ValueLayout.JAVA_FLOAT);
            assertThat(actual).as(mode + " " + from + " to " + to).isEqualTo(expected);
        }
    }

    /** Three workers, one after the other and the last one first. */
    private record Threes() implements Workers {
        @Override
        public int count() {
            return 3;
        }

        @Override
        public void run(int tasks, Task task) {
            for (int index = tasks - 1; index >= 0; index--) {
                task.run(index);
            }
        }
    }

    @Test
    void reflectionsFoldAsOftenAsItTakes() {
        assertThat(LongStream.range(-5, 8)
                        .map(position -> PadMode.REFLECT.source(position, 3))
                        .toArray())
                .containsExactly(1, 0, 1, 2, 1, 0, 1, 2, 1, 0, 1, 2, 1);
    }

    @Test
    void elementsOfAnyTypeAreRepeated() {
        OperatorCase.of("Pad", 19)
                .with("mode", "reflect")
                .data(strings("a", "b", "c", "d", "e", "f").withShape(Shape.of(2, 3)))
                .argument(longs(1, 1, 0, 3))
                .gives(strings(
                                "e", "d", "e", "f", "e", "d", "e", "b", "a", "b", "c", "b", "a", "b", "e", "d", "e",
                                "f", "e", "d", "e")
                        .withShape(Shape.of(3, 7)));
        OperatorCase.of("Pad", 25)
                .with("mode", "wrap")
                .data(bytes(DataType.INT4, -8, 7, 3))
                .argument(longs(-1, 2))
                .gives(bytes(DataType.INT4, 7, 3, -8, 7));
    }

    @Test
    void whatIsCutAwayToNothingRepeatsNothing() {
        OperatorCase.of("Pad", 19)
                .with("mode", "edge")
                .data(counting(2, 3))
                .argument(longs(1, -3, 1, 0))
                .gives(counting(4, 0));
        OperatorCase.of("Pad", 19)
                .with("mode", "reflect")
                .data(counting(0, 3))
                .argument(longs(0, 1, 0, 1))
                .gives(counting(0, 5));
    }
}
