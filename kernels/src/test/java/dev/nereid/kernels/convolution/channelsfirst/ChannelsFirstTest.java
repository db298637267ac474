package dev.nereid.kernels.convolution.channelsfirst;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.nereid.kernels.KernelTest;
import dev.nereid.kernels.convolution.ChannelsFirstKernels;
import dev.nereid.kernels.convolution.ConvShape;
import dev.nereid.kernels.convolution.Window;
import dev.nereid.kernels.cpu.Cpu;
import dev.nereid.kernels.matmul.Activation;
import dev.nereid.kernels.matmul.VectorMatMul;
import dev.nereid.kernels.parallel.WorkerPool;
import dev.nereid.kernels.parallel.Workers;
import dev.nereid.kernels.scalar.ScalarChannelsFirst;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Convolutions agree with the plain loops; kernels of other layers are tested by classes that extend this one. */
public class ChannelsFirstTest extends KernelTest {
    private final ChannelsFirstKernels scalar = new ScalarChannelsFirst();
    private ChannelsFirstKernels tested;

    @BeforeEach
    void chooseDepthwiseKernel() {
        tested = new VectorChannelsFirst(new VectorMatMul(Cpu.detect()), depthwise());
    }

    /** The kernel for depthwise convolutions to test. */
    protected Optional<DepthwiseKernel> depthwise() {
        return Optional.empty();
    }

    static List<ConvShape> shapes() {
        List<ConvShape> shapes = new ArrayList<>();
        for (int groups : new int[] {1, 2, 4}) {
            for (int stride : new int[] {1, 2, 3}) {
                for (int dilation : new int[] {1, 2}) {
                    shapes.add(shape(2, 4, 8, groups, new int[] {11, 19}, new int[] {3, 3}, stride, dilation, 1));
                }
            }
            shapes.add(shape(1, 4, 4, groups, new int[] {5, 7}, new int[] {1, 1}, 1, 1, 0));
            shapes.add(shape(1, 4, 4, groups, new int[] {5, 7}, new int[] {1, 1}, 2, 1, 1));
            shapes.add(shape(1, 4, 4, groups, new int[] {40}, new int[] {5}, 2, 1, 2));
            shapes.add(shape(1, 4, 4, groups, new int[] {6, 5, 4}, new int[] {2, 3, 2}, 1, 1, 1));
        }
        shapes.add(shape(1, 3, 16, 1, new int[] {50, 47}, new int[] {7, 7}, 2, 1, 3));
        shapes.add(shape(1, 64, 24, 1, new int[] {33, 40}, new int[] {3, 3}, 1, 1, 1));
        shapes.add(shape(1, 2, 2, 2, new int[] {1, 1}, new int[] {3, 3}, 1, 1, 1));
        shapes.add(shape(1, 2, 2, 1, new int[] {2, 2}, new int[] {5, 5}, 1, 1, 4));
        return shapes;
    }

    /** A filter a channel, as kernels for these alone have them. */
    static List<ConvShape> depthwiseShapes() {
        List<ConvShape> shapes = new ArrayList<>();
        for (int kernel : new int[] {3, 5, 7}) {
            for (int stride : new int[] {1, 2}) {
                shapes.add(shape(2, 3, 3, 3, new int[] {23, 37}, new int[] {kernel, kernel}, stride, 1, kernel / 2));
                shapes.add(shape(1, 3, 3, 3, new int[] {9, 16}, new int[] {kernel, 2}, stride, 1, 0));
                shapes.add(shape(1, 2, 2, 2, new int[] {1, 2}, new int[] {kernel, 5}, stride, 1, 20));
            }
        }
        return shapes;
    }

    /** Without a warm-up: the loops in Java are those of the other shapes. */
    @ParameterizedTest
    @MethodSource("depthwiseShapes")
    void depthwiseOnesAgreeWithTheOracle(ConvShape shape) {
        agree(shape);
    }

    @ParameterizedTest
    @MethodSource("shapes")
    void agreesWithTheOracle(ConvShape shape) {
        if (shape.window().outputs() < 1000) {
            warmUp(() -> convolve(tested, shape, Activation.NONE, Workers.single()));
        }
        agree(shape);
    }

    private void agree(ConvShape shape) {
        Activation activation = Activation.clip(-0.5f, 0.75f);
        float[] expected = convolve(scalar, shape, activation, Workers.single());
        float[] actual = convolve(tested, shape, activation, Workers.single());
        for (int i = 0; i < expected.length; i++) {
            assertThat(actual[i]).describedAs("element %d", i).isCloseTo(expected[i], within(2e-5f));
        }
    }

    @Test
    @Tag("found-19")
    void theBiasIsAddedToFinishedSums() {
        List<ConvShape> all = new ArrayList<>(depthwiseShapes());
        all.addAll(shapes());
        // Over three axes the plain loops add up doubles, and round once.
        all.removeIf(shape -> shape.window().rank() > 2);
        for (ConvShape shape : all) {
            int cells = shape.window().outputs();
            float[] bias = randomFloats(3, shape.filters(), 9f, 11f);
            Optional<MemorySegment> none = Optional.empty();
            float[] without = convolve(tested, shape, none, Activation.NONE, none, Workers.single());
            float[] with =
                    convolve(tested, shape, Optional.of(floats(bias, 0)), Activation.NONE, none, Workers.single());
            for (int i = 0; i < with.length; i++) {
                assertThat(with[i])
                        .describedAs("element %d of %s", i, shape)
                        .isEqualTo(without[i] + bias[i / cells % bias.length]);
            }
        }
    }

    @Test
    void resultDoesNotDependOnTheWorkers() {
        for (int groups : new int[] {1, 32}) {
            ConvShape shape = shape(2, 32, 64, groups, new int[] {64, 64}, new int[] {5, 5}, 1, 1, 2);
            float[] alone = convolve(tested, shape, Activation.NONE, Workers.single());
            try (WorkerPool pool = new WorkerPool(3);
                    WorkerPool.Grant workers = pool.grant()) {
                assertThat(convolve(tested, shape, Activation.NONE, workers)).isEqualTo(alone);
            }
        }
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
        int rank = input.length;
        int[] output = new int[rank];
        for (int axis = 0; axis < rank; axis++) {
            output[axis] = (input[axis] + 2 * padding - (kernel[axis] - 1) * dilation - 1) / stride + 1;
        }
        Window window = new Window(input, kernel, all(rank, stride), all(rank, dilation), all(rank, padding), output);
        return new ConvShape(batch, channels, filters, groups, window);
    }

    private static int[] all(int rank, int number) {
        int[] numbers = new int[rank];
        java.util.Arrays.fill(numbers, number);
        return numbers;
    }

    private float[] convolve(ChannelsFirstKernels kernels, ConvShape shape, Activation activation, Workers workers) {
        int outputs = shape.batch() * shape.filters() * shape.window().outputs();
        Optional<MemorySegment> bias = Optional.of(floats(randomFloats(3, shape.filters(), -1f, 1f), 0));
        Optional<MemorySegment> residual = Optional.of(floats(randomFloats(4, outputs, -1f, 1f), 0));
        return convolve(kernels, shape, bias, activation, residual, workers);
    }

    private float[] convolve(
            ChannelsFirstKernels kernels,
            ConvShape shape,
            Optional<MemorySegment> bias,
            Activation activation,
            Optional<MemorySegment> residual,
            Workers workers) {
        int inputs = shape.batch() * shape.channels() * shape.window().inputs();
        int outputs = shape.batch() * shape.filters() * shape.window().outputs();
        int weights = shape.filters() * shape.groupChannels() * shape.window().taps();
        MemorySegment y = allocate(4L * outputs);
        kernels.convolve(
                shape,
                floats(randomFloats(1, inputs, -1f, 1f), 0),
                floats(randomFloats(2, weights, -0.2f, 0.2f), 0),
                bias,
                activation,
                residual,
                y,
                allocate(kernels.scratchBytes(shape, workers.count())),
                workers);
        return floats(y, 0, outputs);
    }
}
