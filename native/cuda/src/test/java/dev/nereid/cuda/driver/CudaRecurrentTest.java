package dev.nereid.cuda.driver;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.nereid.cuda.device.BroadcastStrides;
import dev.nereid.cuda.device.DeviceRecurrentPass;
import dev.nereid.cuda.device.DeviceRecurrentPass.Kind;
import dev.nereid.models.device.DeviceException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** The CUDA kernels of recurrent layers beside their formulas in FP64, on an emulated GPU. */
@Tag("cuda")
class CudaRecurrentTest {
    @AutoClose
    private static DeviceRig rig;

    @BeforeAll
    static void open() {
        rig = DeviceRig.open("CUDA kernels of recurrent layers");
    }

    /** The operands of a pass; gates of X are given, and not computed. */
    @SuppressWarnings("ArrayRecordComponent")
    record Case(Kind kind, int steps, int batch, int hidden, boolean reversed, boolean linear, int[] lengths) {
        int gates() {
            return switch (kind) {
                case RNN -> 1;
                case GRU -> 3;
                case LSTM -> 4;
            };
        }
    }

    static Stream<Arguments> cases() {
        int[][] sizes = {{1, 1, 1}, {3, 2, 5}, {2, 3, 33}, {4, 1, 70}};
        return Arrays.stream(sizes)
                .flatMap(size -> Stream.of(Kind.values())
                        .flatMap(kind -> Stream.of(false, true)
                                .flatMap(reversed -> Stream.of(false, true)
                                        .map(linear -> Arguments.of(new Case(
                                                kind,
                                                size[0],
                                                size[1],
                                                size[2],
                                                reversed,
                                                linear,
                                                lengths(size[0], size[1])))))));
    }

    /** None, one step and all of them, in turns. */
    private static int[] lengths(int steps, int batch) {
        int[] lengths = new int[batch];
        for (int b = 0; b < batch; b++) {
            lengths[b] = batch == 1 ? steps : new int[] {steps, 1, 0}[b % 3];
        }
        return lengths;
    }

    @ParameterizedTest
    @MethodSource("cases")
    void takesAllSteps(Case c) {
        Random random = new Random(c.hidden() * 31L + c.steps());
        int state = c.batch() * c.hidden();
        float[] input = numbers(random, c.steps() * c.gates() * state);
        float[] r = numbers(random, c.gates() * c.hidden() * c.hidden());
        float[] bias = numbers(random, c.gates() * c.hidden());
        float[] initial = numbers(random, state);
        float[] initialCells = numbers(random, state);
        float[] expected = reference(c, input, r, bias, initial.clone(), initialCells.clone());
        int yLength = c.steps() * state;
        MemorySegment lengths = rig.memory(4L * c.batch());
        MemorySegment.copy(c.lengths(), 0, lengths, ValueLayout.JAVA_INT, 0, c.batch());
        MemorySegment actual = rig.run(
                4L * (yLength + 2 * state),
                List.of(
                        rig.floats(input),
                        rig.floats(r),
                        rig.floats(bias),
                        rig.floats(Arrays.copyOf(initial, 2 * state)),
                        rig.floats(initialCells),
                        lengths),
                (kernels, in, out) -> {
                    kernels.fill(4, 0, out, yLength);
                    DeviceRecurrentPass layer = new DeviceRecurrentPass(
                            c.kind(),
                            c.steps(),
                            c.batch(),
                            c.hidden(),
                            in[0],
                            in[1],
                            in[2],
                            in[3],
                            in[4],
                            out,
                            state,
                            in[5],
                            c.reversed(),
                            Float.POSITIVE_INFINITY,
                            c.linear());
                    kernels.recur(layer);
                    long[] dims = {state};
                    BroadcastStrides all = BroadcastStrides.of(dims, List.of(new long[] {1}, new long[] {1}));
                    kernels.copy(4, layer.statesAfter(c.steps()), 0, out, yLength, all);
                    kernels.copy(4, in[4], 0, out, yLength + state, all);
                });
        MemorySegment compared = c.kind() == Kind.LSTM ? actual : actual.asSlice(0, 4L * (yLength + state));
        DeviceRig.assertClose(
                compared,
                rig.floats(Arrays.copyOf(expected, (int) (compared.byteSize() / 4))),
                1e-5f,
                1e-6f,
                c.toString());
    }

    @Test
    void refusesALengthBeyondTheSteps() {
        MemorySegment lengths = rig.memory(4);
        lengths.set(ValueLayout.JAVA_INT, 0, 2);
        assertThatThrownBy(() -> rig.run(
                        4,
                        List.of(rig.floats(1), rig.floats(1), rig.floats(0, 0), lengths),
                        (kernels, in, out) -> kernels.recur(new DeviceRecurrentPass(
                                Kind.RNN, 1, 1, 1, in[0], in[1], 0, in[2], 0, out, 1, in[3], false, 9, false))))
                .isInstanceOf(DeviceException.class)
                .hasMessageContaining("outside");
    }

    /** [y, last states, last cells], in FP64. */
    private static float[] reference(Case c, float[] input, float[] r, float[] bias, float[] h, float[] cells) {
        int state = c.batch() * c.hidden();
        float[] result = new float[c.steps() * state + 2 * state];
        for (int b = 0; b < c.batch(); b++) {
            for (int step = 0; step < c.lengths()[b]; step++) {
                int time = c.reversed() ? c.lengths()[b] - 1 - step : step;
                double[] next = new double[c.hidden()];
                double[] own = new double[c.hidden()];
                for (int j = 0; j < c.hidden(); j++) {
                    own[j] = h[b * c.hidden() + j];
                }
                double[] reset = new double[c.hidden()];
                for (int j = 0; j < c.hidden() && c.kind() == Kind.GRU; j++) {
                    double x = input[((time * c.batch() + b) * 3 + 1) * c.hidden() + j];
                    reset[j] = sigmoid(x + dot(c, r, bias, 1, j, own)) * h[b * c.hidden() + j];
                }
                for (int j = 0; j < c.hidden(); j++) {
                    double[] x = new double[c.gates()];
                    double[] p = new double[c.gates()];
                    for (int gate = 0; gate < c.gates(); gate++) {
                        x[gate] = input[((time * c.batch() + b) * c.gates() + gate) * c.hidden() + j];
                        p[gate] = dot(c, r, bias, gate, j, own);
                    }
                    int at = b * c.hidden() + j;
                    next[j] = switch (c.kind()) {
                        case RNN -> Math.tanh(x[0] + p[0]);
                        case GRU -> {
                            double z = sigmoid(x[0] + p[0]);
                            double candidate = c.linear() ? sigmoid(x[1] + p[1]) * p[2] : dot(c, r, bias, 2, j, reset);
                            yield (1 - z) * Math.tanh(x[2] + candidate) + z * h[at];
                        }
                        case LSTM -> {
                            double cell =
                                    sigmoid(x[2] + p[2]) * cells[at] + sigmoid(x[0] + p[0]) * Math.tanh(x[3] + p[3]);
                            cells[at] = (float) cell;
                            yield sigmoid(x[1] + p[1]) * Math.tanh(cell);
                        }
                    };
                }
                for (int j = 0; j < c.hidden(); j++) {
                    h[b * c.hidden() + j] = (float) next[j];
                    result[time * state + b * c.hidden() + j] = (float) next[j];
                }
            }
            if (c.lengths()[b] == 0) {
                Arrays.fill(h, b * c.hidden(), (b + 1) * c.hidden(), 0);
                Arrays.fill(cells, b * c.hidden(), (b + 1) * c.hidden(), 0);
            }
        }
        System.arraycopy(h, 0, result, c.steps() * state, state);
        System.arraycopy(cells, 0, result, c.steps() * state + state, state);
        return result;
    }

    private static double dot(Case c, float[] r, float[] bias, int gate, int unit, double[] states) {
        double sum = bias[gate * c.hidden() + unit];
        for (int i = 0; i < c.hidden(); i++) {
            sum += r[(gate * c.hidden() + unit) * c.hidden() + i] * states[i];
        }
        return sum;
    }

    private static double sigmoid(double x) {
        return 1 / (1 + Math.exp(-x));
    }

    private static float[] numbers(Random random, int length) {
        float[] numbers = new float[length];
        for (int i = 0; i < length; i++) {
            numbers[i] = (float) random.nextGaussian() / 4;
        }
        return numbers;
    }
}
