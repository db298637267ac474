package dev.nereid.bench.kernels;

import dev.nereid.kernels.KernelSet;
import dev.nereid.kernels.convolution.ChannelsFirstKernels;
import dev.nereid.kernels.convolution.ConvShape;
import dev.nereid.kernels.convolution.Window;
import dev.nereid.kernels.matmul.Activation;
import dev.nereid.kernels.parallel.Workers;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.Optional;

/** Convolutions of one image with square kernels, padded so that stride 1 keeps its size, with a bias. */
final class ConvolutionProblems {
    private ConvolutionProblems() {}

    /** @param sizes channels, height, width, filters, kernel, stride */
    static Problem dense(int... sizes) {
        return problem(shape(sizes[0], sizes[1], sizes[2], sizes[3], 1, sizes[4], sizes[5]), true);
    }

    /** @param sizes channels, height, width, kernel, stride */
    static Problem depthwise(int... sizes) {
        return problem(shape(sizes[0], sizes[1], sizes[2], sizes[0], sizes[0], sizes[3], sizes[4]), false);
    }

    static ConvShape shape(int channels, int height, int width, int filters, int groups, int kernel, int stride) {
        int padding = kernel / 2;
        Window window = new Window(
                new int[] {height, width},
                new int[] {kernel, kernel},
                new int[] {stride, stride},
                new int[] {1, 1},
                new int[] {padding, padding},
                new int[] {(height + 2 * padding - kernel) / stride + 1, (width + 2 * padding - kernel) / stride + 1});
        return new ConvShape(1, channels, filters, groups, window);
    }

    private static Problem problem(ConvShape shape, boolean widths) {
        int outputs = Math.multiplyExact(shape.filters(), shape.window().outputs());
        MemorySegment x =
                Operands.floats(1, (long) shape.channels() * shape.window().inputs());
        MemorySegment w = Operands.floats(
                2,
                (long) shape.filters() * shape.groupChannels() * shape.window().taps());
        MemorySegment bias = Operands.floats(3, shape.filters());
        return new Problem(
                text(shape),
                2.0 * outputs * shape.groupChannels() * shape.window().taps(),
                Problem.Unit.OPERATIONS,
                List.of(new Form("", "convolution", Form.JAVA, widths, set -> trial(set, shape, x, w, bias, outputs))
                        .within(1e-4)));
    }

    /** What is computed, with its sizes. */
    static String text(ConvShape shape) {
        Window window = shape.window();
        return "%d channels of %dx%d to %d of %dx%d, kernel %dx%d, %d groups"
                .formatted(
                        shape.channels(),
                        window.input()[0],
                        window.input()[1],
                        shape.filters(),
                        window.output()[0],
                        window.output()[1],
                        window.kernel()[0],
                        window.kernel()[1],
                        shape.groups());
    }

    private static KernelRun trial(
            KernelSet set, ConvShape shape, MemorySegment x, MemorySegment w, MemorySegment bias, int outputs) {
        ChannelsFirstKernels kernels = set.convolution().channelsFirst();
        MemorySegment y = Operands.zeros(4L * outputs);
        MemorySegment scratch = Operands.zeros(kernels.scratchBytes(shape, 1));
        return new KernelRun(
                () -> kernels.convolve(
                        shape,
                        x,
                        w,
                        Optional.of(bias),
                        Activation.NONE,
                        Optional.empty(),
                        y,
                        scratch,
                        Workers.single()),
                Operands.readingFloats(y, outputs));
    }
}
