package dev.nereid.kernels.convolution.channelslast;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.nereid.kernels.KernelTest;
import dev.nereid.kernels.convolution.ChannelsLastKernels;
import dev.nereid.kernels.convolution.ConvShape;
import dev.nereid.kernels.convolution.PackedTransposed;
import dev.nereid.kernels.convolution.PreparedConvolution;
import dev.nereid.kernels.convolution.TransposedFilters;
import dev.nereid.kernels.convolution.Window;
import dev.nereid.kernels.cpu.Cpu;
import dev.nereid.kernels.matmul.Activation;
import dev.nereid.kernels.matmul.VectorPanelKernel;
import dev.nereid.kernels.parallel.WorkerPool;
import dev.nereid.kernels.parallel.Workers;
import dev.nereid.kernels.scalar.ScalarChannelsLast;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class TransposedConvolutionTest extends KernelTest {
    private final ChannelsLastKernels scalar = new ScalarChannelsLast();
    private final ChannelsLastKernels vector = new VectorChannelsLast(new VectorPanelKernel(Cpu.detect()));

    /**
     * The convolution that makes x from y.
     *
     * @param x extents of x
     * @param longer cells of y that no padding takes off
     */
    private static ConvShape shape(
            int batch, int inputs, int outputs, int[] x, int[] kernel, int[] stride, int padding, int longer) {
        int rank = x.length;
        int[] y = new int[rank];
        int[] one = new int[rank];
        int[] pads = new int[rank];
        Arrays.fill(one, 1);
        for (int axis = 0; axis < rank; axis++) {
            boolean plain = axis == rank - 1 && kernel[axis] == stride[axis];
            pads[axis] = plain ? 0 : padding;
            y[axis] = (x[axis] - 1) * stride[axis] + kernel[axis] - 2 * pads[axis] + (plain ? 0 : longer);
        }
        return new ConvShape(batch, outputs, inputs, 1, new Window(y, kernel, stride, one, pads, x));
    }

    static List<ConvShape> shapes() {
        List<ConvShape> shapes = new ArrayList<>();
        for (int kernel = 1; kernel <= 7; kernel++) {
            for (int stride = 1; stride <= Math.min(kernel, 4); stride++) {
                for (int padding : new int[] {0, 1, kernel - 1}) {
                    int[] square = {kernel, kernel};
                    int[] strides = {stride, stride};
                    int[] x = {5, kernel == stride ? 3 : 9};
                    if (4 * stride + kernel > 2 * padding) {
                        shapes.add(shape(2, 5, 17, x, square, strides, padding, stride - 1));
                    }
                }
            }
        }
        for (int inputs : new int[] {1, 3, 5, 17}) {
            for (int outputs : new int[] {1, 3, 16, 33}) {
                shapes.add(shape(2, inputs, outputs, new int[] {3, 11}, new int[] {2, 2}, new int[] {2, 2}, 0, 0));
                shapes.add(shape(1, inputs, outputs, new int[] {3, 11}, new int[] {4, 4}, new int[] {2, 2}, 1, 0));
                shapes.add(shape(1, inputs, outputs, new int[] {9}, new int[] {5}, new int[] {3}, 2, 1));
            }
        }
        shapes.add(shape(1, 4, 70, new int[] {4, 6}, new int[] {3, 2}, new int[] {1, 2}, 1, 0));
        shapes.add(shape(1, 4, 9, new int[] {1, 1}, new int[] {6, 6}, new int[] {4, 4}, 2, 2));
        shapes.add(shape(1, 20, 24, new int[] {70, 64}, new int[] {3, 3}, new int[] {2, 2}, 1, 1));
        shapes.add(shape(1, 20, 24, new int[] {70, 64}, new int[] {2, 2}, new int[] {2, 2}, 0, 0));
        return shapes;
    }

    @ParameterizedTest
    @MethodSource("shapes")
    void agreesWithTheOracle(ConvShape shape) {
        for (Activation activation :
                List.of(Activation.clip(-0.5f, 0.75f), Activation.of(Activation.Kind.HARD_SWISH), Activation.NONE)) {
            float[] expected = run(scalar, shape, activation, Workers.single());
            float[] actual = run(vector, shape, activation, Workers.single());
            for (int i = 0; i < expected.length; i++) {
                assertThat(actual[i]).describedAs("element %d", i).isCloseTo(expected[i], within(2e-5f));
            }
        }
    }

    @Test
    void resultDoesNotDependOnTheWorkersNorOnTheBatch() {
        int[] x = {40, 32};
        for (int kernel : new int[] {2, 3, 4}) {
            int[] square = {kernel, kernel};
            float[] alone =
                    run(vector, shape(2, 64, 40, x, square, new int[] {2, 2}, 1, 0), Activation.NONE, Workers.single());
            try (WorkerPool pool = new WorkerPool(3);
                    WorkerPool.Grant workers = pool.grant()) {
                ConvShape two = shape(2, 64, 40, x, square, new int[] {2, 2}, 1, 0);
                assertThat(run(vector, two, Activation.NONE, workers)).isEqualTo(alone);
                ConvShape one = shape(1, 64, 40, x, square, new int[] {2, 2}, 1, 0);
                float[] first = run(vector, one, Activation.NONE, workers);
                assertThat(first).isEqualTo(Arrays.copyOf(alone, first.length));
            }
        }
    }

    @Test
    void refusesWhatItDoesNotHave() {
        int[] two = {2, 2};
        int[] one = {1, 1};
        Window padded = new Window(new int[] {8, 8}, two, two, one, new int[] {0, 1}, new int[] {4, 5});
        ConvShape shape = new ConvShape(1, 3, 5, 1, padded);
        TransposedFilters filters = TransposedFilters.of(shape);
        PackedTransposed packed =
                vector.packTransposed(filters, allocate(4 * filters.elements()), allocate(vector.packedBytes(filters)));
        assertThatThrownBy(() -> vector.prepareTransposed(shape, packed))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage(
                        "a transposed convolution whose columns tile: expected no padding and 10 columns, got 1 and 8");
        assertThatThrownBy(() -> new TransposedFilters.Axis(1, 2))
                .hasMessage("a transposed kernel: expected at least as many taps as its stride of 2, got 1");
    }

    private float[] run(ChannelsLastKernels kernels, ConvShape shape, Activation activation, Workers workers) {
        Window window = shape.window();
        int inputs = shape.batch() * shape.filters() * window.outputs();
        int outputs = shape.batch() * shape.channels() * window.inputs();
        TransposedFilters filters = TransposedFilters.of(shape);
        PackedTransposed packed = kernels.packTransposed(
                filters,
                floats(randomFloats(2, Math.toIntExact(filters.elements()), -0.2f, 0.2f), 0),
                allocate(kernels.packedBytes(filters)));
        // What a batch of one reads is what the first of several does.
        MemorySegment x = floats(randomFloats(1, inputs, -1f, 1f), 0);
        Optional<MemorySegment> bias = Optional.of(floats(randomFloats(3, shape.channels(), -1f, 1f), 0));
        Optional<MemorySegment> residual = activation.kind() == Activation.Kind.NONE
                ? Optional.empty()
                : Optional.of(floats(randomFloats(4, outputs, -1f, 1f), 0));
        MemorySegment y = allocate(4L * outputs);
        PreparedConvolution convolution = kernels.prepareTransposed(shape, packed);
        MemorySegment scratch = allocate(convolution.scratchBytes(workers.count()));
        scratch.fill((byte) 0x7f);
        if (outputs < 100) {
            warmUp(() -> convolution.run(x, bias, activation, residual, y, scratch, workers));
        }
        convolution.run(x, bias, activation, residual, y, scratch, workers);
        return floats(y, 0, outputs);
    }
}
