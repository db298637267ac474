package dev.nereid.kernels.pooling;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.nereid.kernels.KernelTest;
import dev.nereid.kernels.convolution.Window;
import dev.nereid.kernels.convolution.Windows;
import dev.nereid.kernels.parallel.Workers;
import dev.nereid.kernels.pooling.PoolingKernels.Reduction.Mean;
import dev.nereid.kernels.scalar.ScalarPooling;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Pooling of cells whose channels are last. */
public class ChannelsLastPoolingTest extends KernelTest {
    private final PoolingKernels scalar = new ScalarPooling();
    private PoolingKernels vector;

    @BeforeEach
    void chooseKernels() {
        vector = new VectorPooling(maxPoolKernel());
    }

    /** What compares cells; other modules put their own in its place. */
    protected Optional<MaxPoolKernel> maxPoolKernel() {
        return Optional.empty();
    }

    @Test
    void poolsAsTheOracleDoes() {
        for (int channels : new int[] {1, 3, 16, 33, 64, 85}) {
            for (int stride : new int[] {1, 2}) {
                Window window = Windows.of(new int[] {9, 12}, new int[] {3, 2}, stride, 1, 1);
                MemorySegment x = floats(randomFloats(1, 2 * channels * window.inputs(), -1f, 1f), 0);
                int outputs = 2 * channels * window.outputs();
                Mean mean = new Mean(stride == 1, new int[] {1, 0});
                MemorySegment expected = allocate(4L * outputs);
                MemorySegment actual = allocate(4L * outputs);
                scalar.maxChannelsLast(window, 2, channels, x, expected, MemorySegment.NULL, Workers.single());
                warmUp(() ->
                        vector.maxChannelsLast(window, 2, channels, x, actual, MemorySegment.NULL, Workers.single()));
                vector.maxChannelsLast(window, 2, channels, x, actual, MemorySegment.NULL, Workers.single());
                assertThat(floats(actual, 0, outputs)).isEqualTo(floats(expected, 0, outputs));
                scalar.meanChannelsLast(window, 2, channels, mean, x, expected, MemorySegment.NULL, Workers.single());
                warmUp(() -> vector.meanChannelsLast(
                        window, 2, channels, mean, x, actual, MemorySegment.NULL, Workers.single()));
                vector.meanChannelsLast(window, 2, channels, mean, x, actual, MemorySegment.NULL, Workers.single());
                float[] means = floats(actual, 0, outputs);
                for (int i = 0; i < outputs; i++) {
                    assertThat(means[i]).isCloseTo(floats(expected, 0, outputs)[i], within(1e-6f));
                }
            }
        }
    }

    @Test
    void maxPoolingEqualsTheOracleForEveryWindowAndWhateverTheCellsAre() {
        for (int[] kernel : new int[][] {{2, 2}, {3, 3}, {1, 3}, {3, 2}, {5, 5}, {2, 3}, {9, 12}}) {
            for (int stride : new int[] {1, 2, 3}) {
                for (int dilation : new int[] {1, kernel[0] < 9 ? 2 : 1}) {
                    for (int channels : new int[] {1, 5, LANES - 1, LANES, LANES + 3, 3 * LANES}) {
                        maxPool(Windows.of(new int[] {9, 12}, kernel, stride, dilation, kernel[0] / 2), channels);
                    }
                }
            }
        }
    }

    private void maxPool(Window window, int channels) {
        int outputs = 2 * channels * window.outputs();
        float[] plain = randomFloats(1, 2 * channels * window.inputs(), -1f, 1f);
        for (float odd : new float[] {0.5f, Float.NaN, Float.NEGATIVE_INFINITY, Float.POSITIVE_INFINITY, -0f}) {
            float[] cells = plain.clone();
            for (int at = 3; at < cells.length; at += 37) {
                cells[at] = odd;
                cells[at - 1] = odd == 0 ? 0f : cells[at - 1];
            }
            MemorySegment x = floats(cells, 0);
            MemorySegment expected = allocate(4L * outputs);
            MemorySegment actual = allocate(4L * outputs);
            scalar.maxChannelsLast(window, 2, channels, x, expected, MemorySegment.NULL, Workers.single());
            vector.maxChannelsLast(window, 2, channels, x, actual, MemorySegment.NULL, Workers.single());
            assertThat(withoutSigns(floats(actual, 0, outputs)))
                    .as("%s, %d channels, %s", window, channels, odd)
                    .isEqualTo(withoutSigns(floats(expected, 0, outputs)));
        }
    }

    @Test
    void poolsFramesAsTheOracleDoes() {
        for (int channels : new int[] {1, 5, LANES, 2 * LANES + 3}) {
            for (int stride : new int[] {1, 2}) {
                int[] input = {5, 6, 7};
                int[] kernel = {2, 3, 2};
                int[] steps = {stride, stride, 1};
                int[] padding = {1, 1, 0};
                int[] output = new int[3];
                Arrays.setAll(output, axis -> (input[axis] + 2 * padding[axis] - kernel[axis]) / steps[axis] + 1);
                poolFrames(new Window(input, kernel, steps, new int[] {1, 1, 1}, padding, output), channels);
            }
        }
    }

    private void poolFrames(Window window, int channels) {
        int batch = 2;
        int outputs = batch * channels * window.outputs();
        MemorySegment x = floats(randomFloats(1, batch * channels * window.inputs(), -1f, 1f), 0);
        MemorySegment scratch = allocate(vector.channelsLastScratchBytes(window, batch, channels))
                .fill((byte) -1);
        MemorySegment expected = allocate(4L * outputs);
        MemorySegment actual = allocate(4L * outputs);
        scalar.maxChannelsLast(window, batch, channels, x, expected, MemorySegment.NULL, Workers.single());
        vector.maxChannelsLast(window, batch, channels, x, actual, scratch, Workers.single());
        assertThat(floats(actual, 0, outputs)).isEqualTo(floats(expected, 0, outputs));
        for (boolean countsPadding : new boolean[] {false, true}) {
            Mean mean = new Mean(countsPadding, new int[] {1, 1, 0});
            scalar.meanChannelsLast(window, batch, channels, mean, x, expected, MemorySegment.NULL, Workers.single());
            vector.meanChannelsLast(window, batch, channels, mean, x, actual, scratch, Workers.single());
            float[] means = floats(actual, 0, outputs);
            for (int i = 0; i < outputs; i++) {
                assertThat(means[i]).isCloseTo(floats(expected, 0, outputs)[i], within(5e-5f));
            }
        }
    }

    /** Zeros as they compare. */
    private static float[] withoutSigns(float... values) {
        float[] result = new float[values.length];
        for (int i = 0; i < values.length; i++) {
            result[i] = values[i] + 0f;
        }
        return result;
    }
}
