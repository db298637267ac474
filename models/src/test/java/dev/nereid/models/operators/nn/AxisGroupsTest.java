package dev.nereid.models.operators.nn;

import static org.assertj.core.api.Assertions.assertThat;

import dev.nereid.kernels.parallel.Workers;
import dev.nereid.models.graph.RunValue;
import dev.nereid.models.lowering.RunResource;
import dev.nereid.models.lowering.StepRun;
import dev.nereid.models.lowering.Subgraph;
import dev.nereid.tensor.DataType;
import dev.nereid.tensor.Shape;
import dev.nereid.tensor.Tensor;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import java.util.List;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;

class AxisGroupsTest {
    @AutoClose
    private final Arena arena = Arena.ofShared();

    @Test
    void takesAxesThatLieTogetherAsTheyAre() {
        Shape shape = Shape.of(2, 3, 4, 5);
        AxisGroups middle = AxisGroups.of(shape, flags(4, 1, 2));
        assertThat(middle.needsGathering()).isFalse();
        assertThat(extents(middle)).containsExactly(2, 12, 5);
        assertThat(extents(AxisGroups.of(shape, flags(4, 0, 1, 2, 3)))).containsExactly(1, 120, 1);
        assertThat(extents(AxisGroups.of(shape, flags(4)))).containsExactly(1, 1, 120);
        assertThat(extents(AxisGroups.of(Shape.SCALAR, flags(0)))).containsExactly(1, 1, 1);
    }

    @Test
    void gathersAxesThatLieApart() {
        Shape shape = Shape.of(2, 3, 2);
        AxisGroups groups = AxisGroups.of(shape, flags(3, 0, 2));
        assertThat(extents(groups)).containsExactly(3, 4, 1);
        assertThat(gather(groups, 12)).containsExactly(0, 1, 6, 7, 2, 3, 8, 9, 4, 5, 10, 11);
        AxisGroups inner = AxisGroups.of(Shape.of(2, 2, 2, 2), flags(4, 0, 2));
        assertThat(extents(inner)).containsExactly(2, 4, 2);
        assertThat(gather(inner, 16)).containsExactly(0, 1, 2, 3, 8, 9, 10, 11, 4, 5, 6, 7, 12, 13, 14, 15);
    }

    @Test
    void putsReducedAxesInnermostAndBack() {
        AxisGroups rows = AxisGroups.rows(Shape.of(2, 2, 3), flags(3, 0));
        assertThat(extents(rows)).containsExactly(6, 2, 1);
        assertThat(gather(rows, 12)).containsExactly(0, 6, 1, 7, 2, 8, 3, 9, 4, 10, 5, 11);
        MemorySegment gathered = rows.gather(new Scratch(), numbers(12), 4);
        MemorySegment back = arena.allocate(48, 8);
        rows.scatter(gathered, back, 4);
        assertThat(back.toArray(ValueLayout.JAVA_INT))
                .containsExactly(IntStream.range(0, 12).toArray());
    }

    private int[] gather(AxisGroups groups, int count) {
        return groups.gather(new Scratch(), numbers(count), 4).toArray(ValueLayout.JAVA_INT);
    }

    private MemorySegment numbers(int count) {
        return arena.allocateFrom(
                ValueLayout.JAVA_INT, IntStream.range(0, count).toArray());
    }

    private static int[] extents(AxisGroups groups) {
        return new int[] {groups.outer(), groups.reduced(), groups.inner()};
    }

    private static boolean[] flags(int rank, int... axes) {
        boolean[] flags = new boolean[rank];
        Arrays.stream(axes).forEach(axis -> flags[axis] = true);
        return flags;
    }

    /** A run that has nothing but scratch memory. */
    private final class Scratch implements StepRun {
        @Override
        public boolean has(int input) {
            return false;
        }

        @Override
        public Tensor input(int input) {
            throw new AssertionError("no inputs");
        }

        @Override
        public boolean wants(int output) {
            return false;
        }

        @Override
        public Tensor output(int output) {
            throw new AssertionError("no outputs");
        }

        @Override
        public Tensor allocate(int output, Shape shape) {
            throw new AssertionError("no outputs");
        }

        @Override
        public RunValue value(int input) {
            throw new AssertionError("no inputs");
        }

        @Override
        public void put(int output, RunValue value) {
            throw new AssertionError("no outputs");
        }

        @Override
        public List<RunValue> run(Subgraph body, List<RunValue> inputs) {
            throw new AssertionError("no bodies");
        }

        @Override
        public <T extends RunResource> T resource(Class<T> type, Supplier<T> make) {
            throw new AssertionError("nothing to share");
        }

        @Override
        public RunValue keep(RunValue value) {
            throw new AssertionError("no memory but scratch");
        }

        @Override
        public List<RunValue> carry(List<RunValue> values) {
            throw new AssertionError("no bodies");
        }

        @Override
        public Tensor allocate(DataType dataType, Shape shape) {
            throw new AssertionError("no memory but scratch");
        }

        @Override
        public MemorySegment scratch(long bytes) {
            return arena.allocate(bytes, 8);
        }

        @Override
        public Workers workers() {
            return Workers.single();
        }
    }
}
