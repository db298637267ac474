package dev.nereid.cuda.driver;

import dev.nereid.cuda.device.DeviceHalfFilters;
import dev.nereid.cuda.driver.HalfConvolutions.Kind;
import dev.nereid.kernels.convolution.ConvShape;
import dev.nereid.kernels.convolution.Window;
import dev.nereid.kernels.matmul.Activation;
import dev.nereid.memory.NativeMemory;
import dev.nereid.tensor.DataType;
import java.util.List;
import java.util.Optional;
import java.util.Random;

/**
 * Self-test on the card: small convolutions of FP16 and BF16 by the tensor-core kernels and by the plain ones must agree.
 * Their numbers are small integers, so that no sum is rounded in any order and both must give the same bits. With numbers
 * that are rounded, splits must give the same beside each other as in turn. One thread.
 */
final class ConvolutionSelfTest {
    static final List<DataType> TYPES = List.of(DataType.FP16, DataType.BF16);

    private static final SplitK ONE = new SplitK(1, Integer.MAX_VALUE / HalfProducts.DEPTH * HalfProducts.DEPTH);

    /** The k of a split: more than a stage, so that there are several and the last one is short. */
    private static final int SPLIT = 128;

    /** Rows of 16 pixels for each multiprocessor in the largest convolution, so that many blocks run beside each other. */
    private static final int ROWS_EACH = 2;

    private static final int MOST = 4;

    private static final Activation RELU = Activation.of(Activation.Kind.RELU);

    private final SelfTestBench bench;
    private final HalfConvolutions convolutions;
    private final int rows;
    private final Random random = new Random(80);

    ConvolutionSelfTest(SelfTestBench bench, int multiprocessors) {
        this.bench = bench;
        this.convolutions = new HalfConvolutions(bench.launcher());
        this.rows = ROWS_EACH * multiprocessors;
    }

    /**
     * Runs the convolutions.
     *
     * @return what was wrong; empty where nothing was
     * @throws dev.nereid.models.device.DeviceException if the driver refuses something, as it does after a kernel that failed
     */
    Optional<String> run() {
        // One pixel; a window that moves unevenly over a batch, with padding; many blocks, with ends of tiles and
        // stages.
        ConvShape[] shapes = {
            shape(1, 8, 8, new int[] {1, 1}, new int[] {1, 1}, new int[] {1, 1}, new int[] {0, 0}),
            shape(3, 20, 17, new int[] {9, 7}, new int[] {3, 2}, new int[] {2, 1}, new int[] {2, 1}),
            shape(1, 16, 136, new int[] {rows, 16}, new int[] {3, 3}, new int[] {1, 1}, new int[] {1, 1})
        };
        for (DataType type : TYPES) {
            for (ConvShape shape : shapes) {
                for (boolean exact : new boolean[] {true, false}) {
                    Optional<String> problem = compare(type, shape, exact);
                    if (problem.isPresent()) {
                        return problem;
                    }
                }
            }
        }
        return Optional.empty();
    }

    private static ConvShape shape(
            int batch, int channels, int filters, int[] input, int[] kernel, int[] stride, int[] padding) {
        int[] output = new int[2];
        for (int axis = 0; axis < 2; axis++) {
            output[axis] = (input[axis] + 2 * padding[axis] - kernel[axis]) / stride[axis] + 1;
        }
        return new ConvShape(
                batch, channels, filters, 1, new Window(input, kernel, stride, new int[] {1, 1}, padding, output));
    }

    private Optional<String> compare(DataType type, ConvShape shape, boolean exact) {
        int depth = DeviceHalfFilters.depth(shape);
        SplitK cut = new SplitK(Math.ceilDiv(depth, SPLIT), SPLIT);
        long outputs = (long) shape.batch() * shape.filters() * shape.window().outputs();
        long xBytes = SelfTestBench.aligned(
                2L * shape.batch() * shape.channels() * shape.window().inputs());
        long wBytes = SelfTestBench.aligned(2L * depth * DeviceHalfFilters.padded(shape.filters()));
        long biasBytes = SelfTestBench.aligned(2L * shape.filters());
        long scratchBytes = HalfConvolutions.imageBytes(shape) + 4L * cut.count() * outputs;
        try (NativeMemory operands =
                NativeMemory.allocate(xBytes + wBytes + biasBytes + SelfTestBench.aligned(2L * outputs))) {
            SelfTestBench.fill(type, operands.segment(), random, exact ? Optional.of(MOST) : Optional.empty());
            return bench.place(operands.segment(), 2L * outputs, scratchBytes, places -> {
                long w = places.operands() + xBytes;
                long bias = w + wBytes;
                ConvolutionOperands o = new ConvolutionOperands(
                        shape, places.operands(), w, bias, RELU, bias + biasBytes, places.result(), places.scratch());
                return exact ? compareExact(type, o, places, cut) : compareRounded(type, o, places, cut);
            });
        }
    }

    private Optional<String> compareExact(
            DataType type, ConvolutionOperands o, SelfTestBench.Places places, SplitK cut) {
        try (NativeMemory expected = convolve(Kind.PLAIN, type, o, places, ONE, false)) {
            Optional<String> whole = problem(type, o, places, expected, ONE, false);
            Optional<String> apart = whole.or(() -> problem(type, o, places, expected, cut, true));
            return apart.or(() -> problem(type, o, places, expected, cut, false));
        }
    }

    private Optional<String> compareRounded(
            DataType type, ConvolutionOperands o, SelfTestBench.Places places, SplitK cut) {
        try (NativeMemory expected = convolve(Kind.TENSORS, type, o, places, cut, true)) {
            return problem(type, o, places, expected, cut, false);
        }
    }

    private Optional<String> problem(
            DataType type,
            ConvolutionOperands o,
            SelfTestBench.Places places,
            NativeMemory expected,
            SplitK splits,
            boolean apart) {
        try (NativeMemory actual = convolve(Kind.TENSORS, type, o, places, splits, apart)) {
            long at = expected.segment().mismatch(actual.segment());
            return at < 0
                    ? Optional.empty()
                    : Optional.of("'" + Kind.TENSORS.kernel(type) + "' computes " + o.shape() + " in " + splits.count()
                            + " splits of K " + (apart ? "beside each other" : "in turn") + " wrongly, from byte " + at
                            + " on");
        }
    }

    private NativeMemory convolve(
            Kind kind,
            DataType type,
            ConvolutionOperands o,
            SelfTestBench.Places places,
            SplitK splits,
            boolean apart) {
        return bench.run(places, () -> {
            convolutions.moveChannels(o);
            convolutions.run(kind, type, o, splits, apart);
        });
    }
}
