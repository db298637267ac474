package dev.nereid.kernels.scalar;

import dev.nereid.kernels.parallel.Workers;
import dev.nereid.kernels.recurrent.GateBlocks;
import dev.nereid.kernels.recurrent.RecurrentKernels;
import dev.nereid.kernels.recurrent.RecurrentSteps;
import dev.nereid.kernels.recurrent.RecurrentWeights;
import dev.nereid.kernels.recurrent.StepRows;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/** The plain-loop kernels of the recurrent family. */
public final class ScalarRecurrent implements RecurrentKernels {
    private static final ValueLayout.OfFloat FLOAT = ValueLayout.JAVA_FLOAT_UNALIGNED;

    @Override
    public int panelColumns(int blockColumns) {
        return blockColumns;
    }

    @Override
    public long scratchBytes(GateBlocks blocks, int batch, int workers) {
        return 0;
    }

    @Override
    public void lstm(
            RecurrentWeights weights, RecurrentSteps steps, MemorySegment c, MemorySegment scratch, Workers workers) {
        int hidden = weights.blocks().hidden();
        for (int t = 0; t < steps.steps(); t++) {
            for (int b = 0; b < steps.batch(); b++) {
                for (int unit = 0; unit < hidden; unit++) {
                    double in = sigmoid(sum(weights, steps, t, b, 0, unit));
                    double out = sigmoid(sum(weights, steps, t, b, 1, unit));
                    double forget = sigmoid(sum(weights, steps, t, b, 2, unit));
                    double fresh = Math.tanh(sum(weights, steps, t, b, 3, unit));
                    long at = (long) b * hidden + unit;
                    float cell = (float) (forget * c.getAtIndex(FLOAT, at) + in * fresh);
                    c.setAtIndex(FLOAT, at, cell);
                    put(steps, t, b, unit, out * Math.tanh(cell));
                }
            }
        }
    }

    @Override
    public void gru(
            RecurrentWeights weights,
            RecurrentSteps steps,
            MemorySegment bias,
            MemorySegment scratch,
            Workers workers) {
        for (int t = 0; t < steps.steps(); t++) {
            for (int b = 0; b < steps.batch(); b++) {
                for (int unit = 0; unit < weights.blocks().hidden(); unit++) {
                    double update = sigmoid(sum(weights, steps, t, b, 0, unit));
                    double reset = sigmoid(sum(weights, steps, t, b, 1, unit));
                    float addend = bias.byteSize() == 0 ? 0 : bias.getAtIndex(FLOAT, unit);
                    double product = chain(weights, steps, t, b, 2, unit) + addend;
                    double fresh = Math.tanh(x(weights, steps, t, b, 2, unit) + reset * product);
                    put(steps, t, b, unit, (1 - update) * fresh + update * state(steps, t, b, unit));
                }
            }
        }
    }

    private static double sigmoid(double x) {
        return 1 / (1 + Math.exp(-x));
    }

    /** The sum of a gate: its part from the input and its product with the hidden state. */
    private static float sum(RecurrentWeights weights, RecurrentSteps steps, int t, int b, int gate, int unit) {
        return chain(weights, steps, t, b, gate, unit) + x(weights, steps, t, b, gate, unit);
    }

    private static float chain(RecurrentWeights weights, RecurrentSteps steps, int t, int b, int gate, int unit) {
        float sum = 0;
        for (int k = 0; k < weights.blocks().hidden(); k++) {
            sum = Math.fma(state(steps, t, b, k), weights.at(gate, unit, k), sum);
        }
        return sum;
    }

    private static float x(RecurrentWeights weights, RecurrentSteps steps, int t, int b, int gate, int unit) {
        return at(steps.x(), t, b, weights.blocks().column(gate, unit));
    }

    /** The hidden state before a step. */
    private static float state(RecurrentSteps steps, int t, int b, int unit) {
        return t == 0 ? at(steps.h(), 0, b, unit) : at(steps.y(), t - 1, b, unit);
    }

    private static float at(StepRows rows, int t, int b, int column) {
        return rows.segment().getAtIndex(FLOAT, rows.index(t, b) + column);
    }

    private static void put(RecurrentSteps steps, int t, int b, int unit, double value) {
        StepRows y = steps.y();
        y.segment().setAtIndex(FLOAT, y.index(t, b) + unit, (float) value);
    }
}
