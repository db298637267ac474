package dev.nereid.models.operators.attention;

import dev.nereid.models.ModelFormatException;
import dev.nereid.models.graph.Attributes;
import dev.nereid.models.graph.Dim;
import dev.nereid.models.graph.TensorType;
import dev.nereid.models.lowering.Inference;
import dev.nereid.models.lowering.Lowering;
import dev.nereid.models.lowering.StepRun;
import dev.nereid.models.operators.Operator;
import dev.nereid.models.operators.elementwise.Parallel;
import dev.nereid.models.operators.elementwise.RealNumbers;
import dev.nereid.tensor.Shape;
import dev.nereid.tensor.Tensor;
import java.util.List;
import java.util.Set;

/**
 * ONNX CausalConvWithState: a convolution of each channel along time that sees the past alone, and the end of the past
 * for the next call.
 *
 * <p>Inputs: x: [batch, channels, length]; w: [channels, 1, taps]; bias, optional: [channels]; past_state, optional:
 * [batch, channels, taps - 1], zeros if absent. Outputs: y as x; present_state as past_state.
 */
final class CausalConvWithState implements Operator {
    private static final int WEIGHTS = 1;
    private static final int BIAS = 2;
    private static final int PAST = 3;
    private static final Set<String> ACTIVATIONS = Set.of("none", "silu", "swish");

    @Override
    public List<TensorType> outputTypes(Inference inference) {
        isGated(inference.attributes());
        TensorType x = inference.type(0);
        TensorType w = inference.type(WEIGHTS);
        if ((x.hasRank() && x.rank() != 3) || (w.hasRank() && w.rank() != 3)) {
            throw new ModelFormatException("expected x and w of rank 3, got " + x + " and " + w);
        }
        Dim taps = w.hasRank() ? w.dim(2) : inference.unknownDim();
        TensorType state = x.hasRank() && w.hasRank()
                ? TensorType.of(x.dataType(), List.of(x.dim(0), x.dim(1), taps.plus(-1)))
                : TensorType.ofUnknownRank(x.dataType());
        return List.of(x, state);
    }

    private static boolean isGated(Attributes attributes) {
        String activation = attributes.text("activation", "none");
        if (!ACTIVATIONS.contains(activation)) {
            throw new ModelFormatException(
                    "attribute 'activation': expected one of " + ACTIVATIONS + ", got '" + activation + "'");
        }
        return !activation.equals("none");
    }

    @Override
    public void lower(Lowering lowering) {
        boolean gated = isGated(lowering.attributes());
        lowering.step(run -> convolve(run, gated));
    }

    private static void convolve(StepRun run, boolean gated) {
        Tensor x = run.input(0);
        Shape shape = x.shape();
        Shape w = run.input(WEIGHTS).shape();
        int channels = Math.toIntExact(shape.dim(1));
        int length = Math.toIntExact(shape.dim(2));
        int taps = Math.toIntExact(w.dim(2));
        check(run, shape, w, channels, taps);
        Parallel.rows(run.workers(), shape.elements(0, 2), (long) length * taps, x.dataType(), (from, rows) -> {
            double[] padded = new double[taps - 1 + length];
            double[] weights = new double[taps];
            for (long row = from; row < from + rows; row++) {
                read(run, row, length, padded, taps);
                long channel = row % channels;
                for (int tap = 0; tap < taps; tap++) {
                    weights[tap] = RealNumbers.at(run.input(WEIGHTS), channel * taps + tap);
                }
                double bias = run.has(BIAS) ? RealNumbers.at(run.input(BIAS), channel) : 0;
                convolve(run.output(0), row * length, padded, weights, bias, gated);
                if (run.wants(1)) {
                    copyState(run.output(1), row, padded, taps);
                }
            }
        });
    }

    private static void check(StepRun run, Shape x, Shape w, int channels, int taps) {
        boolean fits = w.dim(0) == channels && w.dim(1) == 1 && taps >= 1;
        if (!fits) {
            throw new IllegalArgumentException(
                    "input 1: expected the shape [" + channels + ",1,taps] beside an input of " + x + ", got " + w);
        }
        if (run.has(BIAS) && run.input(BIAS).shape().elements() != channels) {
            throw new IllegalArgumentException("input 2: expected " + channels + " numbers, got "
                    + run.input(BIAS).shape());
        }
        Shape state = Shape.of(x.dim(0), channels, taps - 1);
        if (run.has(PAST) && !run.input(PAST).shape().equals(state)) {
            throw new IllegalArgumentException("input 3: expected the shape " + state + ", got "
                    + run.input(PAST).shape());
        }
    }

    /** The past and the present of one channel. */
    private static void read(StepRun run, long row, int length, double[] padded, int taps) {
        for (int i = 0; i < taps - 1; i++) {
            padded[i] = run.has(PAST) ? RealNumbers.at(run.input(PAST), row * (taps - 1) + i) : 0;
        }
        for (int i = 0; i < length; i++) {
            padded[taps - 1 + i] = RealNumbers.at(run.input(0), row * length + i);
        }
    }

    private static void convolve(Tensor y, long at, double[] padded, double[] weights, double bias, boolean gated) {
        int length = padded.length - weights.length + 1;
        for (int i = 0; i < length; i++) {
            double sum = bias;
            for (int tap = 0; tap < weights.length; tap++) {
                sum += weights[tap] * padded[i + tap];
            }
            RealNumbers.set(y, at + i, gated ? sum / (1 + Math.exp(-sum)) : sum);
        }
    }

    private static void copyState(Tensor state, long row, double[] padded, int taps) {
        for (int i = 0; i < taps - 1; i++) {
            RealNumbers.set(state, row * (taps - 1) + i, padded[padded.length - taps + 1 + i]);
        }
    }
}
