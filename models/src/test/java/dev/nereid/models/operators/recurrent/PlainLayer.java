package dev.nereid.models.operators.recurrent;

import java.util.function.DoubleUnaryOperator;

/**
 * One direction of a recurrent layer as its definition says, in doubles, one sequence and one gate at a time: what the
 * operators are compared with.
 *
 * @param w [gates * hidden][input]
 * @param r [gates * hidden][hidden]
 * @param b [2 * gates * hidden]
 * @param p [3 * hidden], of an LSTM
 */
@SuppressWarnings("ArrayRecordComponent")
record PlainLayer(
        int hidden,
        double[][] w,
        double[][] r,
        double[] b,
        double[] p,
        double clip,
        boolean coupled,
        boolean linearBeforeReset,
        DoubleUnaryOperator f,
        DoubleUnaryOperator g,
        DoubleUnaryOperator last) {
    private double[] gate(int gate, double[] x, double[] h) {
        double[] sums = new double[hidden];
        for (int i = 0; i < hidden; i++) {
            sums[i] = input(gate, i, x) + recurrent(gate, i, h);
        }
        return sums;
    }

    private double input(int gate, int i, double[] x) {
        double sum = b[gate * hidden + i];
        for (int k = 0; k < x.length; k++) {
            sum += w[gate * hidden + i][k] * x[k];
        }
        return sum;
    }

    private double recurrent(int gate, int i, double[] h) {
        double sum = b[w.length + gate * hidden + i];
        for (int k = 0; k < hidden; k++) {
            sum += r[gate * hidden + i][k] * h[k];
        }
        return sum;
    }

    private double clipped(double value) {
        return Math.max(-clip, Math.min(clip, value));
    }

    void rnn(double[] x, double[] h) {
        double[] sums = gate(0, x, h);
        for (int i = 0; i < hidden; i++) {
            h[i] = f.applyAsDouble(clipped(sums[i]));
        }
    }

    void gru(double[] x, double[] h) {
        double[] update = gate(0, x, h);
        double[] reset = gate(1, x, h);
        double[] kept = new double[hidden];
        for (int i = 0; i < hidden; i++) {
            update[i] = f.applyAsDouble(clipped(update[i]));
            reset[i] = f.applyAsDouble(clipped(reset[i]));
            kept[i] = reset[i] * h[i];
        }
        double[] next = new double[hidden];
        for (int i = 0; i < hidden; i++) {
            double candidate =
                    input(2, i, x) + (linearBeforeReset ? reset[i] * recurrent(2, i, h) : recurrent(2, i, kept));
            next[i] = (1 - update[i]) * g.applyAsDouble(clipped(candidate)) + update[i] * h[i];
        }
        System.arraycopy(next, 0, h, 0, hidden);
    }

    void lstm(double[] x, double[] h, double[] c) {
        double[] in = gate(0, x, h);
        double[] out = gate(1, x, h);
        double[] forget = gate(2, x, h);
        double[] fresh = gate(3, x, h);
        for (int i = 0; i < hidden; i++) {
            double opened = f.applyAsDouble(clipped(in[i] + p[i] * c[i]));
            double kept = coupled ? 1 - opened : f.applyAsDouble(clipped(forget[i] + p[2 * hidden + i] * c[i]));
            c[i] = kept * c[i] + opened * g.applyAsDouble(clipped(fresh[i]));
            h[i] = f.applyAsDouble(clipped(out[i] + p[hidden + i] * c[i])) * last.applyAsDouble(c[i]);
        }
    }
}
