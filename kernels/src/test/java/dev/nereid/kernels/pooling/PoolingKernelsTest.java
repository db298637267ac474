package dev.nereid.kernels.pooling;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.nereid.kernels.KernelTest;
import dev.nereid.kernels.convolution.Window;
import dev.nereid.kernels.pooling.PoolingKernels.Reduction;
import dev.nereid.kernels.scalar.ScalarPooling;
import dev.nereid.tensor.DataType;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

public class PoolingKernelsTest extends KernelTest {
    private static final int CHANNELS = 3;

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

    static List<Window> windows() {
        List<Window> windows = new ArrayList<>(List.of(
                window(new int[] {11, 37}, new int[] {3, 3}, new int[] {1, 1}, new int[] {1, 1}, new int[] {1, 1}),
                window(new int[] {12, 20}, new int[] {2, 3}, new int[] {2, 3}, new int[] {1, 1}, new int[] {0, 1}),
                window(new int[] {9, 9}, new int[] {3, 2}, new int[] {1, 2}, new int[] {2, 3}, new int[] {2, 1}),
                window(new int[] {29, 43}, new int[] {14, 14}, new int[] {14, 14}, new int[] {1, 1}, new int[] {0, 0}),
                window(new int[] {30, 40}, new int[] {5, 11}, new int[] {3, 4}, new int[] {2, 2}, new int[] {3, 7}),
                window(new int[] {5, 90}, new int[] {2, 2}, new int[] {9, 40}, new int[] {1, 1}, new int[] {0, 1}),
                window(new int[] {50}, new int[] {4}, new int[] {2}, new int[] {1}, new int[] {3}),
                window(new int[] {7, 7}, new int[] {7, 7}, new int[] {1, 1}, new int[] {1, 1}, new int[] {0, 0}),
                window(new int[] {5, 6, 37}, new int[] {3, 2, 3}, new int[] {2, 2, 2}, new int[] {1, 1, 1}, new int[] {
                    1, 0, 1
                }),
                window(new int[] {6, 3, 3}, new int[] {2, 2, 2}, new int[] {1, 1, 1}, new int[] {3, 1, 1}, new int[] {
                    1, 1, 1
                }),
                window(new int[] {3, 4, 5}, new int[] {3, 4, 5}, new int[] {1, 1, 1}, new int[] {1, 1, 1}, new int[] {
                    0, 0, 0
                }),
                window(new int[] {4, 5, 6}, new int[] {2, 2, 2}, new int[] {1, 1, 1}, new int[] {1, 1, 1}, new int[] {
                    1, 0, 1
                })));
        for (int stride = 1; stride <= 2; stride++) {
            int[] strides = {stride, stride};
            windows.add(window(new int[] {7, 37}, new int[] {3, 3}, strides, new int[] {1, 1}, new int[] {1, 1}));
        }
        return windows;
    }

    /** Too many to have the kernels compiled for each; others do that. */
    static List<Window> awkwardWindows() {
        List<Window> windows = new ArrayList<>();
        // Rows of less than a vector, of some, and of some cells more; kernels with and without padding on each side.
        for (int width : new int[] {3, LANES, 2 * LANES, 2 * LANES + 1, 4 * LANES - 1, 4 * LANES + 5}) {
            for (int kernel = 1; kernel <= 7; kernel++) {
                for (int stride = 1; stride <= 3; stride++) {
                    int[] padding = {kernel / 2, (kernel - 1) / 2};
                    int[] strides = {stride, stride};
                    int[] input = {9, width};
                    if (width + 2 * padding[1] >= kernel) {
                        windows.add(window(input, new int[] {kernel, kernel}, strides, new int[] {1, 1}, padding));
                    }
                }
            }
        }
        windows.add(
                window(new int[] {300, 70}, new int[] {3, 3}, new int[] {2, 2}, new int[] {1, 1}, new int[] {1, 1}));
        windows.add(window(new int[] {5, 90}, new int[] {2, 40}, new int[] {1, 2}, new int[] {1, 2}, new int[] {1, 9}));
        windows.add(window(new int[] {20, 40}, new int[] {3, 5}, new int[] {2, 2}, new int[] {2, 3}, new int[] {1, 5}));
        return windows;
    }

    @ParameterizedTest
    @MethodSource("awkwardWindows")
    void agreesWithTheOracleForRowsOfAllLengths(Window window) {
        assertThat(max(vector, window)).isEqualTo(max(scalar, window));
        for (boolean countsPadding : new boolean[] {false, true}) {
            Reduction mean = new Reduction.Mean(countsPadding, window.padding());
            float[] expected = reduce(scalar, window, mean);
            float[] actual = reduce(vector, window, mean);
            for (int i = 0; i < expected.length; i++) {
                assertThat(actual[i]).isCloseTo(expected[i], within(1e-6f));
            }
        }
    }

    @ParameterizedTest
    @MethodSource("windows")
    void maxPoolingEqualsTheOracle(Window window) {
        warmUp(() -> max(vector, window));
        assertThat(max(vector, window)).isEqualTo(max(scalar, window));
    }

    @ParameterizedTest
    @MethodSource("windows")
    void maxPoolingEqualsTheOracleWhateverTheCellsAre(Window window) {
        for (float odd : new float[] {Float.NaN, Float.NEGATIVE_INFINITY, Float.POSITIVE_INFINITY, -0f}) {
            for (int step : new int[] {1, 7, 61}) {
                float[] cells = randomFloats(5, CHANNELS * window.inputs(), -1f, 1f);
                for (int at = 1; at < cells.length; at += step) {
                    cells[at] = odd;
                    cells[at - 1] = odd == 0 ? 0f : cells[at - 1];
                }
                MemorySegment x = floats(cells, 0);
                assertThat(withoutSigns(max(vector, window, x))).isEqualTo(withoutSigns(max(scalar, window, x)));
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

    @ParameterizedTest
    @MethodSource("windows")
    void meansAndNormsAgreeWithTheOracle(Window window) {
        for (Reduction reduction : List.of(
                new Reduction.Mean(false, window.padding()),
                new Reduction.Mean(true, window.padding()),
                new Reduction.Norm(2))) {
            warmUp(() -> reduce(vector, window, reduction));
            float[] expected = reduce(scalar, window, reduction);
            float[] actual = reduce(vector, window, reduction);
            for (int i = 0; i < expected.length; i++) {
                assertThat(actual[i]).isCloseTo(expected[i], within(1e-6f));
            }
        }
    }

    @Test
    void numbersTheMaxima() {
        MemorySegment x = floats(new float[] {1, 5, 2, 4, 3, 6}, 0);
        Window window =
                window(new int[] {2, 3}, new int[] {2, 2}, new int[] {1, 1}, new int[] {1, 1}, new int[] {0, 0});
        for (boolean firstAxisFastest : new boolean[] {false, true}) {
            MemorySegment indices = allocate(16);
            vector.max(
                    DataType.FP32, 1, window, x, allocate(8), Optional.of(indices), firstAxisFastest, allocate(4096));
            assertThat(indices.toArray(java.lang.foreign.ValueLayout.JAVA_LONG))
                    .containsExactly(firstAxisFastest ? new long[] {2, 5} : new long[] {1, 5});
        }
    }

    @ParameterizedTest
    @MethodSource("windows")
    void findsThePlacesThatTheOracleFindsWhateverTheCellsAre(Window window) {
        warmUp(() -> places(vector, window, cells(window)));
        for (float odd : new float[] {1f, Float.NaN, Float.NEGATIVE_INFINITY, Float.POSITIVE_INFINITY, -0f}) {
            for (int step : new int[] {1, 2, 7, 61}) {
                float[] cells = randomFloats(5, CHANNELS * window.inputs(), -1f, 1f);
                for (int at = 1; at < cells.length; at += step) {
                    cells[at] = odd;
                    cells[at - 1] = odd == 0 ? 0f : cells[at - 1];
                }
                MemorySegment x = floats(cells, 0);
                assertThat(places(vector, window, x)).isEqualTo(places(scalar, window, x));
            }
        }
    }

    @ParameterizedTest
    @MethodSource("awkwardWindows")
    void findsThePlacesThatTheOracleFindsInRowsOfAllLengths(Window window) {
        assertThat(places(vector, window, cells(window))).isEqualTo(places(scalar, window, cells(window)));
    }

    /** Max pooling with indices, as bytes. */
    private byte[] places(PoolingKernels kernels, Window window, MemorySegment x) {
        long results = (long) CHANNELS * window.outputs();
        MemorySegment y = allocate(12 * results);
        Optional<MemorySegment> indices = Optional.of(y.asSlice(4 * results));
        MemorySegment scratch = allocate(kernels.scratchBytes(window));
        kernels.max(DataType.FP32, CHANNELS, window, x, y.asSlice(0, 4 * results), indices, false, scratch);
        return y.toArray(java.lang.foreign.ValueLayout.JAVA_BYTE);
    }

    private float[] max(PoolingKernels kernels, Window window) {
        return max(kernels, window, cells(window));
    }

    private float[] max(PoolingKernels kernels, Window window, MemorySegment x) {
        MemorySegment y = allocate(4L * CHANNELS * window.outputs());
        kernels.max(
                DataType.FP32, CHANNELS, window, x, y, Optional.empty(), false, allocate(kernels.scratchBytes(window)));
        return floats(y, 0, CHANNELS * window.outputs());
    }

    private float[] reduce(PoolingKernels kernels, Window window, Reduction reduction) {
        MemorySegment y = allocate(4L * CHANNELS * window.outputs());
        kernels.reduce(
                DataType.FP32, CHANNELS, window, reduction, cells(window), y, allocate(kernels.scratchBytes(window)));
        return floats(y, 0, CHANNELS * window.outputs());
    }

    private MemorySegment cells(Window window) {
        return floats(randomFloats(5, CHANNELS * window.inputs(), -1f, 1f), 0);
    }

    private static Window window(int[] input, int[] kernel, int[] stride, int[] dilation, int[] padding) {
        int[] output = new int[input.length];
        for (int axis = 0; axis < input.length; axis++) {
            output[axis] =
                    (input[axis] + 2 * padding[axis] - (kernel[axis] - 1) * dilation[axis] - 1) / stride[axis] + 1;
        }
        return new Window(input, kernel, stride, dilation, padding, output);
    }
}
