package dev.nereid.kernels.recurrent;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.nereid.kernels.KernelTest;
import dev.nereid.kernels.matmul.Matrix;
import dev.nereid.kernels.parallel.WorkerPool;
import dev.nereid.kernels.parallel.Workers;
import dev.nereid.kernels.scalar.ScalarInt8Recurrent;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Layers of bytes agree with the plain loops, products to the last bit, and a sequence does not depend on its neighbours. */
public abstract class Int8RecurrentKernelsTest extends KernelTest {
    private static final int GATES = 4;

    private final Int8RecurrentKernels scalar = new ScalarInt8Recurrent();

    /** The kernel to test. */
    protected abstract Int8UnitKernel kernel();

    private Int8RecurrentKernels kernels() {
        return new RowwiseInt8Recurrent(kernel());
    }

    /** What weights are. */
    enum Weights {
        SIGNED(true, false),
        SIGNED_WITH_ZERO_POINTS(true, true),
        UNSIGNED(false, false),
        UNSIGNED_WITH_ZERO_POINTS(false, true);

        private final boolean signed;
        private final boolean shifted;

        Weights(boolean signed, boolean shifted) {
            this.signed = signed;
            this.shifted = shifted;
        }
    }

    record Case(Weights weights, int batch, int k, int hidden) {}

    static List<Case> cases() {
        List<Case> cases = new ArrayList<>();
        for (int hidden : new int[] {1, 3, 15, 16, 17, 33, 50}) {
            for (int batch : new int[] {1, 2, 5, 6, 7, 13}) {
                Weights weights = Weights.values()[(hidden + batch) % Weights.values().length];
                cases.add(new Case(weights, batch, hidden + batch % 3, hidden));
            }
        }
        cases.add(new Case(Weights.SIGNED, 1, 300, 128));
        cases.add(new Case(Weights.UNSIGNED_WITH_ZERO_POINTS, 8, 129, 100));
        return cases;
    }

    @ParameterizedTest
    @MethodSource("cases")
    void gatesAreThoseOfTheOracle(Case layer) {
        for (boolean biased : new boolean[] {true, false}) {
            float[] x = randomFloats(1, layer.batch() * layer.k(), -3f, 2f);
            assertThat(gates(kernels(), layer, x, biased, Workers.single()))
                    .isEqualTo(gates(scalar, layer, x, biased, Workers.single()));
        }
    }

    @ParameterizedTest
    @ValueSource(floats = {0, -0f, 1e-42f, 1e38f, Float.MAX_VALUE, Float.POSITIVE_INFINITY, Float.NaN})
    void gatesOfUnusualRowsAreThoseOfTheOracle(float number) {
        Case layer = new Case(Weights.UNSIGNED_WITH_ZERO_POINTS, 4, 21, 20);
        float[] x = randomFloats(1, 4 * 21, -1f, 1f);
        // A row of nothing else, one in which it occurs, and one that has numbers of one sign alone.
        Arrays.fill(x, 0, 21, number);
        x[30] = number;
        x[35] = -number;
        for (int i = 42; i < 63; i++) {
            x[i] = Math.abs(x[i]) + 1;
        }
        assertThat(gates(kernels(), layer, x, true, Workers.single()))
                .isEqualTo(gates(scalar, layer, x, true, Workers.single()));
    }

    @ParameterizedTest
    @MethodSource("cases")
    void eachStepIsThatOfTheOracle(Case layer) {
        int steps = 4;
        for (boolean reversed : new boolean[] {false, true}) {
            Run run = new Run(layer, steps, reversed);
            run.take(kernels(), 0, steps, Workers.single());
            Run plain = new Run(layer, steps, reversed);
            for (int t = 0; t < steps; t++) {
                // From the same states on: a state that differs a little may be rounded to another byte.
                plain.take(scalar, t, 1, Workers.single());
                assertClose(run.y(t), plain.y(t));
                MemorySegment.copy(run.y, 0, plain.y, 0, run.y.byteSize());
            }
            assertClose(run.cells(), plain.cells());
        }
    }

    @ParameterizedTest
    @EnumSource(Weights.class)
    void aSequenceDoesNotDependOnItsNeighbours(Weights weights) {
        int hidden = 37;
        Run all = new Run(new Case(weights, 9, hidden, hidden), 3, false);
        all.take(kernels(), 0, 3, Workers.single());
        for (int batch = 1; batch < 9; batch++) {
            Run some = new Run(new Case(weights, batch, hidden, hidden), 3, false);
            some.take(kernels(), 0, 3, Workers.single());
            for (int t = 0; t < 3; t++) {
                assertThat(some.y(t)).isEqualTo(Arrays.copyOf(all.y(t), batch * hidden));
            }
        }
    }

    @Test
    void doesNotDependOnTheWorkers() {
        Int8RecurrentKernels splitting = new RowwiseInt8Recurrent(kernel(), 1);
        for (int batch : new int[] {1, 2, 11}) {
            Case layer = new Case(Weights.SIGNED_WITH_ZERO_POINTS, batch, 19, 35);
            float[] x = randomFloats(1, batch * 19, -1f, 1f);
            Run single = new Run(layer, 3, true);
            single.take(kernels(), 0, 3, Workers.single());
            try (WorkerPool pool = new WorkerPool(3);
                    WorkerPool.Grant workers = pool.grant()) {
                assertThat(gates(splitting, layer, x, true, workers))
                        .isEqualTo(gates(kernels(), layer, x, true, Workers.single()));
                Run split = new Run(layer, 3, true);
                split.take(splitting, 0, 3, workers);
                for (int t = 0; t < 3; t++) {
                    assertThat(split.y(t)).isEqualTo(single.y(t));
                }
            }
        }
    }

    @Test
    void takesNoStepsOfNoSequences() {
        new Run(new Case(Weights.SIGNED, 3, 5, 5), 0, false).take(kernels(), 0, 0, Workers.single());
        gates(kernels(), new Case(Weights.SIGNED, 0, 5, 5), new float[0], true, Workers.single());
    }

    @Test
    void refusesRowsBeyondTheirSegment() {
        Int8RecurrentKernels kernels = kernels();
        Run run = new Run(new Case(Weights.SIGNED, 2, 5, 5), 2, false);
        assertThatThrownBy(() -> run.take(kernels, 0, 3, Workers.single()))
                .isInstanceOf(IndexOutOfBoundsException.class);
    }

    private Int8GateWeights weights(Weights kind, int k, int hidden) {
        Random random = new Random(5);
        int columns = GATES * hidden;
        MemorySegment bytes = allocate((long) k * columns);
        for (long i = 0; i < bytes.byteSize(); i++) {
            bytes.set(ValueLayout.JAVA_BYTE, i, (byte) random.nextInt(256));
        }
        MemorySegment zeroPoints = allocate(columns);
        for (long i = 0; i < columns; i++) {
            int middle = kind.signed ? 0 : 128;
            int zeroPoint = middle + (kind.shifted ? random.nextInt(40) - 20 : 0);
            zeroPoints.set(ValueLayout.JAVA_BYTE, i, (byte) zeroPoint);
        }
        float most = 4f / (float) Math.sqrt(k) / 128;
        MemorySegment scales = floats(randomFloats(6, columns, most / 8, most), 0);
        return Int8GateWeights.pack(
                new GateBlocks(GATES, hidden),
                new Int8GateWeights.Source(kind.signed, k, bytes, zeroPoints, scales),
                this::allocate);
    }

    private float[] gates(Int8RecurrentKernels kernels, Case layer, float[] x, boolean biased, Workers workers) {
        Int8GateWeights weights = weights(layer.weights(), layer.k(), layer.hidden());
        int columns = weights.blocks().columns();
        Optional<MemorySegment> bias =
                biased ? Optional.of(floats(randomFloats(7, columns, -1f, 1f), 0)) : Optional.empty();
        MemorySegment y = allocate(4L * layer.batch() * columns);
        kernels.gates(
                Matrix.of(floats(x, 0), layer.batch(), layer.k()),
                weights,
                bias,
                Matrix.of(y, layer.batch(), columns),
                allocate(kernels.scratchBytes(layer.batch(), weights)),
                workers);
        return floats(y, 0, layer.batch() * columns);
    }

    /** Steps of a layer over memory of their own. */
    private final class Run {
        private final Int8GateWeights weights;
        private final int batch;
        private final MemorySegment y;
        private final MemorySegment c;
        private final StepRows xRows;
        private final StepRows hRows;
        private final StepRows yRows;

        Run(Case layer, int steps, boolean reversed) {
            batch = layer.batch();
            int hidden = layer.hidden();
            weights = weights(layer.weights(), hidden, hidden);
            int columns = weights.blocks().columns();
            y = allocate(4L * steps * batch * hidden);
            c = floats(randomFloats(4, batch * hidden, -1f, 1f), 0);
            // A sequence has the same numbers in any batch.
            float[] x = new float[steps * batch * columns];
            for (int b = 0; b < batch; b++) {
                float[] own = randomFloats(20 + b, steps * columns, -1f, 1f);
                for (int t = 0; t < steps; t++) {
                    System.arraycopy(own, t * columns, x, (t * batch + b) * columns, columns);
                }
            }
            MemorySegment h = floats(randomFloats(3, batch * hidden, -1f, 1f), 0);
            xRows = rows(floats(x, 0), steps, columns, reversed);
            hRows = new StepRows(h, 0, 0, hidden);
            yRows = rows(y, steps, hidden, reversed);
        }

        private StepRows rows(MemorySegment segment, int steps, int columns, boolean reversed) {
            long step = (long) batch * columns;
            return reversed
                    ? new StepRows(segment, (steps - 1) * step, -step, columns)
                    : new StepRows(segment, 0, step, columns);
        }

        void take(Int8RecurrentKernels kernels, int from, int count, Workers workers) {
            StepRows before = from == 0 ? hRows : later(yRows, from - 1);
            RecurrentSteps steps = new RecurrentSteps(count, batch, later(xRows, from), before, later(yRows, from));
            kernels.lstm(weights, steps, c, allocate(kernels.scratchBytes(batch, weights)), workers);
        }

        private StepRows later(StepRows rows, int steps) {
            return new StepRows(rows.segment(), rows.index(steps, 0), rows.step(), rows.row());
        }

        float[] y(int t) {
            return floats(y, 4 * yRows.index(t, 0), batch * weights.blocks().hidden());
        }

        float[] cells() {
            return floats(c, 0, batch * weights.blocks().hidden());
        }
    }

    private static void assertClose(float[] actual, float[] expected) {
        assertThat(actual).hasSameSizeAs(expected);
        for (int i = 0; i < expected.length; i++) {
            assertThat(actual[i]).describedAs("element %d", i).isCloseTo(expected[i], within(4e-6f));
        }
    }
}
