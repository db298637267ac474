package dev.nereid.models.operators.recurrent;

import static org.assertj.core.api.Assertions.assertThat;

import dev.nereid.kernels.KernelSet;
import dev.nereid.kernels.KernelSlot;
import dev.nereid.kernels.cpu.Cpu;
import dev.nereid.kernels.matmul.VectorPanelKernel;
import dev.nereid.kernels.recurrent.BlockedRecurrent;
import dev.nereid.kernels.recurrent.VectorUnitKernel;
import dev.nereid.kernels.scalar.ScalarInt8Recurrent;
import dev.nereid.models.operators.Expected;
import dev.nereid.models.operators.OperatorCase;
import dev.nereid.models.operators.Tensors;
import dev.nereid.models.operators.attention.Floats;
import dev.nereid.tensor.DataType;
import dev.nereid.tensor.Shape;
import dev.nereid.tensor.Tensor;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** DynamicQuantizeLSTM with kernels of bytes: its definition, with the input of each step rounded row by row. */
class QuantizedLstmTest {
    private static final int STEPS = 5;
    private static final int BATCH = 3;
    private static final int INPUT = 6;
    private static final int HIDDEN = 19;
    private static final int COLUMNS = 4 * HIDDEN;
    private static final int[] LENGTHS = {5, 2, 4};

    private static KernelSet kernels() {
        VectorUnitKernel floats = new VectorUnitKernel(new VectorPanelKernel(Cpu.detect()));
        return KernelSet.scalar()
                .with(KernelSlot.RECURRENT, new BlockedRecurrent(floats, Optional.of(new ScalarInt8Recurrent())));
    }

    /** Weights of all directions, and what they are worth: [direction][column][k]. */
    @SuppressWarnings("ArrayRecordComponent")
    private record Weights(Tensor bytes, Tensor scale, Tensor zeroPoint, double[][][] worth) {
        static Weights of(DataType type, long seed, int directions, int k, boolean byColumn) {
            Random random = new Random(seed);
            int each = byColumn ? COLUMNS : 1;
            double[] scale = new double[directions * each];
            int[] zero = new int[scale.length];
            for (int i = 0; i < scale.length; i++) {
                scale[i] = (float) (0.001 + 0.003 * random.nextDouble());
                zero[i] = random.nextInt(20) + (type == DataType.UINT8 ? 118 : -10);
            }
            int[] bytes = new int[directions * k * COLUMNS];
            double[][][] worth = new double[directions][COLUMNS][k];
            for (int i = 0; i < bytes.length; i++) {
                bytes[i] = random.nextInt(256) - (type == DataType.UINT8 ? 0 : 128);
                int column = i % COLUMNS;
                int direction = i / COLUMNS / k;
                int at = direction * each + column % each;
                worth[direction][column][i / COLUMNS % k] = (bytes[i] - zero[at]) * scale[at];
            }
            Shape scales = byColumn ? Shape.of(directions, COLUMNS) : Shape.of(directions);
            return new Weights(
                    Tensors.bytes(type, bytes).withShape(Shape.of(directions, k, COLUMNS)),
                    Floats.of(DataType.FP32, scale, scale.length).withShape(scales),
                    Tensors.bytes(type, zero).withShape(scales),
                    worth);
        }
    }

    @ParameterizedTest
    @CsvSource({
        "forward, INT8, true",
        "reverse, UINT8, false",
        "bidirectional, UINT8, true",
        "bidirectional, INT8, false"
    })
    void roundsTheInputOfEachStepByRows(String direction, DataType type, boolean byColumn) {
        int directions = direction.equals("bidirectional") ? 2 : 1;
        Weights w = Weights.of(type, 1, directions, INPUT, byColumn);
        Weights r = Weights.of(type, 2, directions, HIDDEN, byColumn);
        Tensor x = Floats.floats(3, STEPS, BATCH, INPUT);
        Tensor bias = Floats.floats(4, directions, 2 * COLUMNS);
        Tensor h = Floats.floats(5, directions, BATCH, HIDDEN);
        Tensor c = Floats.floats(6, directions, BATCH, HIDDEN);
        List<Tensor> outputs = OperatorCase.microsoft("DynamicQuantizeLSTM")
                .with("hidden_size", HIDDEN)
                .with("direction", direction)
                .data(x)
                .argument(w.bytes())
                .argument(r.bytes())
                .argument(bias)
                .data(Tensors.ints(LENGTHS))
                .data(h)
                .data(c)
                .absent()
                .argument(w.scale())
                .argument(w.zeroPoint())
                .argument(r.scale())
                .argument(r.zeroPoint())
                .outputs(3)
                .optimized(kernels());
        double[] y = new double[STEPS * directions * BATCH * HIDDEN];
        double[] lastH = new double[directions * BATCH * HIDDEN];
        double[] lastC = new double[directions * BATCH * HIDDEN];
        for (int d = 0; d < directions; d++) {
            double[] biases = row(bias, d, 2 * COLUMNS);
            PlainLayer layer = layer(w.worth()[d], r.worth()[d], biases);
            for (int b = 0; b < BATCH; b++) {
                double[] state = row(h, d * BATCH + b, HIDDEN);
                double[] cells = row(c, d * BATCH + b, HIDDEN);
                boolean backwards = direction.equals("reverse") || d == 1;
                for (int step = 0; step < LENGTHS[b]; step++) {
                    int time = backwards ? LENGTHS[b] - 1 - step : step;
                    double[] given = rounded(state);
                    layer.lstm(rounded(row(x, time * BATCH + b, INPUT)), given, cells);
                    state = given;
                    System.arraycopy(state, 0, y, ((time * directions + d) * BATCH + b) * HIDDEN, HIDDEN);
                }
                System.arraycopy(state, 0, lastH, (d * BATCH + b) * HIDDEN, HIDDEN);
                System.arraycopy(cells, 0, lastC, (d * BATCH + b) * HIDDEN, HIDDEN);
            }
        }
        Expected.of(y, STEPS, directions, BATCH, HIDDEN).check("Y", outputs.get(0), 2e-5);
        Expected.of(lastH, directions, BATCH, HIDDEN).check("Y_h", outputs.get(1), 2e-5);
        Expected.of(lastC, directions, BATCH, HIDDEN).check("Y_c", outputs.get(2), 2e-5);
    }

    private static PlainLayer layer(double[][] w, double[][] r, double[] biases) {
        return new PlainLayer(
                HIDDEN,
                w,
                r,
                biases,
                new double[3 * HIDDEN],
                Double.MAX_VALUE,
                false,
                false,
                value -> 1 / (1 + Math.exp(-value)),
                Math::tanh,
                Math::tanh);
    }

    private static double[] row(Tensor tensor, int number, int length) {
        double[] row = new double[length];
        System.arraycopy(Floats.values(tensor), number * length, row, 0, length);
        return row;
    }

    /** What a row is worth in bytes. */
    private static double[] rounded(double[] row) {
        double low = 0;
        double high = 0;
        for (double number : row) {
            low = Math.min(low, number);
            high = Math.max(high, number);
        }
        double step = (high - low) / 255;
        double zero = Math.rint(-low / step);
        double[] worth = new double[row.length];
        for (int i = 0; i < row.length; i++) {
            worth[i] = (Math.clamp(Math.rint(row[i] / step) + zero, 0, 255) - zero) * step;
        }
        return worth;
    }

    @Test
    void needsNoBiasStatesAndZeroPoints() {
        Weights w = Weights.of(DataType.INT8, 1, 1, INPUT, false);
        Weights r = Weights.of(DataType.INT8, 2, 1, HIDDEN, false);
        Tensor x = Floats.floats(3, STEPS, BATCH, INPUT);
        Tensor none = Floats.of(DataType.FP32, new double[2 * COLUMNS], 1, 2 * COLUMNS);
        Tensor zero = Tensors.bytes(DataType.INT8, 0);
        OperatorCase full = OperatorCase.microsoft("DynamicQuantizeLSTM")
                .data(x)
                .argument(w.bytes())
                .argument(r.bytes())
                .argument(none)
                .absent(4)
                .argument(w.scale())
                .argument(zero)
                .argument(r.scale())
                .argument(zero);
        OperatorCase bare = OperatorCase.microsoft("DynamicQuantizeLSTM")
                .data(x)
                .argument(w.bytes())
                .argument(r.bytes())
                .absent(5)
                .argument(w.scale())
                .absent()
                .argument(r.scale())
                .absent();
        assertThat(text(bare)).isEqualTo(text(full));
    }

    private static List<String> text(OperatorCase node) {
        return node.optimized(kernels()).stream().map(Tensors::text).toList();
    }
}
