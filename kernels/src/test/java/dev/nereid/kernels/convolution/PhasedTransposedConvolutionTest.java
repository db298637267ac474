package dev.nereid.kernels.convolution;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.nereid.kernels.KernelTest;
import dev.nereid.kernels.convolution.channelslast.VectorChannelsLast;
import dev.nereid.kernels.cpu.Cpu;
import dev.nereid.kernels.matmul.Activation;
import dev.nereid.kernels.matmul.VectorPanelKernel;
import dev.nereid.kernels.parallel.WorkerPool;
import dev.nereid.kernels.parallel.Workers;
import dev.nereid.kernels.scalar.ScalarChannelsFirst;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Transposed convolutions with groups, far taps and gaps, against the definition with its channels first. */
class PhasedTransposedConvolutionTest extends KernelTest {
    private static final float ADDED = 0.25f;

    private final ChannelsLastKernels vector = new VectorChannelsLast(new VectorPanelKernel(Cpu.detect()));

    /** How the kernel moves, the same along all axes. */
    private record Moves(int kernel, int stride, int dilation, int padding, int longer) {}

    private static ConvShape shape(int batch, int inputs, int outputs, int groups, int[] x, Moves moves) {
        int rank = x.length;
        int[] y = new int[rank];
        for (int axis = 0; axis < rank; axis++) {
            y[axis] = (x[axis] - 1) * moves.stride()
                    + (moves.kernel() - 1) * moves.dilation()
                    + 1
                    - 2 * moves.padding()
                    + moves.longer();
        }
        return new ConvShape(
                batch,
                outputs,
                inputs,
                groups,
                new Window(
                        y,
                        each(rank, moves.kernel()),
                        each(rank, moves.stride()),
                        each(rank, moves.dilation()),
                        each(rank, moves.padding()),
                        x));
    }

    private static int[] each(int rank, int number) {
        int[] numbers = new int[rank];
        Arrays.fill(numbers, number);
        return numbers;
    }

    static List<ConvShape> shapes() {
        List<Moves> all = List.of(
                new Moves(1, 1, 1, 0, 0),
                new Moves(2, 2, 1, 0, 0),
                new Moves(4, 2, 1, 1, 0),
                new Moves(3, 2, 1, 1, 1),
                new Moves(3, 1, 2, 2, 0),
                new Moves(3, 2, 2, 2, 1),
                new Moves(3, 2, 3, 1, 0),
                new Moves(2, 6, 4, 0, 2),
                new Moves(1, 3, 1, 0, 0),
                new Moves(2, 3, 1, 0, 1),
                new Moves(5, 3, 1, 4, 0),
                new Moves(5, 1, 1, 5, 0));
        List<ConvShape> shapes = new ArrayList<>();
        for (Moves moves : all) {
            for (int[] x : new int[][] {{11}, {7, 9}, {6, 7, 8}}) {
                shapes.add(shape(2, 3, 5, 1, x, moves));
                shapes.add(shape(2, 6, 4, 2, x, moves));
                shapes.add(shape(2, 3, 3, 3, x, moves));
                shapes.add(shape(1, LANES + 1, LANES + 1, LANES + 1, x, moves));
            }
        }
        Moves doubling = new Moves(4, 2, 1, 1, 0);
        shapes.add(shape(1, 3, 6, 3, new int[] {4, 5}, doubling));
        shapes.add(shape(1, 6, 3, 3, new int[] {4, 5}, doubling));
        shapes.add(shape(1, 2 * LANES, 4 * LANES, 2, new int[] {3, 9}, doubling));
        shapes.add(shape(1, 2 * LANES, 2 * LANES, 2 * LANES, new int[] {1, 1}, doubling));
        shapes.add(shape(1, 4, 4, 4, new int[] {3, 3}, new Moves(16, 8, 1, 4, 0)));
        return shapes;
    }

    @ParameterizedTest
    @MethodSource("shapes")
    void agreesWithTheOracle(ConvShape shape) {
        float[] expected = lastOf(shape, definition(shape));
        float[] actual = run(shape, Activation.NONE, Workers.single());
        assertThat(actual).hasSameSizeAs(expected);
        for (int i = 0; i < expected.length; i++) {
            assertThat(actual[i]).describedAs("element %d", i).isCloseTo(expected[i] + ADDED, within(5e-5f));
        }
        float[] positive = run(shape, Activation.of(Activation.Kind.RELU), Workers.single());
        for (int i = 0; i < expected.length; i++) {
            assertThat(positive[i])
                    .describedAs("element %d", i)
                    .isCloseTo(Math.max(0, expected[i]) + ADDED, within(5e-5f));
        }
    }

    @ParameterizedTest
    @MethodSource("shapes")
    void filtersThatAreComputedArePackedAlike(ConvShape shape) {
        PhasedTransposedFilters filters = new PhasedTransposedFilters(shape, vector);
        int count = Math.toIntExact(filters.packedBytes() / 4);
        MemorySegment constant = allocate(4L * count);
        List<Optional<PackedFilters>> expected = filters.pack(filters(shape), constant);
        MemorySegment computed = allocate(4L * count);
        MemorySegment scratch = allocate(filters.computedScratchBytes()).fill((byte) 0x7f);
        List<Optional<PackedFilters>> actual = filters.packComputed(filters(shape), computed, scratch);
        assertThat(floats(computed, 0, count)).isEqualTo(floats(constant, 0, count));
        assertThat(actual.stream().map(Optional::isPresent).toList())
                .isEqualTo(expected.stream().map(Optional::isPresent).toList());
    }

    @Test
    void resultDoesNotDependOnTheWorkersNorOnTheBatch() {
        Moves moves = new Moves(4, 2, 1, 1, 0);
        ConvShape two = shape(2, 64, 64, 64, new int[] {40, 32}, moves);
        float[] alone = run(two, Activation.NONE, Workers.single());
        try (WorkerPool pool = new WorkerPool(3);
                WorkerPool.Grant workers = pool.grant()) {
            assertThat(run(two, Activation.NONE, workers)).isEqualTo(alone);
            float[] first = run(shape(1, 64, 64, 64, new int[] {40, 32}, moves), Activation.NONE, workers);
            assertThat(first).isEqualTo(Arrays.copyOf(alone, first.length));
        }
    }

    private static int weights(ConvShape shape) {
        return shape.filters() * shape.groupChannels() * shape.window().taps();
    }

    private MemorySegment filters(ConvShape shape) {
        return floats(randomFloats(2, weights(shape), -0.2f, 0.2f), 0);
    }

    private MemorySegment bias(ConvShape shape) {
        return floats(randomFloats(3, shape.channels(), -1f, 1f), 0);
    }

    /** x with the channels last. */
    private float[] input(ConvShape shape) {
        return randomFloats(1, shape.batch() * shape.filters() * shape.window().outputs(), -1f, 1f);
    }

    private float[] definition(ConvShape shape) {
        int cells = shape.window().outputs();
        float[] last = input(shape);
        float[] first = new float[last.length];
        for (int i = 0; i < last.length; i++) {
            int channel = i % shape.filters();
            int cell = i / shape.filters() % cells;
            int item = i / shape.filters() / cells;
            first[(item * shape.filters() + channel) * cells + cell] = last[i];
        }
        int outputs = shape.batch() * shape.channels() * shape.window().inputs();
        MemorySegment y = allocate(4L * outputs);
        new ScalarChannelsFirst()
                .convolveTransposed(
                        shape,
                        floats(first, 0),
                        filters(shape),
                        Optional.of(bias(shape)),
                        y,
                        MemorySegment.NULL,
                        Workers.single());
        return floats(y, 0, outputs);
    }

    /** y with the channels last. */
    private static float[] lastOf(ConvShape shape, float... first) {
        int cells = shape.window().inputs();
        float[] last = new float[first.length];
        for (int i = 0; i < first.length; i++) {
            int cell = i % cells;
            int channel = i / cells % shape.channels();
            int item = i / cells / shape.channels();
            last[(item * cells + cell) * shape.channels() + channel] = first[i];
        }
        return last;
    }

    private float[] run(ConvShape shape, Activation activation, Workers workers) {
        PhasedTransposedFilters filters = new PhasedTransposedFilters(shape, vector);
        PreparedConvolution convolution =
                filters.prepare(shape, filters.pack(filters(shape), allocate(filters.packedBytes())));
        int outputs = shape.batch() * shape.channels() * shape.window().inputs();
        float[] added = new float[outputs];
        Arrays.fill(added, ADDED);
        MemorySegment y = allocate(4L * outputs);
        MemorySegment scratch = allocate(convolution.scratchBytes(workers.count()));
        scratch.fill((byte) 0x7f);
        convolution.run(
                floats(input(shape), 0),
                Optional.of(bias(shape)),
                activation,
                Optional.of(floats(added, 0)),
                y,
                scratch,
                workers);
        return floats(y, 0, outputs);
    }
}
