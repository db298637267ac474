package dev.nereid.bench.kernels;

import dev.nereid.kernels.KernelSet;
import dev.nereid.kernels.convolution.Window;
import dev.nereid.kernels.parallel.Workers;
import dev.nereid.kernels.pooling.PoolingKernels;
import dev.nereid.tensor.DataType;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.Optional;

/** The highest cells of one image, in either layout. */
final class PoolingProblems {
    private PoolingProblems() {}

    /** @param sizes channels, height, width, kernel, stride; odd kernels are padded by half of themselves */
    static Problem highest(int... sizes) {
        int channels = sizes[0];
        int kernel = sizes[3];
        int stride = sizes[4];
        int padding = (kernel - 1) / 2;
        int[] output = new int[2];
        for (int axis = 0; axis < 2; axis++) {
            output[axis] = (sizes[1 + axis] + 2 * padding - kernel) / stride + 1;
        }
        Window window = new Window(
                new int[] {sizes[1], sizes[2]},
                new int[] {kernel, kernel},
                new int[] {stride, stride},
                new int[] {1, 1},
                new int[] {padding, padding},
                output);
        MemorySegment x = Operands.floats(1, (long) channels * window.inputs());
        return new Problem(
                "highest of %dx%d, %d channels of %dx%d to %dx%d"
                        .formatted(kernel, kernel, channels, sizes[1], sizes[2], output[0], output[1]),
                4.0 * channels * (window.inputs() + window.outputs()),
                Problem.Unit.BYTES,
                List.of(
                        new Form(
                                "channels last",
                                "pooling",
                                Form.JAVA,
                                false,
                                set -> channelsLast(set, channels, window, x)),
                        new Form(
                                "channels first",
                                "pooling",
                                Form.JAVA,
                                false,
                                set -> channelsFirst(set, channels, window, x))));
    }

    private static KernelRun channelsLast(KernelSet set, int channels, Window window, MemorySegment x) {
        int count = channels * window.outputs();
        MemorySegment y = Operands.zeros(4L * count);
        return new KernelRun(
                () -> set.pooling().maxChannelsLast(window, 1, channels, x, y, MemorySegment.NULL, Workers.single()),
                Operands.readingFloats(y, count));
    }

    private static KernelRun channelsFirst(KernelSet set, int channels, Window window, MemorySegment x) {
        int count = channels * window.outputs();
        PoolingKernels kernels = set.pooling();
        MemorySegment y = Operands.zeros(4L * count);
        MemorySegment scratch = Operands.zeros(kernels.scratchBytes(window));
        return new KernelRun(
                () -> kernels.max(DataType.FP32, channels, window, x, y, Optional.empty(), false, scratch),
                Operands.readingFloats(y, count));
    }
}
