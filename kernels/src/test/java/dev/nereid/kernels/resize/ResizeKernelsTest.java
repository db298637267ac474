package dev.nereid.kernels.resize;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.nereid.kernels.KernelTest;
import dev.nereid.kernels.parallel.Workers;
import dev.nereid.kernels.scalar.ScalarResize;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Images of another size by vectors, against the plain loops. */
public class ResizeKernelsTest extends KernelTest {
    /** Input and output lengths: larger and smaller, by whole factors and others, and as it was. */
    private static final List<int[]> AXES = List.of(
            new int[] {1, 1},
            new int[] {1, 5},
            new int[] {3, 7},
            new int[] {8, 16},
            new int[] {13, 26},
            new int[] {40, 80},
            new int[] {17, 61},
            new int[] {61, 17},
            new int[] {70, 35},
            new int[] {207, 20},
            new int[] {LANES - 1, 2 * LANES + 3},
            new int[] {2 * LANES, LANES});

    private static final List<int[]> FEW =
            List.of(new int[] {1, 1}, new int[] {3, 7}, new int[] {8, 16}, new int[] {17, 5});

    private static final int[] INNER = {1, 2, 3, 5, LANES - 1, LANES, LANES + 1, 2 * LANES + 3};
    private static final Workers THREE = new SeveralWorkers(3);

    private final ResizeKernels scalar = new ScalarResize();
    private ResizeKernels vector;

    @BeforeEach
    void chooseKernels() {
        vector = new VectorResize(gatherKernel());
    }

    /** Kernel that gathers words; other modules put their own in its place. */
    protected Optional<ResizeGatherKernel> gatherKernel() {
        return Optional.empty();
    }

    /** Says that there are more workers than one, and lets the caller do all of the work. */
    private record SeveralWorkers(int count) implements Workers {
        @Override
        public void run(int tasks, Task task) {
            for (int i = 0; i < tasks; i++) {
                task.run(i);
            }
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 4, 8})
    void gathersWhatTheOracleGathers(int elementBytes) {
        ResampledAxis often = axis(new int[] {LANES, 2 * LANES}, 1, true, false);
        warmUp(() -> gather(vector, elementBytes, new ResampledPlane(1, often, often, 1), Workers.single()));
        ResampledAxis seldom = axis(new int[] {2 * LANES, LANES}, 1, true, false);
        warmUp(() -> gather(vector, elementBytes, new ResampledPlane(1, seldom, seldom, 1), Workers.single()));
        for (int[] rows : FEW) {
            for (int[] columns : AXES) {
                for (int inner : INNER) {
                    boolean even = (rows[0] + columns[1] + inner) % 2 == 0;
                    ResampledPlane plane =
                            new ResampledPlane(2, axis(rows, 1, even, false), axis(columns, 1, even, false), inner);
                    gatherAlike(elementBytes, plane, Workers.single());
                }
            }
        }
    }

    @Test
    void gathersFromAxesThatStayWhatTheOracleGathers() {
        for (int inner : INNER) {
            ResampledAxis twice = axis(new int[] {20, 40}, 1, true, false);
            gatherAlike(4, new ResampledPlane(2, twice, ResampledAxis.kept(7), inner), Workers.single());
            gatherAlike(4, new ResampledPlane(2, ResampledAxis.kept(7), twice, inner), Workers.single());
            gatherAlike(4, ResampledPlane.of(3, twice, inner), Workers.single());
            gatherAlike(
                    2, new ResampledPlane(2, ResampledAxis.kept(7), ResampledAxis.kept(9), inner), Workers.single());
        }
    }

    @Test
    void gathersInAnyOrderAndFromFarAway() {
        int[] places = new SplittableRandom(3).ints(150, 0, 300).toArray();
        ResampledAxis wild = ResampledAxis.picked(300, places);
        ResampledAxis reversed = ResampledAxis.picked(5, 4, 4, 3, 0, 0, 1);
        for (int inner : INNER) {
            gatherAlike(4, new ResampledPlane(2, reversed, wild, inner), Workers.single());
            gatherAlike(1, new ResampledPlane(2, reversed, wild, inner), Workers.single());
        }
    }

    @Test
    void manyWorkersGatherTheSame() {
        ResampledAxis twice = axis(new int[] {70, 140}, 1, true, false);
        gatherAlike(4, new ResampledPlane(11, twice, twice, 1), THREE);
        gatherAlike(4, new ResampledPlane(1, twice, twice, 33), THREE);
        ResampledAxis little = axis(new int[] {3, 200}, 1, true, false);
        gatherAlike(4, new ResampledPlane(11, twice, little, 1), THREE);
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 4, 7})
    void addsAsTheOracleDoes(int width) {
        ResampledAxis often = axis(new int[] {LANES, 2 * LANES}, width, true, true);
        warmUp(() -> add(vector, new ResampledPlane(1, often, often, 1), Workers.single()));
        ResampledAxis seldom = axis(new int[] {2 * LANES, LANES}, width, true, true);
        warmUp(() -> add(vector, new ResampledPlane(1, seldom, seldom, 1), Workers.single()));
        for (int[] rows : FEW) {
            for (int[] columns : AXES) {
                for (int inner : INNER) {
                    addAlike(
                            new ResampledPlane(
                                    2, axis(rows, width, true, true), axis(columns, width, true, true), inner),
                            Workers.single());
                }
            }
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 4, 7})
    void roundsAfterEachWeightInTheOrderOfAxesAndTaps(int width) {
        for (int[] columns : AXES) {
            for (int inner : INNER) {
                ResampledAxis down = axis(new int[] {8, 16}, width, true, true);
                ResampledPlane plane = new ResampledPlane(2, down, axis(columns, width, true, true), inner);
                float[] x = randomFloats(7, Math.toIntExact(plane.inputs()), -1f, 1f);
                float[] between = inOrder(2, down, columns[0] * inner, x);
                float[] expected = inOrder(2 * down.to(), plane.columns(), inner, between);
                assertThat(add(vector, plane, Workers.single()))
                        .as(describe(plane))
                        .isEqualTo(expected);
            }
        }
    }

    private static float[] inOrder(int outer, ResampledAxis axis, int inner, float[] x) {
        float[] y = new float[outer * axis.to() * inner];
        for (int i = 0; i < y.length; i++) {
            int place = i / inner % axis.to();
            int image = i / inner / axis.to();
            for (int tap = place * axis.width(); tap < (place + 1) * axis.width(); tap++) {
                float number = x[(image * axis.from() + axis.indices()[tap]) * inner + i % inner];
                y[i] = Math.fma(number, axis.weights()[tap], y[i]);
            }
        }
        return y;
    }

    @Test
    void addsAlongOneAxisAsTheOracleDoes() {
        for (int[] lengths : AXES) {
            for (int inner : INNER) {
                ResampledAxis axis = axis(lengths, 2, true, true);
                addAlike(new ResampledPlane(3, axis, ResampledAxis.kept(5), inner), Workers.single());
                addAlike(new ResampledPlane(3, ResampledAxis.kept(5), axis, inner), Workers.single());
                addAlike(ResampledPlane.of(3, axis, inner), Workers.single());
            }
        }
        addAlike(new ResampledPlane(3, ResampledAxis.kept(5), ResampledAxis.kept(6), 7), Workers.single());
    }

    @Test
    void manyWorkersAddTheSame() {
        ResampledAxis twice = axis(new int[] {40, 80}, 2, true, true);
        for (ResampledPlane plane :
                List.of(new ResampledPlane(30, twice, twice, 1), new ResampledPlane(1, twice, twice, 40))) {
            assertThat(add(vector, plane, THREE)).isEqualTo(add(vector, plane, Workers.single()));
        }
        ResampledAxis little = axis(new int[] {3, 200}, 2, true, true);
        addAlike(new ResampledPlane(20, twice, little, 1), THREE);
    }

    @Test
    void numbersDependOnTheirOwnImageAlone() {
        ResampledAxis rows = axis(new int[] {9, 21}, 2, true, true);
        ResampledAxis columns = axis(new int[] {19, 45}, 2, true, true);
        float[] many = add(vector, new ResampledPlane(5, rows, columns, 1), Workers.single());
        float[] one = add(vector, new ResampledPlane(1, rows, columns, 1), Workers.single());
        assertThat(Arrays.copyOf(many, one.length)).isEqualTo(one);
    }

    @Test
    void refusesIndicesBeyondTheInput() {
        assertThatThrownBy(() -> ResampledAxis.picked(3, 0, 3)).isInstanceOf(IndexOutOfBoundsException.class);
    }

    private void gatherAlike(int elementBytes, ResampledPlane plane, Workers workers) {
        assertThat(gather(vector, elementBytes, plane, workers))
                .as("%d bytes, %s", elementBytes, describe(plane))
                .isEqualTo(gather(scalar, elementBytes, plane, workers));
    }

    private byte[] gather(ResizeKernels kernels, int elementBytes, ResampledPlane plane, Workers workers) {
        int inputs = Math.toIntExact(plane.inputs() * elementBytes);
        int outputs = Math.toIntExact(plane.outputs() * elementBytes);
        byte[] numbers = new byte[inputs];
        new SplittableRandom(inputs).nextBytes(numbers);
        MemorySegment x = allocate(Math.max(1, inputs)).asSlice(0, inputs);
        MemorySegment.copy(numbers, 0, x, ValueLayout.JAVA_BYTE, 0, inputs);
        MemorySegment y = allocate(outputs + 1L).asSlice(0, outputs);
        MemorySegment scratch = scratch(kernels.gatherScratchBytes(elementBytes, plane));
        kernels.gather(elementBytes, plane, x, y, scratch, workers);
        return y.toArray(ValueLayout.JAVA_BYTE);
    }

    private void addAlike(ResampledPlane plane, Workers workers) {
        float[] expected = add(scalar, plane, workers);
        float[] actual = add(vector, plane, workers);
        for (int i = 0; i < expected.length; i++) {
            assertThat(Math.abs(actual[i] - expected[i]))
                    .as("number %d, %s", i, describe(plane))
                    .isLessThan(2e-5f);
        }
    }

    private float[] add(ResizeKernels kernels, ResampledPlane plane, Workers workers) {
        int inputs = Math.toIntExact(plane.inputs());
        int outputs = Math.toIntExact(plane.outputs());
        MemorySegment x = floats(randomFloats(7, inputs, -1f, 1f), 0).asSlice(0, 4L * inputs);
        MemorySegment y = allocate(4L * outputs + 1).asSlice(0, 4L * outputs);
        MemorySegment scratch = scratch(kernels.resampleScratchBytes(plane, workers.count()));
        kernels.resample(plane, x, y, scratch, workers);
        return floats(y, 0, outputs);
    }

    private MemorySegment scratch(long bytes) {
        MemorySegment scratch = allocate(Math.max(1, bytes)).asSlice(0, bytes);
        scratch.fill((byte) 0xff);
        return scratch;
    }

    /** Places in order, {@code width} neighbours each, with any weights. */
    private static ResampledAxis axis(int[] lengths, int width, boolean fromZero, boolean weighted) {
        int from = lengths[0];
        int to = lengths[1];
        int[] indices = new int[to * width];
        for (int place = 0; place < to; place++) {
            int first = (int) ((place + (fromZero ? 0 : 0.5)) * from / to) - (width - 1) / 2;
            for (int tap = 0; tap < width; tap++) {
                indices[place * width + tap] = Math.clamp(first + tap, 0, from - 1);
            }
        }
        float[] weights = weighted ? randomFloats(from, indices.length, -1f, 1f) : new float[0];
        return new ResampledAxis(from, to, width, indices, weights);
    }

    private static String describe(ResampledPlane plane) {
        return "%d x (%d to %d) x (%d to %d) x %d"
                .formatted(
                        plane.outer(),
                        plane.rows().from(),
                        plane.rows().to(),
                        plane.columns().from(),
                        plane.columns().to(),
                        plane.inner());
    }
}
