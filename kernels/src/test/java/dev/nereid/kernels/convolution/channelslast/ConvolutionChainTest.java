package dev.nereid.kernels.convolution.channelslast;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.nereid.kernels.KernelTest;
import dev.nereid.kernels.convolution.ChainLink;
import dev.nereid.kernels.convolution.ChannelsLastKernels;
import dev.nereid.kernels.convolution.ConvShape;
import dev.nereid.kernels.convolution.Filters;
import dev.nereid.kernels.convolution.PackedFilters;
import dev.nereid.kernels.convolution.PreparedChain;
import dev.nereid.kernels.convolution.SequentialChain;
import dev.nereid.kernels.convolution.Window;
import dev.nereid.kernels.cpu.Cpu;
import dev.nereid.kernels.matmul.Activation;
import dev.nereid.kernels.matmul.VectorPanelKernel;
import dev.nereid.kernels.parallel.WorkerPool;
import dev.nereid.kernels.parallel.Workers;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** A chain computes what its convolutions compute one by one, to the last bit. */
public class ConvolutionChainTest extends KernelTest {
    private static final List<Activation> ACTIVATIONS = List.of(
            Activation.clip(-0.5f, 0.75f),
            Activation.of(Activation.Kind.HARD_SWISH),
            Activation.of(Activation.Kind.SWISH),
            Activation.NONE);

    private ChannelsLastKernels kernels;

    @BeforeEach
    void chooseKernels() {
        kernels = new VectorChannelsLast(sumKernels());
    }

    /** What computes the sums; other modules put their own in its place. */
    protected ConvolutionMicroKernels sumKernels() {
        return ConvolutionMicroKernels.of(new VectorPanelKernel(Cpu.detect()));
    }

    /** One convolution of a chain: what it makes of the channels before, and how it moves. */
    record Kind(int filters, boolean depthwise, int groups, int kernel, int stride, int padding) {
        Kind(int filters, boolean depthwise, int kernel, int stride, int padding) {
            this(filters, depthwise, 1, kernel, stride, padding);
        }

        static Kind pointwise(int filters) {
            return new Kind(filters, false, 1, 1, 0);
        }

        static Kind grouped(int filters, int groups, int kernel, int stride) {
            return new Kind(filters, false, groups, kernel, stride, kernel / 2);
        }

        static Kind depthwise(int kernel, int stride, int padding) {
            return new Kind(0, true, kernel, stride, padding);
        }

        ConvShape after(int batch, int channels, int... input) {
            int[] output = new int[2];
            for (int axis = 0; axis < 2; axis++) {
                output[axis] = (input[axis] + 2 * padding - kernel) / stride + 1;
            }
            Window window = new Window(
                    input,
                    new int[] {kernel, kernel},
                    new int[] {stride, stride},
                    new int[] {1, 1},
                    new int[] {padding, padding},
                    output);
            return new ConvShape(
                    batch, channels, depthwise ? channels : filters, depthwise ? channels : groups, window);
        }
    }

    /** A chain over x: [2, input..., channels]. */
    record Case(int channels, List<Integer> input, List<Kind> kinds) {
        List<ConvShape> shapes(int batch) {
            List<ConvShape> shapes = new ArrayList<>();
            int from = channels;
            int[] extents = {input.get(0), input.get(1)};
            for (Kind kind : kinds) {
                ConvShape shape = kind.after(batch, from, extents);
                shapes.add(shape);
                from = shape.filters();
                extents = shape.window().output();
            }
            return shapes;
        }
    }

    static List<Case> cases() {
        List<Case> cases = new ArrayList<>();
        for (int channels : new int[] {3, 16, 20}) {
            for (List<Integer> input : List.of(List.of(9, 11), List.of(4, 30), List.of(70, 40))) {
                for (int stride : new int[] {1, 2}) {
                    Kind depthwise = Kind.depthwise(3, stride, 1);
                    cases.add(new Case(channels, input, List.of(Kind.pointwise(40), depthwise, Kind.pointwise(7))));
                    cases.add(new Case(channels, input, List.of(depthwise, Kind.pointwise(33))));
                    cases.add(new Case(
                            channels, input, List.of(new Kind(24, false, 3, stride, 1), Kind.depthwise(5, 1, 2))));
                }
            }
        }
        List<Kind> all = List.of(
                new Kind(8, false, 3, 2, 1),
                Kind.depthwise(3, 1, 1),
                Kind.pointwise(16),
                Kind.depthwise(5, 2, 2),
                Kind.pointwise(48),
                new Kind(10, false, 3, 1, 0),
                new Kind(6, false, 2, 1, 1));
        cases.add(new Case(3, List.of(97, 101), all));
        cases.add(new Case(3, List.of(61, 13), all));
        // Padding that is never read, cells that are never read, and a kernel larger than what it reads.
        cases.add(new Case(5, List.of(12, 8), List.of(Kind.pointwise(9), new Kind(4, false, 2, 3, 1))));
        cases.add(new Case(5, List.of(2, 2), List.of(Kind.pointwise(9), new Kind(4, false, 5, 1, 4))));
        for (int groups : new int[] {1, 2, 4}) {
            List<Kind> grouped = List.of(
                    Kind.grouped(4 * groups, groups, 3, 1),
                    Kind.depthwise(3, 1, 1),
                    Kind.grouped(16 * groups, groups, 5, 2),
                    Kind.grouped(2 * groups, groups, 1, 1));
            cases.add(new Case(5 * groups, List.of(23, 41), grouped));
            cases.add(new Case(16 * groups, List.of(12, 7), grouped));
        }
        // Many bands: rows that are read again are moved, and those that are not yet.
        for (int stride : new int[] {1, 2}) {
            List<Kind> tall = List.of(Kind.pointwise(40), Kind.depthwise(5, stride, 2), Kind.pointwise(7));
            cases.add(new Case(16, List.of(400, 40), tall));
        }
        cases.add(new Case(17, List.of(30, 29), List.of(Kind.depthwise(3, 1, 0), Kind.depthwise(3, 1, 2))));
        return cases;
    }

    @ParameterizedTest
    @MethodSource("cases")
    void computesWhatItsConvolutionsComputeOneByOne(Case chain) {
        List<ConvShape> shapes = chain.shapes(2);
        float[] expected = run(new SequentialChain(kernels, links(shapes)), shapes, Workers.single());
        PreparedChain banded = kernels.prepare(links(shapes));
        assertThat(banded).isInstanceOf(BandedChain.class);
        assertThat(run(banded, shapes, Workers.single())).isEqualTo(expected);
    }

    @ParameterizedTest
    @MethodSource("cases")
    void dependsNeitherOnTheWorkersNorOnTheBatch(Case chain) {
        List<ConvShape> shapes = chain.shapes(2);
        List<ConvShape> one = chain.shapes(1);
        float[] expected = run(kernels.prepare(links(shapes)), shapes, Workers.single());
        try (WorkerPool pool = new WorkerPool(3);
                WorkerPool.Grant workers = pool.grant()) {
            assertThat(run(kernels.prepare(links(shapes)), shapes, workers)).isEqualTo(expected);
            float[] first = run(kernels.prepare(links(one)), one, workers);
            assertThat(first).isEqualTo(Arrays.copyOf(expected, first.length));
        }
    }

    @Test
    void manyWorkersShareTheRowsOfOneItem() {
        List<ConvShape> shapes = List.of(
                Kind.pointwise(64).after(1, 32, 60, 60), Kind.depthwise(3, 1, 1).after(1, 64, 60, 60));
        float[] expected = run(new SequentialChain(kernels, links(shapes)), shapes, Workers.single());
        try (WorkerPool pool = new WorkerPool(3);
                WorkerPool.Grant workers = pool.grant()) {
            assertThat(run(kernels.prepare(links(shapes)), shapes, workers)).isEqualTo(expected);
        }
    }

    @Test
    void refusesLinksThatDoNotFit() {
        List<ConvShape> shapes =
                List.of(Kind.pointwise(8).after(1, 4, 5, 5), Kind.pointwise(8).after(1, 9, 5, 5));
        assertThatThrownBy(() -> kernels.prepare(links(shapes)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("a convolution ConvShape");
    }

    @Test
    void refusesMemoryThatIsTooSmall() {
        List<ConvShape> shapes = List.of(
                Kind.pointwise(8).after(1, 4, 5, 5), Kind.depthwise(3, 1, 1).after(1, 8, 5, 5));
        PreparedChain chain = kernels.prepare(links(shapes));
        MemorySegment scratch = allocate(chain.scratchBytes(1));
        assertThatThrownBy(() -> chain.run(
                        allocate(4L * 4 * 25), Optional.empty(), allocate(4L * 8 * 25 - 4), scratch, Workers.single()))
                .isInstanceOf(IndexOutOfBoundsException.class)
                .hasMessage("y: expected 200 elements of FP32, got 796 bytes");
    }

    private List<ChainLink> links(List<ConvShape> shapes) {
        List<ChainLink> links = new ArrayList<>();
        for (ConvShape shape : shapes) {
            Filters filters = Filters.of(shape);
            int seed = 10 + links.size();
            PackedFilters packed = kernels.pack(
                    filters,
                    false,
                    floats(randomFloats(seed, Math.toIntExact(filters.elements()), -0.3f, 0.3f), 0),
                    allocate(kernels.packedBytes(filters, false)));
            Optional<MemorySegment> bias = links.size() % 2 == 0
                    ? Optional.of(floats(randomFloats(seed, shape.filters(), -1f, 1f), 0))
                    : Optional.empty();
            links.add(new ChainLink(shape, packed, bias, ACTIVATIONS.get(links.size() % ACTIVATIONS.size())));
        }
        return links;
    }

    private float[] run(PreparedChain chain, List<ConvShape> shapes, Workers workers) {
        ConvShape first = shapes.getFirst();
        ConvShape last = shapes.getLast();
        // The numbers of an item are the same in every batch.
        MemorySegment x = floats(randomFloats(1, 2 * first.window().inputs() * first.channels(), -1f, 1f), 0);
        int outputs = last.batch() * last.window().outputs() * last.filters();
        int most = 2 * last.window().outputs() * last.filters();
        MemorySegment residual = floats(randomFloats(2, most, -1f, 1f), 0);
        MemorySegment y = allocate(4L * outputs);
        MemorySegment scratch = allocate(chain.scratchBytes(workers.count()));
        scratch.fill((byte) -1);
        chain.run(x, Optional.of(residual), y, scratch, workers);
        return floats(y, 0, outputs);
    }
}
