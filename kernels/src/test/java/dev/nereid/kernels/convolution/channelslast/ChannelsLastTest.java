package dev.nereid.kernels.convolution.channelslast;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.nereid.kernels.KernelTest;
import dev.nereid.kernels.convolution.ChannelsLastKernels;
import dev.nereid.kernels.convolution.ConvShape;
import dev.nereid.kernels.convolution.ConvolutionCostModel;
import dev.nereid.kernels.convolution.Filters;
import dev.nereid.kernels.convolution.PackedFilters;
import dev.nereid.kernels.convolution.PreparedConvolution;
import dev.nereid.kernels.convolution.Windows;
import dev.nereid.kernels.cpu.Cpu;
import dev.nereid.kernels.matmul.Activation;
import dev.nereid.kernels.matmul.Clamp;
import dev.nereid.kernels.matmul.MatMulKernels;
import dev.nereid.kernels.matmul.PanelKernel;
import dev.nereid.kernels.matmul.VectorPanelKernel;
import dev.nereid.kernels.parallel.WorkerPool;
import dev.nereid.kernels.parallel.Workers;
import dev.nereid.kernels.scalar.ScalarChannelsLast;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

public class ChannelsLastTest extends KernelTest {
    private final ChannelsLastKernels scalar = new ScalarChannelsLast();
    private PanelKernel panel;
    private ChannelsLastKernels vector;

    @BeforeEach
    void choosePanelKernel() {
        ConvolutionMicroKernels sums = sumKernels();
        panel = sums.products();
        vector = new VectorChannelsLast(sums);
    }

    /** What computes the sums; other modules put their own in its place. */
    protected ConvolutionMicroKernels sumKernels() {
        return ConvolutionMicroKernels.of(new VectorPanelKernel(Cpu.detect()));
    }

    static List<ConvShape> shapes() {
        List<ConvShape> shapes = new ArrayList<>();
        for (int channels : new int[] {1, 3, 16, 17, 40}) {
            for (int stride : new int[] {1, 2}) {
                for (int dilation : new int[] {1, 2}) {
                    shapes.add(shape(2, channels, 19, 1, new int[] {9, 11}, new int[] {3, 3}, stride, dilation, 1));
                    shapes.add(shape(
                            2, channels, channels, channels, new int[] {9, 11}, new int[] {3, 3}, stride, dilation, 1));
                }
            }
            shapes.add(shape(3, channels, 5, 1, new int[] {5, 7}, new int[] {1, 1}, 1, 1, 0));
            shapes.add(shape(1, channels, 70, 1, new int[] {5, 7}, new int[] {1, 1}, 2, 1, 0));
            shapes.add(shape(1, channels, 6, 1, new int[] {40}, new int[] {5}, 2, 1, 2));
            shapes.add(shape(1, channels, channels, channels, new int[] {3}, new int[] {3}, 1, 1, 1));
        }
        for (int channels : new int[] {1, 2, 4, 8}) {
            for (int width : new int[] {7, 70}) {
                int[] input = {5, width};
                shapes.add(shape(2, channels, channels, channels, input, new int[] {3, 3}, 1, 1, 1));
                shapes.add(shape(1, channels, channels, channels, input, new int[] {5, 5}, 1, 1, 2));
                shapes.add(shape(1, channels, channels, channels, input, new int[] {3, 3}, 2, 1, 1));
            }
        }
        for (int channels : new int[] {3, 16, 17, 40}) {
            for (int stride : new int[] {1, 2}) {
                for (int[] kernel : new int[][] {{5, 5}, {1, 5}, {5, 3}, {1, 3}}) {
                    int padding = kernel[1] / 2;
                    // Output rows of less than a block of cells, of one, and of more than some.
                    for (int width : new int[] {3, 4 * stride, 10 * stride + 1}) {
                        int[] input = {6, width};
                        shapes.add(shape(2, channels, channels, channels, input, kernel, stride, 1, padding));
                    }
                }
            }
        }
        // All that rows of output leave over when tiles of some rows are taken from them.
        for (int channels : new int[] {16, 21, 48}) {
            for (int height = 1; height <= 8; height++) {
                int[] input = {height, 9};
                for (int kernel : new int[] {1, 3, 5}) {
                    int[] square = {kernel, kernel};
                    shapes.add(shape(2, channels, channels, channels, input, square, 1, 1, kernel / 2));
                    shapes.add(shape(1, channels, channels, channels, input, square, 2, 1, kernel / 2));
                }
                int groups = channels / 3;
                int[] three = {3, 3};
                shapes.add(shape(1, 3 * groups, 2 * groups, groups, input, three, 2, 1, 1));
                shapes.add(shape(1, 2 * groups, 3 * groups, groups, input, three, 1, 1, 1));
                // Where filters read channels of their own half, or quarter, of a vector.
                shapes.add(shape(1, 4 * groups, 4 * groups, groups, input, three, 1, 1, 1));
                shapes.add(shape(2, 2 * groups, 2 * groups, groups, input, three, 2, 1, 1));
            }
        }
        shapes.addAll(shapesInGroups());
        for (int groups : new int[] {2, 4}) {
            shapes.add(shape(2, 8, 12, groups, new int[] {6, 5}, new int[] {3, 2}, 1, 2, 1));
            shapes.add(shape(2, 4, 4 * groups, 4, new int[] {6, 5}, new int[] {3, 2}, 2, 1, 1));
        }
        shapes.add(shape(1, 3, 16, 1, new int[] {50, 47}, new int[] {7, 7}, 2, 1, 3));
        shapes.add(shape(1, 64, 100, 1, new int[] {33, 40}, new int[] {3, 3}, 1, 1, 1));
        shapes.add(shape(1, 2, 2, 1, new int[] {2, 2}, new int[] {5, 5}, 1, 1, 4));
        // Taps that partly, mostly or all read padding.
        for (int channels : new int[] {1, 5, LANES + 1}) {
            int[] input = {9, 11};
            for (int dilation : new int[] {2, 3, 5, 9, 12}) {
                shapes.add(shape(2, channels, 7, 1, input, new int[] {3, 3}, 1, dilation, dilation));
                shapes.add(shape(1, channels, 70, 1, input, new int[] {2, 3}, 1, dilation, dilation));
            }
            shapes.add(shape(1, channels, 7, 1, new int[] {20, 21}, new int[] {3, 3}, 2, 4, 3));
            shapes.add(shape(1, channels, 7, 1, new int[] {12, 12}, new int[] {2, 2}, 1, 2, 4));
            shapes.add(shape(1, channels, 7, 1, new int[] {40}, new int[] {5}, 2, 3, 6));
        }
        // Filters that are prefetched: several panels, the last one narrow.
        shapes.add(shape(2, 500, 140, 1, new int[] {3, 4}, new int[] {1, 1}, 1, 1, 0));
        shapes.add(shape(1, 100, 90, 1, new int[] {8, 9}, new int[] {3, 3}, 1, 1, 1));
        shapes.add(shape(1, 20, 8, 1, new int[] {12, 12}, new int[] {4, 4}, 3, 1, 0));
        return shapes;
    }

    /** Groups of which several fit a vector, of which one does, and wider ones. */
    private static List<ConvShape> shapesInGroups() {
        List<ConvShape> shapes = new ArrayList<>();
        for (int channels : new int[] {1, 2, 3, 4, 5, 8, 16, 17}) {
            for (int filters : new int[] {1, 2, 3, 4, 8, 16, 19}) {
                int groups = channels > 8 || filters > 8 ? 3 : 9;
                for (int width : new int[] {2, 5, 11}) {
                    int[] input = {4, width};
                    shapes.add(shape(2, groups * channels, groups * filters, groups, input, new int[] {3, 3}, 1, 1, 1));
                }
            }
        }
        for (int channels : new int[] {4, 5, 16}) {
            for (int kernel = 1; kernel <= 7; kernel++) {
                int[] square = {kernel, kernel};
                int[] input = {13, 17};
                int all = 5 * channels;
                shapes.add(shape(1, all, all, 5, input, square, 1, 1, 0));
                shapes.add(shape(1, all, all, 5, input, square, 2, 1, kernel / 2));
                shapes.add(shape(1, all, all, 5, input, square, 1, 2, kernel - 1));
                shapes.add(shape(1, all, all, 5, input, new int[] {kernel, 1}, 1, 1, 0));
            }
        }
        return shapes;
    }

    @ParameterizedTest
    @MethodSource("shapes")
    void agreesWithTheOracle(ConvShape shape) {
        warmUp(shape, false);
        Activation activation = Activation.clip(-0.5f, 0.75f);
        float[] expected = convolve(scalar, shape, activation, Workers.single());
        float[] actual = convolve(vector, shape, activation, Workers.single());
        for (int i = 0; i < expected.length; i++) {
            assertThat(actual[i]).describedAs("element %d", i).isCloseTo(expected[i], within(2e-5f));
        }
    }

    @ParameterizedTest
    @MethodSource("shapes")
    void filtersThatAreComputedArePackedAlike(ConvShape shape) {
        Filters whole = Filters.of(shape);
        for (int frames : new int[] {1, 3}) {
            Filters filters = new Filters(whole.count(), whole.groups(), whole.groupChannels() * frames, whole.taps());
            float[] w = randomFloats(2, Math.toIntExact(filters.elements()), -1f, 1f);
            int bytes = Math.toIntExact(vector.packedBytes(filters, false));
            MemorySegment constant = allocate(bytes);
            vector.pack(filters, false, floats(stacked(filters, frames, w), 0), constant);
            MemorySegment computed = allocate(bytes).fill((byte) 0x7f);
            MemorySegment scratch = allocate(vector.computedScratchBytes(filters));
            vector.packComputed(filters, frames, floats(w, 0), computed, scratch.fill((byte) 0x7f));
            assertThat(floats(computed, 0, bytes / 4)).isEqualTo(floats(constant, 0, bytes / 4));
        }
    }

    /** The frames of the channels one behind the other. */
    private static float[] stacked(Filters filters, int frames, float... w) {
        int channels = filters.groupChannels() / frames;
        float[] stacked = new float[w.length];
        for (int i = 0; i < w.length; i++) {
            int tap = i % filters.taps();
            int frame = i / filters.taps() % frames;
            int channel = i / filters.taps() / frames % channels;
            int filter = i / filters.taps() / frames / channels;
            stacked[((filter * frames + frame) * channels + channel) * filters.taps() + tap] = w[i];
        }
        return stacked;
    }

    static List<ConvShape> winogradShapes() {
        List<ConvShape> shapes = new ArrayList<>();
        for (int channels : new int[] {LANES, 3 * LANES}) {
            for (int filters : new int[] {
                1, LANES - 1, LANES, LANES + 1, 2 * LANES, 4 * LANES + 1, 5 * LANES, 6 * LANES - 1, 9 * LANES + 1
            }) {
                for (int[] input : new int[][] {{3, 4}, {8, 8}, {9, 14}, {30, 7}, {33, 45}}) {
                    shapes.add(shape(2, channels, filters, 1, input, new int[] {3, 3}, 1, 1, 1));
                }
                shapes.add(shape(1, channels, filters, 1, new int[] {10, 7}, new int[] {3, 3}, 1, 1, 0));
                shapes.add(shape(2, channels, filters, 1, new int[] {11, 26}, new int[] {3, 3}, 1, 2, 2));
                shapes.add(shape(1, channels, filters, 1, new int[] {15, 25}, new int[] {3, 3}, 1, 5, 5));
                shapes.add(shape(1, channels, filters, 1, new int[] {37, 21}, new int[] {3, 3}, 1, 3, 1));
            }
        }
        return shapes;
    }

    @ParameterizedTest
    @MethodSource("winogradShapes")
    void winogradAgreesWithTheOracle(ConvShape shape) {
        assertThat(vector.hasWinograd(Filters.of(shape), shape.window())).isTrue();
        warmUp(shape, true);
        Activation activation = Activation.clip(-0.5f, 2f);
        float[] expected = convolve(scalar, shape, activation, Workers.single());
        float[] actual = convolve(vector, shape, true, activation, Workers.single());
        for (int i = 0; i < expected.length; i++) {
            assertThat(actual[i]).describedAs("element %d", i).isCloseTo(expected[i], within(5e-5f));
        }
        try (WorkerPool pool = new WorkerPool(3);
                WorkerPool.Grant workers = pool.grant()) {
            assertThat(convolve(vector, shape, true, activation, workers)).isEqualTo(actual);
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 3})
    void winogradWithoutABiasIsThatWithZeros(int beyondVectors) {
        ConvShape shape = shape(1, LANES, 5 * LANES + beyondVectors, 1, new int[] {9, 14}, new int[] {3, 3}, 1, 1, 1);
        int outputs = shape.filters() * shape.window().outputs();
        Filters filters = Filters.of(shape);
        PackedFilters packed = vector.pack(
                filters,
                true,
                floats(randomFloats(2, Math.toIntExact(filters.elements()), -0.2f, 0.2f), 0),
                allocate(vector.packedBytes(filters, true)));
        MemorySegment x =
                floats(randomFloats(1, shape.channels() * shape.window().inputs(), -1f, 1f), 0);
        PreparedConvolution convolution = vector.prepare(shape, packed);
        MemorySegment scratch = allocate(convolution.scratchBytes(1)).fill((byte) -1);
        MemorySegment plain = allocate(4L * outputs);
        MemorySegment zeros = allocate(4L * outputs);
        Optional<MemorySegment> none = Optional.empty();
        Optional<MemorySegment> zero =
                Optional.of(allocate(4L * shape.filters()).fill((byte) 0));
        convolution.run(x, none, Activation.NONE, none, plain, scratch, Workers.single());
        convolution.run(x, zero, Activation.NONE, none, zeros, scratch, Workers.single());
        assertThat(floats(plain, 0, outputs)).isEqualTo(floats(zeros, 0, outputs));
    }

    @Test
    void winogradSuitsOnlyDensePlainThreeByThree() {
        int[] input = {20, 20};
        int[] three = {3, 3};
        assertThat(List.of(
                        shape(1, LANES, 2 * LANES, 1, input, three, 2, 1, 1),
                        shape(1, LANES, 2 * LANES, 1, new int[] {5, 20}, three, 1, 2, 2),
                        shape(1, 2 * LANES, 2 * LANES, 2 * LANES, input, three, 1, 1, 1),
                        shape(1, LANES + 1, 2 * LANES, 1, input, three, 1, 1, 1),
                        shape(1, LANES, 1, 1, input, three, 1, 1, 1),
                        shape(1, 4 * LANES, 65, 1, new int[] {4, 20}, three, 1, 1, 1),
                        shape(1, 264, 8 * LANES, 1, new int[] {8, 20}, three, 1, 1, 1),
                        shape(1, LANES, 2 * LANES, 1, input, new int[] {3, 1}, 1, 1, 0)))
                .noneMatch(shape -> vector.suitsWinograd(Filters.of(shape), shape.window()));
        assertThat(List.of(
                        shape(1, LANES, LANES, 1, input, three, 1, 1, 1),
                        shape(1, 4 * LANES, LANES + 1, 1, input, three, 1, 1, 1),
                        shape(1, LANES, 64, 1, new int[] {3, 3}, three, 1, 1, 1)))
                .allMatch(shape -> vector.suitsWinograd(Filters.of(shape), shape.window()));
    }

    @Test
    void measuredCostsDecideInPlaceOfTheRule() {
        int[] input = {20, 20};
        int[] three = {3, 3};
        ConvShape plain = shape(1, LANES, 4 * LANES, 1, input, three, 1, 1, 1);
        ConvShape large = shape(1, 64 * LANES, 4 * LANES, 1, input, three, 1, 1, 1);
        ConvolutionCostModel.Cost cheap = new ConvolutionCostModel.Cost(0.01, 0.1, 0.01);
        ConvolutionCostModel.Cost dear = new ConvolutionCostModel.Cost(1, 10, 1);
        ChannelsLastKernels sums = vector.choosingBy(new ConvolutionCostModel(cheap, dear));
        ChannelsLastKernels winograd = vector.choosingBy(new ConvolutionCostModel(dear, cheap));
        assertThat(vector.suitsWinograd(Filters.of(plain), plain.window())).isTrue();
        assertThat(sums.suitsWinograd(Filters.of(plain), plain.window())).isFalse();
        assertThat(winograd.suitsWinograd(Filters.of(plain), plain.window())).isTrue();
        // What the algorithm cannot do, or would take too much memory for, costs do not change.
        ConvShape strided = shape(1, LANES, LANES, 1, input, three, 2, 1, 1);
        assertThat(winograd.suitsWinograd(Filters.of(strided), strided.window()))
                .isFalse();
        assertThat(winograd.suitsWinograd(Filters.of(large), large.window())).isEqualTo(64 * LANES <= 512);
    }

    @Test
    void resultDoesNotDependOnTheWorkersNorOnTheBatch() {
        for (int groups : new int[] {1, 2, 32}) {
            ConvShape shape = shape(2, 32, 64, groups, new int[] {40, 64}, new int[] {5, 5}, 1, 1, 2);
            ConvShape one = shape(1, 32, 64, groups, new int[] {40, 64}, new int[] {5, 5}, 1, 1, 2);
            float[] alone = convolve(vector, shape, Activation.NONE, Workers.single());
            for (int count : new int[] {2, 3}) {
                try (WorkerPool pool = new WorkerPool(count);
                        WorkerPool.Grant workers = pool.grant()) {
                    assertThat(convolve(vector, shape, Activation.NONE, workers))
                            .isEqualTo(alone);
                    float[] first = convolve(vector, one, Activation.NONE, workers);
                    assertThat(first).isEqualTo(Arrays.copyOf(alone, first.length));
                }
            }
        }
    }

    @Test
    @Tag("found-19")
    void addsUpTheRunsOfARowInShortChainsAndClampsTheSum() {
        for (int rows = 1; rows <= 33; rows++) {
            for (int columns : new int[] {1, panel.lanes(), panel.lanes() + 3, panel.panelColumns()}) {
                for (Clamp clamp : List.of(Clamp.NONE, new Clamp(-0.25f, 0.5f))) {
                    addsUpTheRuns(rows, columns, 3, 7, clamp);
                    addsUpTheRuns(rows, columns, 1, 16, clamp);
                    addsUpTheRuns(rows, columns, 2, 128, clamp);
                    addsUpTheRuns(rows, columns, 3, 86, clamp);
                    addsUpTheRuns(rows, columns, 2, 300, clamp);
                }
            }
        }
    }

    /** A large bias costs one rounding: sums that started at it would be rounded to its last place at every addition. */
    @Test
    @Tag("found-19")
    void theBiasIsAddedToFinishedSums() {
        shapes().forEach(shape -> addsTheBiasLast(shape, false));
        winogradShapes().forEach(shape -> addsTheBiasLast(shape, true));
    }

    private void addsTheBiasLast(ConvShape shape, boolean winograd) {
        int outputs = shape.batch() * shape.filters() * shape.window().outputs();
        float[] bias = randomFloats(3, shape.filters(), 9f, 11f);
        float[] without = sums(shape, winograd, Optional.empty(), outputs);
        float[] with = sums(shape, winograd, Optional.of(floats(bias, 0)), outputs);
        for (int i = 0; i < outputs; i++) {
            assertThat(with[i]).describedAs("element %d of %s", i, shape).isEqualTo(without[i] + bias[i % bias.length]);
        }
    }

    private float[] sums(ConvShape shape, boolean winograd, Optional<MemorySegment> bias, int outputs) {
        MemorySegment y = allocate(4L * outputs);
        convolution(vector, shape, winograd, bias, Activation.NONE, Optional.empty(), Workers.single(), y)
                .run();
        return floats(y, 0, outputs);
    }

    @Test
    void addsItsSumsToTheResultThatItIsGivenAsTheAddend() {
        int columns = panel.panelColumns();
        int k = 10 * MatMulKernels.CHAIN;
        MemorySegment a = floats(randomFloats(5, 2 * k, -1f, 1f), 0);
        MemorySegment b = floats(randomFloats(6, 2 * k * columns, -1f, 1f), 0);
        MemorySegment whole = allocate(4L * columns);
        MemorySegment parts = allocate(4L * columns);
        panel.run(1, columns, 1, 2 * k, a.address(), 0, 0, b.address(), 0, 0, whole.address(), 0, 0, 0, Clamp.NONE);
        for (int part = 0; part < 2; part++) {
            long from = a.address() + 4L * part * k;
            long right = b.address() + 4L * part * k * columns;
            long sums = part == 0 ? 0 : parts.address();
            panel.run(1, columns, 1, k, from, 0, 0, right, 0, 0, parts.address(), 0, sums, 0, Clamp.NONE);
        }
        assertThat(floats(parts, 0, columns)).isEqualTo(floats(whole, 0, columns));
    }

    @Test
    void multipliesOneRowWithManyPanelsAsWithEach() {
        int columns = panel.panelColumns();
        for (int panels : new int[] {1, 2, 3, 4, 5, 9}) {
            for (int k : new int[] {0, 1, 7, 256, 257, 700}) {
                MemorySegment a = floats(randomFloats(5, k, -1f, 1f), 0);
                MemorySegment b = floats(randomFloats(6, panels * k * columns, -1f, 1f), 0);
                MemorySegment s = floats(randomFloats(7, panels * columns, -1f, 1f), 0);
                MemorySegment expected = allocate(4L * panels * columns);
                MemorySegment actual = allocate(4L * panels * columns);
                for (long start : new long[] {0, s.address()}) {
                    Clamp clamp = start == 0 ? Clamp.NONE : new Clamp(-0.25f, 0.5f);
                    for (int at = 0; at < panels; at++) {
                        long first = 4L * at * columns;
                        long own = start == 0 ? 0 : start + first;
                        long to = expected.address() + first;
                        panel.run(
                                1,
                                columns,
                                1,
                                k,
                                a.address(),
                                k,
                                0,
                                b.address() + first * k,
                                0,
                                0,
                                to,
                                0,
                                own,
                                0,
                                clamp);
                    }
                    panel.row(panels, k, a.address(), b.address(), actual.address(), start, clamp);
                    assertThat(floats(actual, 0, panels * columns)).isEqualTo(floats(expected, 0, panels * columns));
                }
            }
        }
    }

    private void addsUpTheRuns(int rows, int columns, int runs, int k, Clamp clamp) {
        int rowStride = 5;
        int runStride = 2 * k + 3;
        int width = Math.ceilDiv(columns, panel.lanes()) * panel.lanes();
        float[] x = randomFloats(5, (rows - 1) * rowStride + (runs - 1) * runStride + k, -1f, 1f);
        x[x.length / 2] = Float.NaN;
        float[] w = randomFloats(6, runs * k * width, -1f, 1f);
        float[] addend = randomFloats(7, columns, -1f, 1f);
        MemorySegment a = floats(x, 0);
        MemorySegment b = floats(w, 0);
        MemorySegment s = floats(addend, 0);
        MemorySegment c = allocate(4L * rows * columns);
        panel.run(
                rows,
                columns,
                runs,
                k,
                a.address(),
                rowStride,
                runStride,
                b.address(),
                b.address(),
                b.byteSize(),
                c.address(),
                columns,
                s.address(),
                0,
                clamp);
        float[] expected = new float[rows * columns];
        for (int row = 0; row < rows; row++) {
            for (int column = 0; column < columns; column++) {
                int chain = runs * k <= MatMulKernels.CHAIN ? runs * k : Math.min(k, MatMulKernels.CHAIN);
                float total = 0;
                float sum = 0;
                for (int p = 0; p < runs * k; p++) {
                    sum = Math.fma(x[row * rowStride + p / k * runStride + p % k], w[p * width + column], sum);
                    boolean ends = runs * k <= chain ? p + 1 == chain : p % k % chain == chain - 1 || p % k == k - 1;
                    if (ends) {
                        total = p < chain ? sum : total + sum;
                        sum = 0;
                    }
                }
                sum = total + addend[column];
                boolean number = !Float.isNaN(sum);
                expected[row * columns + column] = number ? Math.clamp(sum, clamp.low(), clamp.high()) : sum;
            }
        }
        assertThat(floats(c, 0, rows * columns)).isEqualTo(expected);
    }

    @Test
    void refusesMemoryThatIsTooSmall() {
        ConvShape shape = shape(1, 3, 4, 1, new int[] {5, 5}, new int[] {3, 3}, 1, 1, 1);
        Filters filters = Filters.of(shape);
        PackedFilters packed = vector.pack(
                filters, false, allocate(4 * filters.elements()), allocate(vector.packedBytes(filters, false)));
        PreparedConvolution convolution = vector.prepare(shape, packed);
        MemorySegment scratch = allocate(convolution.scratchBytes(1));
        assertThatThrownBy(() -> convolution.run(
                        allocate(4L * 3 * 25 - 4),
                        Optional.empty(),
                        Activation.NONE,
                        Optional.empty(),
                        allocate(4L * 4 * 25),
                        scratch,
                        Workers.single()))
                .isInstanceOf(IndexOutOfBoundsException.class)
                .hasMessage("x: expected 75 elements of FP32, got 296 bytes");
    }

    private static ConvShape shape(
            int batch,
            int channels,
            int filters,
            int groups,
            int[] input,
            int[] kernel,
            int stride,
            int dilation,
            int padding) {
        return new ConvShape(batch, channels, filters, groups, Windows.of(input, kernel, stride, dilation, padding));
    }

    private float[] convolve(ChannelsLastKernels kernels, ConvShape shape, Activation activation, Workers workers) {
        return convolve(kernels, shape, false, activation, workers);
    }

    private float[] convolve(
            ChannelsLastKernels kernels, ConvShape shape, boolean winograd, Activation activation, Workers workers) {
        int outputs = shape.batch() * shape.filters() * shape.window().outputs();
        MemorySegment y = allocate(4L * outputs);
        convolution(kernels, shape, winograd, activation, workers, y).run();
        return floats(y, 0, outputs);
    }

    /** The call that computes y; only it is worth repeating to have it compiled. */
    private Runnable convolution(
            ChannelsLastKernels kernels,
            ConvShape shape,
            boolean winograd,
            Activation activation,
            Workers workers,
            MemorySegment y) {
        int outputs = shape.batch() * shape.filters() * shape.window().outputs();
        Optional<MemorySegment> bias = Optional.of(floats(randomFloats(3, shape.filters(), -1f, 1f), 0));
        Optional<MemorySegment> residual = Optional.of(floats(randomFloats(4, 2 * outputs, -1f, 1f), 0));
        return convolution(kernels, shape, winograd, bias, activation, residual, workers, y);
    }

    private Runnable convolution(
            ChannelsLastKernels kernels,
            ConvShape shape,
            boolean winograd,
            Optional<MemorySegment> bias,
            Activation activation,
            Optional<MemorySegment> residual,
            Workers workers,
            MemorySegment y) {
        int inputs = shape.batch() * shape.channels() * shape.window().inputs();
        Filters filters = Filters.of(shape);
        PackedFilters packed = kernels.pack(
                filters,
                winograd,
                floats(randomFloats(2, Math.toIntExact(filters.elements()), -0.2f, 0.2f), 0),
                allocate(kernels.packedBytes(filters, winograd)));
        MemorySegment x = floats(randomFloats(1, 2 * inputs, -1f, 1f), 0);
        PreparedConvolution convolution = kernels.prepare(shape, packed);
        MemorySegment scratch = allocate(convolution.scratchBytes(workers.count()));
        return () -> convolution.run(x, bias, activation, residual, y, scratch, workers);
    }

    private void warmUp(ConvShape shape, boolean winograd) {
        int outputs = shape.batch() * shape.filters() * shape.window().outputs();
        if (shape.window().outputs() < 100) {
            MemorySegment y = allocate(4L * outputs);
            warmUp(convolution(vector, shape, winograd, Activation.NONE, Workers.single(), y));
        }
    }
}
