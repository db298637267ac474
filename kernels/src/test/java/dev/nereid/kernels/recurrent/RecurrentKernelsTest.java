package dev.nereid.kernels.recurrent;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.nereid.kernels.KernelTest;
import dev.nereid.kernels.cpu.Cpu;
import dev.nereid.kernels.matmul.Matrix;
import dev.nereid.kernels.matmul.VectorPanelKernel;
import dev.nereid.kernels.parallel.WorkerPool;
import dev.nereid.kernels.parallel.Workers;
import dev.nereid.kernels.scalar.ScalarRecurrent;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Steps of LSTM and GRU agree with the plain loops, at any size, and a sequence does not depend on its neighbours. */
public class RecurrentKernelsTest extends KernelTest {
    private static final int LSTM = 4;
    private static final int GRU = 3;

    private static final Set<Class<?>> WARM = ConcurrentHashMap.newKeySet();

    private final RecurrentKernels scalar = new ScalarRecurrent();

    /** The kernel to test. */
    protected UnitKernel kernel() {
        return new VectorUnitKernel(new VectorPanelKernel(Cpu.detect()));
    }

    private RecurrentKernels kernels() {
        return new BlockedRecurrent(kernel());
    }

    /** Tiles of every height, whole blocks and parts of one. */
    @BeforeEach
    void compile() {
        if (WARM.add(getClass())) {
            for (int batch : new int[] {1, 2, 4, 6, 9}) {
                Case layer = new Case(1, batch, 18, false, false);
                warmUp(prepareLstm(kernels(), layer, Workers.single(), 1f).run());
                warmUp(prepareGru(kernels(), layer, Workers.single(), 1f, true).run());
            }
        }
    }

    /**
     * A layer and its data.
     *
     * @param reversed whether the steps go from the last row of x and y to the first
     * @param batchFirst whether the steps of a sequence lie next to each other
     */
    record Case(int steps, int batch, int hidden, boolean reversed, boolean batchFirst) {
        StepRows rows(MemorySegment segment, int columns) {
            long step = batchFirst ? columns : (long) batch * columns;
            long row = batchFirst ? (long) steps * columns : columns;
            return reversed
                    ? new StepRows(segment, (steps - 1) * step, -step, row)
                    : new StepRows(segment, 0, step, row);
        }
    }

    static List<Case> cases() {
        List<Case> cases = new ArrayList<>();
        for (int hidden : new int[] {1, 3, 15, 16, 17, 33}) {
            for (int batch = 1; batch <= 9; batch++) {
                cases.add(new Case(2, batch, hidden, (batch + hidden) % 2 == 0, batch % 3 == 0));
            }
        }
        for (int hidden : new int[] {100, 128}) {
            cases.add(new Case(3, 1, hidden, hidden == 100, false));
            cases.add(new Case(2, 8, hidden, hidden == 128, true));
        }
        cases.add(new Case(2, 17, 20, false, false));
        // Longer sums than a panel's rows stay in the L1 cache for.
        cases.add(new Case(1, 2, 150, true, true));
        return cases;
    }

    @ParameterizedTest
    @MethodSource("cases")
    void lstmAgreesWithTheOracle(Case layer) {
        assertClose(lstm(kernels(), layer, Workers.single(), 1f), lstm(scalar, layer, Workers.single(), 1f));
    }

    @ParameterizedTest
    @MethodSource("cases")
    void gruAgreesWithTheOracle(Case layer) {
        assertClose(gru(kernels(), layer, Workers.single(), 1f, true), gru(scalar, layer, Workers.single(), 1f, true));
        assertClose(
                gru(kernels(), layer, Workers.single(), 1f, false), gru(scalar, layer, Workers.single(), 1f, false));
    }

    @ParameterizedTest
    @ValueSource(floats = {20f, 1e4f, Float.MAX_VALUE, Float.POSITIVE_INFINITY, Float.NaN})
    void gatesMayBeFarFromZero(float scale) {
        for (int batch : new int[] {1, 8}) {
            Case layer = new Case(4, batch, 19, false, false);
            assertClose(lstm(kernels(), layer, Workers.single(), scale), lstm(scalar, layer, Workers.single(), scale));
            assertClose(
                    gru(kernels(), layer, Workers.single(), scale, true),
                    gru(scalar, layer, Workers.single(), scale, true));
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {16, 37})
    void aSequenceDoesNotDependOnItsNeighbours(int hidden) {
        Case all = new Case(2, 9, hidden, false, true);
        float[] lstm = lstm(kernels(), all, Workers.single(), 1f);
        float[] gru = gru(kernels(), all, Workers.single(), 1f, true);
        int values = 2 * hidden;
        for (int batch = 1; batch < 9; batch++) {
            Case some = new Case(2, batch, hidden, false, true);
            assertThat(Arrays.copyOf(lstm(kernels(), some, Workers.single(), 1f), batch * values))
                    .isEqualTo(Arrays.copyOf(lstm, batch * values));
            assertThat(Arrays.copyOf(gru(kernels(), some, Workers.single(), 1f, true), batch * values))
                    .isEqualTo(Arrays.copyOf(gru, batch * values));
        }
    }

    @Test
    void doesNotDependOnTheWorkers() {
        RecurrentKernels splitting = new BlockedRecurrent(kernel(), 1);
        for (int batch : new int[] {1, 5}) {
            Case layer = new Case(3, batch, 75, batch == 5, false);
            float[] lstm = lstm(kernels(), layer, Workers.single(), 1f);
            float[] gru = gru(kernels(), layer, Workers.single(), 1f, true);
            try (WorkerPool pool = new WorkerPool(3);
                    WorkerPool.Grant workers = pool.grant()) {
                assertThat(lstm(splitting, layer, workers, 1f)).isEqualTo(lstm);
                assertThat(gru(splitting, layer, workers, 1f, true)).isEqualTo(gru);
            }
        }
    }

    @Test
    void takesNoStepsOfNoSequences() {
        lstm(kernels(), new Case(0, 3, 5, false, false), Workers.single(), 1f);
        gru(kernels(), new Case(3, 0, 5, false, false), Workers.single(), 1f, true);
    }

    @Test
    void refusesWeightsInBlocksOfOtherUnits() {
        int units = 2 * kernel().units();
        RecurrentWeights weights = weights(kernels(), new GateBlocks(LSTM, 5, units));
        StepRows none = new StepRows(MemorySegment.NULL, 0, 0, 0);
        RecurrentSteps steps = new RecurrentSteps(0, 0, none, none, none);
        assertThatThrownBy(
                        () -> kernels().lstm(weights, steps, MemorySegment.NULL, MemorySegment.NULL, Workers.single()))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("blocks of " + units + " units");
    }

    @Test
    void refusesRowsBeyondTheirSegment() {
        GateBlocks blocks = new GateBlocks(LSTM, 5, kernel().units());
        MemorySegment memory = allocate(4L * 64 * 3);
        RecurrentWeights weights = weights(kernels(), blocks);
        StepRows short2 = new StepRows(memory, 0, 64, 64);
        RecurrentSteps steps = new RecurrentSteps(4, 1, short2, new StepRows(memory, 0, 0, 0), short2);
        MemorySegment scratch = allocate(kernels().scratchBytes(blocks, 1, 1));
        assertThatThrownBy(() -> kernels().lstm(weights, steps, allocate(20), scratch, Workers.single()))
                .isInstanceOf(IndexOutOfBoundsException.class)
                .hasMessageContaining("768 bytes");
    }

    private RecurrentWeights weights(RecurrentKernels kernels, GateBlocks blocks) {
        int hidden = blocks.hidden();
        float bound = 2f / (float) Math.sqrt(hidden);
        MemorySegment plain = floats(randomFloats(5, blocks.gates() * hidden * hidden, -bound, bound), 0);
        return RecurrentWeights.pack(
                kernels,
                blocks,
                Matrix.of(plain, blocks.gates() * hidden, hidden),
                allocate(RecurrentWeights.bytes(blocks)));
    }

    /** Steps that may be taken any number of times, and what has come of them. */
    private record Prepared(Runnable run, Supplier<float[]> result) {
        float[] once() {
            run.run();
            return result.get();
        }
    }

    /** y, then c. */
    private float[] lstm(RecurrentKernels kernels, Case layer, Workers workers, float scale) {
        return prepareLstm(kernels, layer, workers, scale).once();
    }

    private Prepared prepareLstm(RecurrentKernels kernels, Case layer, Workers workers, float scale) {
        GateBlocks blocks = new GateBlocks(LSTM, layer.hidden(), kernel().units());
        RecurrentWeights weights = weights(kernels, blocks);
        int states = layer.batch() * layer.hidden();
        MemorySegment c = floats(randomFloats(4, states, -1f, 1f), 0);
        MemorySegment scratch = allocate(kernels.scratchBytes(blocks, layer.batch(), workers.count()));
        MemorySegment y = allocate(4L * layer.steps() * states);
        RecurrentSteps steps = steps(layer, blocks, scale, y);
        return new Prepared(() -> kernels.lstm(weights, steps, c, scratch, workers), () -> {
            float[] both = Arrays.copyOf(floats(y, 0, layer.steps() * states), (layer.steps() + 1) * states);
            System.arraycopy(floats(c, 0, states), 0, both, layer.steps() * states, states);
            return both;
        });
    }

    private float[] gru(RecurrentKernels kernels, Case layer, Workers workers, float scale, boolean biased) {
        return prepareGru(kernels, layer, workers, scale, biased).once();
    }

    private Prepared prepareGru(RecurrentKernels kernels, Case layer, Workers workers, float scale, boolean biased) {
        GateBlocks blocks = new GateBlocks(GRU, layer.hidden(), kernel().units());
        RecurrentWeights weights = weights(kernels, blocks);
        MemorySegment bias =
                biased ? floats(randomFloats(6, blocks.blocks() * blocks.units(), -1f, 1f), 0) : MemorySegment.NULL;
        MemorySegment scratch = allocate(kernels.scratchBytes(blocks, layer.batch(), workers.count()));
        int states = layer.steps() * layer.batch() * layer.hidden();
        MemorySegment y = allocate(4L * states);
        RecurrentSteps steps = steps(layer, blocks, scale, y);
        return new Prepared(() -> kernels.gru(weights, steps, bias, scratch, workers), () -> floats(y, 0, states));
    }

    private RecurrentSteps steps(Case layer, GateBlocks blocks, float scale, MemorySegment y) {
        float[] x = randomFloats(2, layer.steps() * layer.batch() * blocks.columns(), -1f, 1f);
        for (int i = 0; i < x.length; i++) {
            x[i] *= scale;
        }
        MemorySegment h = floats(randomFloats(3, layer.batch() * layer.hidden(), -1f, 1f), 0);
        return new RecurrentSteps(
                layer.steps(),
                layer.batch(),
                layer.rows(floats(x, 0), blocks.columns()),
                new StepRows(h, 0, 0, layer.hidden()),
                layer.rows(y, layer.hidden()));
    }

    private static void assertClose(float[] actual, float[] expected) {
        assertThat(actual).hasSameSizeAs(expected);
        for (int i = 0; i < expected.length; i++) {
            if (Float.isNaN(expected[i])) {
                assertThat(actual[i]).describedAs("element %d", i).isNaN();
            } else {
                assertThat(actual[i]).describedAs("element %d", i).isCloseTo(expected[i], within(2e-6f));
            }
        }
    }
}
