package dev.nereid.kernels.quantized;

import static org.assertj.core.api.Assertions.assertThat;

import dev.nereid.kernels.parallel.Workers;
import dev.nereid.kernels.scalar.ScalarInt8Convolution;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** What every implementation of convolutions of bytes must agree on with the plain loops, bit for bit. */
public abstract class Int8ConvolutionKernelTest extends ByteKernelTest {
    private static final ValueLayout.OfFloat FLOAT = ValueLayout.JAVA_FLOAT_UNALIGNED;
    private static final boolean[] BOTH = {false, true};

    private final Int8ConvolutionKernels oracle = new ScalarInt8Convolution();

    /** The kernels to test; not a field, because JUnit makes an instance a test. */
    protected abstract Int8ConvolutionKernels kernels();

    /** A convolution's sizes; channels and outputs of all groups. */
    @SuppressWarnings("ArrayRecordComponent")
    private record Sizes(
            int groups,
            int channels,
            int outputs,
            long[] input,
            long[] window,
            long[] strides,
            long[] dilations,
            long[] padding) {
        static Sizes square(int groups, int channels, int outputs, int extent, int window, int stride, int padding) {
            return new Sizes(
                    groups,
                    channels,
                    outputs,
                    new long[] {extent, extent + 1},
                    new long[] {window, window},
                    new long[] {stride, stride},
                    new long[] {1, 1},
                    new long[] {padding, padding});
        }

        FilterShape filters() {
            return new FilterShape(groups, outputs, channels / groups, window, strides, dilations);
        }

        ByteWindows windows() {
            long[] output = new long[input.length];
            for (int axis = 0; axis < output.length; axis++) {
                long reach = (window[axis] - 1) * dilations[axis] + 1;
                output[axis] = (input[axis] + 2 * padding[axis] - reach) / strides[axis] + 1;
            }
            return new ByteWindows(input, window, output, strides, dilations, padding);
        }

        @Override
        public String toString() {
            return "%d groups, %d to %d, %s, window %s, strides %s, dilations %s, padding %s"
                    .formatted(
                            groups,
                            channels,
                            outputs,
                            Arrays.toString(input),
                            Arrays.toString(window),
                            Arrays.toString(strides),
                            Arrays.toString(dilations),
                            Arrays.toString(padding));
        }
    }

    /** Around tiles, panels, vectors of columns and groups of four bytes; one, two and three axes. */
    private static List<Sizes> sizes() {
        return List.of(
                Sizes.square(1, 1, 1, 1, 1, 1, 0),
                Sizes.square(1, 4, 64, 5, 1, 1, 0),
                Sizes.square(1, 8, 65, 6, 1, 1, 0),
                Sizes.square(1, 3, 17, 9, 3, 2, 1),
                Sizes.square(1, 5, 40, 7, 1, 2, 0),
                Sizes.square(1, 8, 20, 4, 3, 1, 1),
                Sizes.square(1, 16, 130, 3, 3, 1, 2),
                Sizes.square(1, 5, 40, 9, 4, 1, 1),
                Sizes.square(1, 64, 24, 5, 3, 1, 1),
                Sizes.square(1, 32, 1, 1, 3, 1, 1),
                Sizes.square(1, 32, 17, 6, 3, 1, 0),
                Sizes.square(1, 48, 33, 7, 3, 1, 2),
                Sizes.square(1, 32, 16, 14, 3, 1, 1),
                Sizes.square(1, 80, 5, 9, 3, 1, -1),
                Sizes.square(1, 7, 33, 8, 5, 3, 2),
                Sizes.square(2, 6, 10, 5, 3, 1, 1),
                Sizes.square(4, 16, 8, 6, 1, 1, 0),
                Sizes.square(9, 9, 9, 6, 3, 1, 1),
                Sizes.square(5, 5, 10, 6, 3, 2, 1),
                Sizes.square(1, 4, 3, 5, 3, 1, -1),
                new Sizes(
                        1,
                        3,
                        19,
                        new long[] {9, 11},
                        new long[] {3, 2},
                        new long[] {1, 2},
                        new long[] {2, 3},
                        new long[] {2, 0}),
                new Sizes(1, 6, 21, new long[] {17}, new long[] {4}, new long[] {1}, new long[] {1}, new long[] {3}),
                new Sizes(
                        2,
                        4,
                        6,
                        new long[] {3, 4, 5},
                        new long[] {2, 3, 2},
                        new long[] {1, 1, 2},
                        new long[] {1, 1, 1},
                        new long[] {1, 0, 1}));
    }

    /** Windows of 3 and 5 and others, strides of 1 and 2 and others, images that windows reach beyond on every side. */
    private static List<Sizes> depthwise(int channels) {
        List<Sizes> all = new ArrayList<>();
        for (int window : new int[] {1, 2, 3, 5, 7}) {
            for (int stride : new int[] {1, 2, 3}) {
                for (int extent : new int[] {window, window + 1, 9}) {
                    all.add(Sizes.square(channels, channels, channels, extent, window, stride, window / 2));
                }
            }
            all.add(Sizes.square(channels, channels, channels, 11, window, 1, 0));
        }
        all.add(Sizes.square(channels, channels, channels, 7, 3, 1, -1));
        all.add(Sizes.square(channels, channels, channels, 3, 3, 1, 4));
        long[] one = {1};
        all.add(new Sizes(channels, channels, channels, new long[] {13}, new long[] {3}, one, one, one));
        all.add(new Sizes(channels, channels, channels, new long[] {13}, new long[] {4}, new long[] {2}, one, one));
        all.add(new Sizes(
                channels,
                channels,
                channels,
                new long[] {9, 14},
                new long[] {3, 3},
                new long[] {1, 2},
                new long[] {2, 3},
                new long[] {2, 0}));
        return all;
    }

    @Test
    void convolvesBytesOfEverySign() {
        for (Sizes sizes : sizes()) {
            for (boolean xSigned : BOTH) {
                for (boolean wSigned : BOTH) {
                    Case problem = new Case(sizes, xSigned, wSigned, 1);
                    problem.compare(0, ZeroPoints.ZERO, Workers.single());
                    problem.compare(xSigned ? -9 : 77, ZeroPoints.uniform(wSigned ? -3 : 130), Workers.single());
                }
            }
        }
    }

    @Test
    void convolvesWeightsOfWhichFewAreLarge() {
        for (Sizes sizes : sizes()) {
            for (boolean signed : BOTH) {
                for (FewLarge distribution : FewLarge.values()) {
                    int length = sizes.outputs() * sizes.filters().k();
                    MemorySegment w = bytes(weights(length, 1, signed, distribution, 10));
                    Case problem = new Case(sizes, false, signed, 11, w);
                    problem.compare(0, ZeroPoints.ZERO, Workers.single());
                    problem.compare(77, ZeroPoints.uniform(signed ? -3 : 130), new CountedWorkers(2));
                }
            }
        }
    }

    @Test
    void convolvesEachChannelByItself() {
        for (int channels : new int[] {2, 3, 15, 16, 17, 31, 32, 33, 48, 63, 64, 65, 96, 130}) {
            for (Sizes sizes : depthwise(channels)) {
                boolean xSigned = channels % 2 == 0;
                Case problem = new Case(sizes, xSigned, true, 5);
                problem.compare(xSigned ? -9 : 77, ZeroPoints.ZERO, Workers.single());
                freeMemory();
            }
        }
    }

    @Test
    void takesAZeroPointForEachChannel() {
        for (int channels : new int[] {3, 64, 70}) {
            for (Sizes sizes : depthwise(channels)) {
                MemorySegment each = ints(channels, -128, 128);
                new Case(sizes, false, true, 6).compare(5, ZeroPoints.each(each), Workers.single());
                new Case(sizes, true, false, 7).compare(5, ZeroPoints.ZERO, Workers.single());
                new Case(sizes, true, false, 8).compare(-128, ZeroPoints.uniform(255), Workers.single());
                new Case(sizes, true, true, 9).compare(127, ZeroPoints.uniform(-128), Workers.single());
                freeMemory();
            }
        }
    }

    @Test
    void takesAZeroPointForEachOutput() {
        for (Sizes sizes : sizes()) {
            MemorySegment each = ints(sizes.outputs(), -128, 128);
            new Case(sizes, false, true, 2).compare(5, ZeroPoints.each(each), Workers.single());
        }
    }

    @Test
    void givesTheSameForEveryNumberOfWorkers() {
        for (Sizes sizes : List.of(
                Sizes.square(1, 64, 70, 48, 3, 1, 1),
                Sizes.square(1, 600, 520, 5, 3, 1, 1),
                Sizes.square(1, 608, 520, 5, 3, 1, 1),
                Sizes.square(96, 96, 96, 40, 3, 1, 1))) {
            Case problem = new Case(sizes, true, true, 3);
            byte[] alone = problem.bytes(kernels(), 3, ZeroPoints.uniform(1), false, 9, Workers.single());
            for (int count : new int[] {2, 3}) {
                Workers workers = new CountedWorkers(count);
                assertThat(problem.bytes(kernels(), 3, ZeroPoints.uniform(1), false, 9, workers))
                        .isEqualTo(alone);
            }
        }
    }

    @Test
    void saturatesAndCountsNotANumberAsZero() {
        float[] finite = {Float.MAX_VALUE, -Float.MAX_VALUE, 1e30f, -1e30f, 0f, -0f, 0.5f, Float.MIN_VALUE};
        float[] special = {Float.NaN, Float.POSITIVE_INFINITY, Float.NEGATIVE_INFINITY};
        List<Sizes> some = List.of(Sizes.square(1, 8, 101, 5, 3, 1, 1), Sizes.square(101, 101, 101, 5, 3, 1, 1));
        for (float[] values : List.of(finite, special)) {
            for (Sizes sizes : some) {
                Case problem = new Case(sizes, false, true, 4);
                for (int i = 0; i < values.length; i++) {
                    problem.multipliers.set(FLOAT, 4L * i, values[i]);
                    problem.multipliers.set(FLOAT, 4L * (100 - i), values[i]);
                }
                problem.compare(100, ZeroPoints.ZERO, Workers.single());
            }
        }
    }

    @Test
    void sumsOfTheLargestNumbersAreExact() {
        Sizes sizes = Sizes.square(1, 1024, 3, 3, 3, 1, 1);
        long length = sizes.windows().inputPositions() * sizes.channels();
        for (int weight : new int[] {Byte.MIN_VALUE, Byte.MAX_VALUE}) {
            MemorySegment w = filled(3L * sizes.filters().k(), weight);
            for (boolean xSigned : BOTH) {
                Case problem = new Case(sizes, xSigned, true, 12, filled(length, xSigned ? 127 : 255), w);
                problem.compare(0, ZeroPoints.ZERO, Workers.single());
                problem.compare(xSigned ? -128 : 255, ZeroPoints.uniform(-weight - 1), Workers.single());
            }
        }
    }

    @Test
    void filtersOfFewBytesGiveTheSame() {
        for (Sizes sizes : sizes()) {
            Case problem = new Case(sizes, false, true, 13);
            ZeroPoints zero = ZeroPoints.uniform(2);
            assertThat(problem.bytes(kernels().withSmallFilters(), 7, zero, true, 3, Workers.single()))
                    .as("%s", sizes)
                    .isEqualTo(problem.bytes(oracle, 7, zero, true, 3, Workers.single()));
        }
    }

    private MemorySegment filled(long length, int value) {
        byte[] all = new byte[Math.toIntExact(length)];
        Arrays.fill(all, (byte) value);
        return bytes(all);
    }

    /** One convolution with random content. */
    private final class Case {
        private final Sizes sizes;
        private final boolean xSigned;
        private final boolean wSigned;
        private final MemorySegment x;
        private final MemorySegment w;
        private final MemorySegment bias;
        private final MemorySegment multipliers;

        Case(Sizes sizes, boolean xSigned, boolean wSigned, long seed) {
            this(
                    sizes,
                    xSigned,
                    wSigned,
                    seed,
                    random((long) sizes.outputs() * sizes.filters().k(), seed + 1));
        }

        Case(Sizes sizes, boolean xSigned, boolean wSigned, long seed, MemorySegment w) {
            this(sizes, xSigned, wSigned, seed, random(sizes.windows().inputPositions() * sizes.channels(), seed), w);
        }

        Case(Sizes sizes, boolean xSigned, boolean wSigned, long seed, MemorySegment x, MemorySegment w) {
            this.sizes = sizes;
            this.xSigned = xSigned;
            this.wSigned = wSigned;
            this.x = x;
            this.w = w;
            this.bias = ints(sizes.outputs(), -3000, 3000);
            this.multipliers = floats(randomFloats(seed + 2, sizes.outputs(), 0.0005f, 0.01f), 0);
        }

        void compare(int xZero, ZeroPoints wZero, Workers workers) {
            assertThat(sums(kernels(), xZero, wZero, workers))
                    .as("%s, signed %s and %s", sizes, xSigned, wSigned)
                    .isEqualTo(sums(oracle, xZero, wZero, workers));
            for (boolean signed : BOTH) {
                assertThat(bytes(kernels(), xZero, wZero, signed, 11, workers))
                        .as("%s, signed %s and %s to %s", sizes, xSigned, wSigned, signed)
                        .isEqualTo(bytes(oracle, xZero, wZero, signed, 11, workers));
            }
        }

        byte[] bytes(
                Int8ConvolutionKernels set, int xZero, ZeroPoints wZero, boolean signed, int zero, Workers workers) {
            Requantization to = new Requantization(bias, multipliers, signed, zero);
            return run(set, xZero, wZero, Optional.of(to), workers);
        }

        private byte[] sums(Int8ConvolutionKernels set, int xZero, ZeroPoints wZero, Workers workers) {
            return run(set, xZero, wZero, Optional.empty(), workers);
        }

        private byte[] run(
                Int8ConvolutionKernels set, int xZero, ZeroPoints wZero, Optional<Requantization> to, Workers workers) {
            FilterShape shape = sizes.filters();
            ByteWindows windows = sizes.windows();
            Int8Filters filters =
                    set.filters(shape, wSigned, w, dirty(set.filterBytes(shape)), dirty(set.filterScratchBytes(shape)));
            int bytes = (to.isPresent() ? 1 : 4) * windows.positions() * sizes.outputs();
            MemorySegment y = dirty(bytes);
            MemorySegment scratch = dirty(set.scratchBytes(windows, shape, workers));
            ByteImage image = new ByteImage(x, xSigned, xZero);
            set.convolve(windows, image, filters, wZero, to, y, scratch, workers);
            return copy(y, bytes);
        }
    }

    private MemorySegment random(long length, long seed) {
        return bytes(randomBytes(Math.toIntExact(length), seed));
    }
}
