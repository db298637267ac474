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
import dev.nereid.kernels.scalar.ScalarChannelsLast;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Kernels over three axes, made of those over two, against the definition. */
class Convolution3dTest extends KernelTest {
    private final ChannelsLastKernels scalar = new ScalarChannelsLast();
    private final ChannelsLastKernels vector = new VectorChannelsLast(new VectorPanelKernel(Cpu.detect()));

    /** Three numbers, one an axis. */
    private static int[] axes(int frames, int rows, int columns) {
        return new int[] {frames, rows, columns};
    }

    private static Window window(int[] input, int[] kernel, int[] stride, int[] dilation, int[] padding) {
        int[] output = new int[3];
        for (int axis = 0; axis < 3; axis++) {
            int room = input[axis] + 2 * padding[axis] - (kernel[axis] - 1) * dilation[axis] - 1;
            output[axis] = Math.max(0, Math.floorDiv(room, stride[axis]) + 1);
        }
        return new Window(input, kernel, stride, dilation, padding, output);
    }

    static List<ConvShape> shapes() {
        int[] one = axes(1, 1, 1);
        int[] none = axes(0, 0, 0);
        int[] three = axes(3, 3, 3);
        List<Window> windows = List.of(
                window(axes(5, 6, 7), three, one, one, one),
                window(axes(5, 6, 7), three, axes(2, 2, 2), one, one),
                window(axes(7, 6, 7), three, one, axes(2, 1, 2), axes(2, 1, 2)),
                window(axes(4, 6, 7), axes(1, 3, 3), one, one, axes(0, 1, 1)),
                window(axes(5, 6, 7), axes(1, 3, 3), axes(2, 1, 1), one, axes(0, 1, 1)),
                window(axes(4, 3, 5), axes(1, 3, 3), one, one, one),
                window(axes(6, 4, 5), axes(3, 1, 1), one, one, axes(1, 0, 0)),
                window(axes(6, 4, 5), axes(3, 1, 1), axes(2, 1, 1), axes(2, 1, 1), axes(3, 0, 0)),
                window(axes(6, 4, 5), axes(3, 1, 1), axes(1, 2, 1), one, axes(1, 0, 0)),
                window(axes(3, 4, 5), one, one, one, none),
                window(axes(3, 4, 5), one, axes(2, 2, 2), one, none),
                window(axes(2, 3, 3), axes(2, 2, 2), axes(2, 1, 1), one, none),
                window(axes(1, 3, 3), axes(5, 3, 3), one, one, axes(4, 1, 1)));
        List<ConvShape> shapes = new ArrayList<>();
        for (Window window : windows) {
            for (int channels : new int[] {1, 3, LANES, 2 * LANES + 1}) {
                shapes.add(new ConvShape(2, channels, 7, 1, window));
                shapes.add(new ConvShape(1, channels, channels, channels, window));
            }
            shapes.add(new ConvShape(2, 8, 6, 2, window));
            shapes.add(new ConvShape(1, 4 * LANES, 2 * LANES, 1, window));
        }
        return shapes;
    }

    @ParameterizedTest
    @MethodSource("shapes")
    void convolvesAsTheOracleDoes(ConvShape shape) {
        float[] expected = convolve(
                shape,
                scalar.prepare(
                        shape,
                        scalar.pack(
                                Filters.of(shape),
                                false,
                                weights(shape),
                                allocate(weights(shape).byteSize()))),
                Workers.single());
        float[] actual = volume(shape, false, Workers.single());
        assertClose(actual, expected);
        if (vector.suitsWinograd(flat(shape).flat(), flat(shape).flat(shape.window()))) {
            assertClose(volume(shape, true, Workers.single()), expected);
        }
        try (WorkerPool pool = new WorkerPool(3);
                WorkerPool.Grant workers = pool.grant()) {
            assertThat(volume(shape, false, workers)).isEqualTo(actual);
        }
    }

    private static Filters3d flat(ConvShape shape) {
        return Filters3d.of(Filters.of(shape), shape.window());
    }

    private float[] volume(ConvShape shape, boolean winograd, Workers workers) {
        Filters3d filters = flat(shape);
        MemorySegment memory = allocate(vector.packedBytes(filters.flat(), winograd));
        PackedFilters packed = filters.pack(vector, winograd, weights(shape), memory);
        return convolve(shape, filters.prepare(shape, vector, packed), workers);
    }

    private MemorySegment weights(ConvShape shape) {
        return floats(randomFloats(2, Math.toIntExact(Filters.of(shape).elements()), -0.1f, 0.1f), 0);
    }

    private float[] convolve(ConvShape shape, PreparedConvolution convolution, Workers workers) {
        int outputs = shape.batch() * shape.window().outputs() * shape.filters();
        return run(
                convolution,
                shape.batch() * shape.window().inputs() * shape.channels(),
                shape.filters(),
                outputs,
                workers);
    }

    private float[] run(PreparedConvolution convolution, int inputs, int biases, int outputs, Workers workers) {
        MemorySegment x = floats(randomFloats(1, inputs, -1f, 1f), 0);
        MemorySegment bias = floats(randomFloats(3, biases, -1f, 1f), 0);
        MemorySegment residual = floats(randomFloats(4, outputs, -1f, 1f), 0);
        MemorySegment y = floats(new float[outputs], 0);
        MemorySegment scratch =
                allocate(convolution.scratchBytes(workers.count())).fill((byte) -1);
        Runnable run = () -> convolution.run(
                x, Optional.of(bias), Activation.clip(-0.5f, 0.75f), Optional.of(residual), y, scratch, workers);
        run.run();
        return floats(y, 0, outputs);
    }

    private static void assertClose(float[] actual, float... expected) {
        assertThat(actual).hasSameSizeAs(expected);
        for (int i = 0; i < expected.length; i++) {
            assertThat(actual[i]).describedAs("element %d", i).isCloseTo(expected[i], within(5e-5f));
        }
    }

    /** How a transposed convolution moves, from x of so many cells. */
    private static ConvShape transposed(int inputs, int outputs, int[] x, int[] kernel, int[] stride, int[] padding) {
        int[] y = new int[3];
        for (int axis = 0; axis < 3; axis++) {
            y[axis] = (x[axis] - 1) * stride[axis] + kernel[axis] - 2 * padding[axis];
        }
        return new ConvShape(2, outputs, inputs, 1, new Window(y, kernel, stride, axes(1, 1, 1), padding, x));
    }

    static List<ConvShape> transposedShapes() {
        List<ConvShape> shapes = new ArrayList<>();
        for (int[] channels : new int[][] {{1, 1}, {3, 5}, {LANES, 2 * LANES}, {2 * LANES + 1, 7}}) {
            shapes.add(
                    transposed(channels[0], channels[1], axes(3, 4, 5), axes(2, 2, 2), axes(2, 2, 2), axes(0, 0, 0)));
            shapes.add(
                    transposed(channels[0], channels[1], axes(3, 4, 5), axes(4, 4, 4), axes(2, 2, 2), axes(1, 1, 1)));
            shapes.add(
                    transposed(channels[0], channels[1], axes(4, 2, 3), axes(3, 3, 3), axes(1, 2, 2), axes(1, 1, 1)));
            shapes.add(
                    transposed(channels[0], channels[1], axes(2, 3, 3), axes(5, 3, 3), axes(3, 2, 1), axes(2, 0, 1)));
            shapes.add(
                    transposed(channels[0], channels[1], axes(1, 1, 1), axes(3, 2, 2), axes(2, 2, 2), axes(0, 0, 0)));
        }
        return shapes;
    }

    @ParameterizedTest
    @MethodSource("transposedShapes")
    void convolvesTransposedAsTheOracleDoes(ConvShape shape) {
        MemorySegment w = weights(shape);
        int inputs = shape.batch() * shape.window().outputs() * shape.filters();
        int outputs = shape.batch() * shape.window().inputs() * shape.channels();
        ConvShape plane = new ConvShape(2, shape.channels(), shape.filters(), 1, Filters3d.plane(shape.window()));
        PreparedConvolution oracle =
                scalar.prepareTransposed(shape, new PackedTransposed(TransposedFilters.of(plane), w, scalar));
        float[] expected = run(oracle, inputs, shape.channels(), outputs, Workers.single());
        TransposedFilters3d filters = new TransposedFilters3d(shape, vector);
        PreparedConvolution volume = filters.prepare(shape, filters.pack(w, allocate(filters.packedBytes())));
        float[] actual = run(volume, inputs, shape.channels(), outputs, Workers.single());
        assertClose(actual, expected);
        try (WorkerPool pool = new WorkerPool(3);
                WorkerPool.Grant workers = pool.grant()) {
            assertThat(run(volume, inputs, shape.channels(), outputs, workers)).isEqualTo(actual);
        }
    }
}
