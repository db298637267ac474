package dev.nereid.models.operators.elementwise;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.nereid.kernels.parallel.Workers;
import dev.nereid.models.ModelFormatException;
import dev.nereid.models.graph.Dim;
import dev.nereid.models.graph.TensorType;
import dev.nereid.tensor.DataType;
import dev.nereid.tensor.Shape;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

class BroadcastLoopTest {
    private static final Dim N = Dim.symbol("n");

    @Test
    void readsEqualShapesInOneRun() {
        BroadcastLoop loop = BroadcastLoop.of(Shape.of(2, 3, 4), Shape.of(2, 3, 4), Shape.of(2, 3, 4));
        assertThat(runs(loop)).isEqualTo(1);
    }

    @Test
    void mergesAxesThatAreWalkedAlike() {
        BroadcastLoop suffix = BroadcastLoop.of(Shape.of(5, 2, 3, 4), Shape.of(5, 2, 3, 4), Shape.of(3, 4));
        assertThat(runs(suffix)).isEqualTo(10);
        BroadcastLoop channels = BroadcastLoop.of(Shape.of(2, 3, 4, 5), Shape.of(2, 3, 4, 5), Shape.of(3, 1, 1));
        assertThat(runs(channels)).isEqualTo(6);
        assertThat(channels.step(0)).isEqualTo(1);
        assertThat(channels.step(1)).isZero();
        BroadcastLoop scalar = BroadcastLoop.of(Shape.of(2, 3), Shape.of(2, 3), Shape.SCALAR);
        assertThat(runs(scalar)).isEqualTo(1);
    }

    @Test
    void visitsEveryElementWithItsOperands() {
        visit(Shape.of(2, 3, 4), Shape.of(2, 3, 4), Shape.of(4));
        visit(Shape.of(2, 3, 4), Shape.of(3, 1), Shape.of(2, 1, 4));
        visit(Shape.of(2, 1, 3), Shape.of(2, 1, 1), Shape.of(1, 3));
        visit(Shape.of(1, 1), Shape.SCALAR, Shape.of(1));
        visit(Shape.of(3, 5), Shape.of(1, 1), Shape.of(1));
        visit(Shape.of(2, 3, 2, 3), Shape.of(2, 1, 2, 1), Shape.of(1, 3, 1, 3));
        visit(Shape.of(2, 0, 3), Shape.of(2, 0, 3), Shape.of(3));
        visit(Shape.of(3, 70_000), Shape.of(3, 70_000), Shape.of(3, 1));
    }

    @Test
    void refusesShapesThatDoNotBroadcast() {
        assertThatThrownBy(() -> BroadcastLoop.of(Shape.of(2, 3), Shape.of(2, 3), Shape.of(2)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("shape [2] does not broadcast to [2,3]");
        TensorType left = TensorType.of(DataType.FP32, List.of(N, Dim.of(3)));
        TensorType right = TensorType.of(DataType.FP32, Shape.of(2));
        assertThatThrownBy(() -> Broadcasting.type(DataType.FP32, List.of(left, right)))
                .isInstanceOf(ModelFormatException.class)
                .hasMessage("shapes [n, 3] and [2] do not broadcast");
    }

    @Test
    void infersTheShapeOfSymbolicDims() {
        TensorType left = TensorType.of(DataType.FP32, List.of(N, Dim.of(1), Dim.of(4)));
        TensorType right = TensorType.of(DataType.FP32, List.of(Dim.symbol("m"), Dim.of(4)));
        assertThat(Broadcasting.type(DataType.BOOL, List.of(left, right)))
                .isEqualTo(TensorType.of(DataType.BOOL, List.of(N, Dim.symbol("m"), Dim.of(4))));
        assertThat(Broadcasting.type(DataType.FP32, List.of(left, TensorType.ofUnknownRank(DataType.FP32)))
                        .hasRank())
                .isFalse();
    }

    @Test
    void repeatsShortRowsManyAtATime() {
        Shape result = Shape.of(3, 40_000, 5);
        Shape row = Shape.of(3, 1, 5);
        BroadcastLoop loop = BroadcastLoop.of(result, row, result);
        assertThat(loop.repeatsRow(0)).isTrue();
        assertThat(loop.repeatsRow(1)).isFalse();
        boolean[] seen = new boolean[Math.toIntExact(result.elements())];
        loop.forEachRows(Workers.single(), Long.MAX_VALUE, (operands, first, rows, length) -> {
            assertThat(length).isEqualTo(5);
            assertThat(operands).containsExactly(first / 200_000 * 5, first);
            for (int i = 0; i < rows * length; i++) {
                assertThat(seen[Math.toIntExact(first) + i]).isFalse();
                seen[Math.toIntExact(first) + i] = true;
            }
        });
        assertThat(seen).doesNotContain(false);
    }

    @Test
    void repeatsNoRowThatIsLongOrNotRepeated() {
        Shape result = Shape.of(4, 300);
        assertThat(BroadcastLoop.of(result, result, Shape.of(300)).repeatsRow(1))
                .isFalse();
        assertThat(BroadcastLoop.of(Shape.of(4, 3), Shape.of(4, 3), Shape.of(4, 1))
                        .repeatsRow(1))
                .isFalse();
        assertThat(BroadcastLoop.of(Shape.of(4, 3), Shape.of(4, 1), Shape.of(1, 3))
                        .repeatsRow(1))
                .isFalse();
        assertThat(BroadcastLoop.of(Shape.of(4, 3), Shape.of(3), Shape.of(3)).repeatsRow(1))
                .isFalse();
    }

    private static int runs(BroadcastLoop loop) {
        int[] count = {0};
        loop.forEach(Workers.single(), Long.MAX_VALUE, (operands, result, length) -> count[0]++);
        return count[0];
    }

    /** Compares the indices of each visit with those of the definition. */
    private static void visit(Shape result, Shape... operands) {
        BroadcastLoop loop = BroadcastLoop.of(result, operands);
        int[] visits = new int[(int) result.elements()];
        loop.forEach(threeWorkers(), 1, (at, to, length) -> {
            for (int i = 0; i < length; i++) {
                visits[(int) to + i]++;
                for (int operand = 0; operand < operands.length; operand++) {
                    long index = at[operand] + (long) i * loop.step(operand);
                    assertThat(index).isEqualTo(index(result, to + i, operands[operand]));
                }
            }
        });
        assertThat(Arrays.stream(visits).allMatch(count -> count == 1)).isTrue();
    }

    private static long index(Shape result, long element, Shape operand) {
        long rest = element;
        long index = 0;
        long stride = 1;
        for (int axis = -1; axis >= -result.rank(); axis--) {
            long position = rest % result.dim(axis);
            rest /= result.dim(axis);
            if (-axis <= operand.rank()) {
                index += operand.dim(axis) == 1 ? 0 : position * stride;
                stride *= operand.dim(axis);
            }
        }
        return index;
    }

    /** Runs the tasks of three threads one after the other, the last first. */
    private static Workers threeWorkers() {
        return new Workers() {
            @Override
            public int count() {
                return 3;
            }

            @Override
            public void run(int tasks, Task task) {
                for (int i = tasks - 1; i >= 0; i--) {
                    task.run(i);
                }
            }
        };
    }
}
