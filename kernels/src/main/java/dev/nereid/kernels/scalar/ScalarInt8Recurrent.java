package dev.nereid.kernels.scalar;

import dev.nereid.kernels.matmul.Matrix;
import dev.nereid.kernels.parallel.Workers;
import dev.nereid.kernels.recurrent.GateBlocks;
import dev.nereid.kernels.recurrent.Int8GateWeights;
import dev.nereid.kernels.recurrent.Int8RecurrentKernels;
import dev.nereid.kernels.recurrent.RecurrentSteps;
import dev.nereid.kernels.recurrent.StepRows;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Optional;

/** The scalar loops of layers whose weights are bytes. */
public final class ScalarInt8Recurrent implements Int8RecurrentKernels {
    private static final ValueLayout.OfFloat FLOAT = ValueLayout.JAVA_FLOAT_UNALIGNED;
    private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT_UNALIGNED;
    private static final int MOST = 255;

    @Override
    public long scratchBytes(int rows, Int8GateWeights weights) {
        return 0;
    }

    @Override
    public void gates(
            Matrix x,
            Int8GateWeights weights,
            Optional<MemorySegment> bias,
            Matrix gates,
            MemorySegment scratch,
            Workers workers) {
        for (int i = 0; i < x.rows(); i++) {
            Row row = Row.of(x.segment(), x.index(i, 0), weights.k());
            for (int column = 0; column < weights.blocks().columns(); column++) {
                float start = bias.isPresent() ? bias.get().getAtIndex(FLOAT, column) : 0;
                gates.segment().setAtIndex(FLOAT, gates.index(i, column), row.times(weights, column, start));
            }
        }
    }

    @Override
    public void lstm(
            Int8GateWeights weights, RecurrentSteps steps, MemorySegment c, MemorySegment scratch, Workers workers) {
        GateBlocks blocks = weights.blocks();
        int hidden = blocks.hidden();
        for (int t = 0; t < steps.steps(); t++) {
            for (int b = 0; b < steps.batch(); b++) {
                StepRows before = t == 0 ? steps.h() : steps.y();
                Row row = Row.of(before.segment(), before.index(Math.max(0, t - 1), b), hidden);
                StepRows x = steps.x();
                StepRows y = steps.y();
                double[] gates = new double[blocks.gates()];
                for (int unit = 0; unit < hidden; unit++) {
                    for (int gate = 0; gate < gates.length; gate++) {
                        int column = blocks.column(gate, unit);
                        float start = x.segment().getAtIndex(FLOAT, x.index(t, b) + column);
                        gates[gate] = row.times(weights, column, start);
                    }
                    long at = (long) b * hidden + unit;
                    double kept = sigmoid(gates[2]) * c.getAtIndex(FLOAT, at);
                    float cell = (float) (kept + sigmoid(gates[0]) * Math.tanh(gates[3]));
                    c.setAtIndex(FLOAT, at, cell);
                    float state = (float) (sigmoid(gates[1]) * Math.tanh(cell));
                    y.segment().setAtIndex(FLOAT, y.index(t, b) + unit, state);
                }
            }
        }
    }

    private static double sigmoid(double x) {
        return 1 / (1 + Math.exp(-x));
    }

    /** A row in bytes. */
    @SuppressWarnings("ArrayRecordComponent")
    private record Row(int[] bytes, float scale, int zero) {
        static Row of(MemorySegment x, long at, int k) {
            float low = 0;
            float high = 0;
            for (int i = 0; i < k; i++) {
                float number = x.getAtIndex(FLOAT, at + i);
                low = number < low ? number : low;
                high = number > high ? number : high;
            }
            float range = high - low;
            float inverse = range > 0 ? MOST / range : 0;
            int zero = rounded(-low * inverse, 0);
            int[] bytes = new int[k];
            for (int i = 0; i < k; i++) {
                bytes[i] = rounded(x.getAtIndex(FLOAT, at + i) * inverse, zero);
            }
            return new Row(bytes, range / MOST, zero);
        }

        /** As a byte; what is not a number is zero. */
        private static int rounded(float number, int zero) {
            return Float.isNaN(number) ? zero : (int) Math.clamp(Math.rint(number) + zero, 0, MOST);
        }

        float times(Int8GateWeights weights, int column, float start) {
            int zeroPoint =
                    weights.zeroPoints().map(all -> all.getAtIndex(INT, column)).orElse(0);
            int sum = 0;
            for (int i = 0; i < bytes.length; i++) {
                sum += (bytes[i] - zero) * (weights.at(i, column) - zeroPoint);
            }
            float factor = scale * weights.scales().getAtIndex(FLOAT, column);
            float product = sum * factor;
            return product + start;
        }
    }
}
