package dev.nereid.kernels.quantized;

import static org.assertj.core.api.Assertions.assertThat;

import dev.nereid.kernels.convolution.Window;
import dev.nereid.kernels.parallel.Workers;
import dev.nereid.kernels.scalar.ScalarByteArithmetic;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

class VectorByteArithmeticTest extends ByteKernelTest {
    private static final boolean[] BOTH = {false, true};
    private static final int[] CHANNELS = {1, 7, 15, 16, 17, 31, 32, 33, 63, 64, 65, 130};

    private final ByteArithmeticKernels oracle = new ScalarByteArithmetic();
    private final ByteArithmeticKernels kernels = new VectorByteArithmetic();

    /** A sum or product. */
    private interface Binary {
        void run(ByteArithmeticKernels set, QuantizedBytes a, QuantizedBytes b, QuantizedBytes y);
    }

    private QuantizedBytes random(int length, long seed, boolean signed, float scale, int zeroPoint) {
        return new QuantizedBytes(bytes(randomBytes(length, seed)), signed, scale, zeroPoint);
    }

    private void compare(int length, Binary binary) {
        // Halves of a step are rounded to even; a step of 4096 saturates nearly everything.
        for (float[] scales :
                new float[][] {{0.02f, 0.03f, 0.04f}, {0.5f, 0.5f, 1f}, {4096f, 1f, 1f}, {1e-9f, 2f, 7f}}) {
            for (boolean aSigned : BOTH) {
                for (boolean bSigned : BOTH) {
                    boolean ySigned = aSigned ^ bSigned;
                    QuantizedBytes a = random(length, 1, aSigned, scales[0], aSigned ? -5 : 128);
                    QuantizedBytes b = random(length, 2, bSigned, scales[1], bSigned ? 0 : 3);
                    int zero = ySigned ? 7 : 100;
                    QuantizedBytes expected = new QuantizedBytes(dirty(length), ySigned, scales[2], zero);
                    QuantizedBytes actual = new QuantizedBytes(dirty(length), ySigned, scales[2], zero);
                    binary.run(oracle, a, b, expected);
                    if (length <= 4098) {
                        warmUp(() -> binary.run(kernels, a, b, actual));
                    }
                    binary.run(kernels, a, b, actual);
                    assertThat(copy(actual.segment(), length))
                            .as(
                                    "%d elements, scales %s, signed %s and %s",
                                    length, Arrays.toString(scales), aSigned, bSigned)
                            .isEqualTo(copy(expected.segment(), length));
                }
            }
        }
    }

    @Test
    void addsWhatBytesStandFor() {
        for (int length : LENGTHS) {
            compare(length, (set, a, b, y) -> set.add(length, a, b, y, new CountedWorkers(2)));
        }
    }

    @Test
    void multipliesWhatBytesStandFor() {
        for (int length : LENGTHS) {
            compare(length, (set, a, b, y) -> set.multiply(length, a, b, y, Workers.single()));
        }
    }

    @Test
    void addsMoreThanOnePart() {
        int length = (1 << 18) + 77;
        compare(length, (set, a, b, y) -> set.add(length, a, b, y, new CountedWorkers(3)));
    }

    private static Window square(int input, int kernel, int stride, int padding) {
        int output = (input + 2 * padding - kernel) / stride + 1;
        return new Window(
                new int[] {input, input + 1},
                new int[] {kernel, kernel},
                new int[] {stride, stride},
                new int[] {1, 1},
                new int[] {padding, padding},
                new int[] {output, (input + 1 + 2 * padding - kernel) / stride + 1});
    }

    private static List<Window> windows() {
        List<Window> all = new ArrayList<>(List.of(
                square(1, 1, 1, 0),
                square(8, 2, 2, 0),
                square(9, 3, 2, 1),
                square(7, 7, 1, 0),
                square(6, 3, 1, 1),
                square(40, 3, 1, 1),
                square(5, 5, 3, 2)));
        int[] one = {1};
        all.add(new Window(new int[] {11}, new int[] {3}, new int[] {2}, one, one, new int[] {6}));
        // Dilated; and windows below which nothing lies.
        all.add(new Window(
                new int[] {7, 9}, new int[] {2, 3}, new int[] {1, 2}, new int[] {3, 2}, new int[] {1, 3}, new int[] {
                    5, 5
                }));
        all.add(new Window(
                new int[] {2, 2}, new int[] {2, 2}, new int[] {1, 1}, new int[] {1, 1}, new int[] {3, 3}, new int[] {
                    7, 7
                }));
        return all;
    }

    @Test
    void findsTheMaximumByteUnderEachWindow() {
        for (Window window : windows()) {
            for (int channels : CHANNELS) {
                for (boolean signed : BOTH) {
                    MemorySegment x = bytes(randomBytes(2 * window.inputs() * channels, 3));
                    int length = 2 * window.outputs() * channels;
                    MemorySegment expected = dirty(length);
                    oracle.max(window, 2, channels, signed, x, expected, dirty(0), Workers.single());
                    for (Workers workers : List.of(Workers.single(), new CountedWorkers(3))) {
                        MemorySegment y = dirty(length);
                        MemorySegment scratch = dirty(kernels.scratchBytes(window, channels, workers));
                        kernels.max(window, 2, channels, signed, x, y, scratch, workers);
                        assertThat(copy(y, length))
                                .as("%s, %d channels, signed %s", window, channels, signed)
                                .isEqualTo(copy(expected, length));
                    }
                    freeMemory();
                }
            }
        }
    }

    @Test
    void averagesWhatBytesUnderEachWindowStandFor() {
        for (Window window : windows()) {
            int[] counts = new int[window.outputs()];
            for (int i = 0; i < counts.length; i++) {
                counts[i] = window.taps() + i % 3;
            }
            for (int channels : CHANNELS) {
                for (boolean signed : BOTH) {
                    QuantizedBytes x = random(2 * window.inputs() * channels, 4, signed, 0.3f, signed ? -128 : 20);
                    int length = 2 * window.outputs() * channels;
                    QuantizedBytes expected = new QuantizedBytes(dirty(length), !signed, 0.1f, 9);
                    oracle.mean(window, 2, channels, x, counts, expected, dirty(0), Workers.single());
                    for (Workers workers : List.of(Workers.single(), new CountedWorkers(3))) {
                        QuantizedBytes y = new QuantizedBytes(dirty(length), !signed, 0.1f, 9);
                        MemorySegment scratch = dirty(kernels.scratchBytes(window, channels, workers));
                        kernels.mean(window, 2, channels, x, counts, y, scratch, workers);
                        assertThat(copy(y.segment(), length))
                                .as("%s, %d channels, signed %s", window, channels, signed)
                                .isEqualTo(copy(expected.segment(), length));
                    }
                    freeMemory();
                }
            }
        }
    }

    @Test
    void poolsTheSameOnceCompiled() {
        Window window = square(12, 3, 2, 1);
        int channels = 40;
        int length = window.outputs() * channels;
        QuantizedBytes x = random(window.inputs() * channels, 5, false, 0.02f, 11);
        QuantizedBytes expected = new QuantizedBytes(dirty(length), false, 0.02f, 11);
        QuantizedBytes y = new QuantizedBytes(dirty(length), false, 0.02f, 11);
        MemorySegment scratch = dirty(kernels.scratchBytes(window, channels, Workers.single()));
        int[] counts = new int[window.outputs()];
        Arrays.fill(counts, 9);
        oracle.mean(window, 1, channels, x, counts, expected, scratch, Workers.single());
        warmUp(() -> kernels.mean(window, 1, channels, x, counts, y, scratch, Workers.single()));
        kernels.mean(window, 1, channels, x, counts, y, scratch, Workers.single());
        assertThat(copy(y.segment(), length)).isEqualTo(copy(expected.segment(), length));
        oracle.max(window, 1, channels, false, x.segment(), expected.segment(), scratch, Workers.single());
        warmUp(() -> kernels.max(window, 1, channels, false, x.segment(), y.segment(), scratch, Workers.single()));
        kernels.max(window, 1, channels, false, x.segment(), y.segment(), scratch, Workers.single());
        assertThat(copy(y.segment(), length)).isEqualTo(copy(expected.segment(), length));
    }
}
