package dev.nereid.models.operators.random;

import dev.nereid.models.ModelFormatException;
import dev.nereid.models.graph.Dim;
import dev.nereid.models.graph.TensorType;
import dev.nereid.models.lowering.Inference;
import dev.nereid.models.lowering.Lowering;
import dev.nereid.models.operators.DataTypes;
import dev.nereid.models.operators.OnnxTypes;
import dev.nereid.models.operators.Operator;
import dev.nereid.models.operators.movement.ScalarElements;
import dev.nereid.tensor.DataType;
import dev.nereid.tensor.Tensor;
import java.util.List;
import java.util.random.RandomGenerator;

/**
 * ONNX Multinomial: draws classes whose relative probabilities are given as logarithms.
 *
 * <p>x: [batch, classes]; y: [batch, sample_size], the numbers of the classes.
 */
final class Multinomial implements Operator {
    @Override
    public List<TensorType> outputTypes(Inference inference) {
        TensorType x = inference.type(0);
        DataType type = OnnxTypes.dataType(inference.attributes().integer("dtype", OnnxTypes.number(DataType.INT32)));
        if (!DataTypes.INDICES.contains(type)) {
            throw new ModelFormatException("attribute 'dtype': expected INT32 or INT64, got " + type);
        }
        long samples = inference.attributes().integer("sample_size", 1);
        if (samples < 0) {
            throw new ModelFormatException("attribute 'sample_size': expected at least 0, got " + samples);
        }
        if (x.hasRank() && x.rank() != 2) {
            throw new ModelFormatException("expected an input: [batch, classes], got " + x);
        }
        return List.of(TensorType.of(type, List.of(x.hasRank() ? x.dim(0) : inference.unknownDim(), Dim.of(samples))));
    }

    @Override
    public void lower(Lowering lowering) {
        RandomStream stream = RandomStream.of(lowering.attributes());
        lowering.step(run -> draw(run.input(0), run.output(0), stream.start()));
    }

    @Override
    public boolean deterministic() {
        return false;
    }

    private static void draw(Tensor x, Tensor y, RandomGenerator random) {
        int classes = Math.toIntExact(x.shape().dim(1));
        long samples = y.shape().dim(1);
        if (classes == 0 && y.shape().elements() > 0) {
            throw new IllegalArgumentException("there are no classes to draw from");
        }
        double[] upTo = new double[classes];
        for (long row = 0; row < x.shape().dim(0); row++) {
            double total = accumulate(x, row, upTo);
            for (long sample = 0; sample < samples; sample++) {
                ScalarElements.setInteger(y, row * samples + sample, first(upTo, random.nextDouble() * total));
            }
        }
    }

    /** Fills in the sums of the probabilities of the classes up to each one, not normalised; returns the last. */
    private static double accumulate(Tensor x, long row, double[] upTo) {
        double highest = Double.NEGATIVE_INFINITY;
        for (int i = 0; i < upTo.length; i++) {
            highest = Math.max(highest, ScalarElements.real(x, row * upTo.length + i));
        }
        double sum = 0;
        for (int i = 0; i < upTo.length; i++) {
            sum += Math.exp(ScalarElements.real(x, row * upTo.length + i) - highest);
            upTo[i] = sum;
        }
        if (!(sum > 0)) {
            throw new IllegalArgumentException("row " + row + " holds no logarithms of probabilities");
        }
        return sum;
    }

    /** The first class whose sum exceeds {@code point}. */
    private static int first(double[] upTo, double point) {
        int low = 0;
        int high = upTo.length - 1;
        while (low < high) {
            int middle = (low + high) >>> 1;
            if (upTo[middle] > point) {
                high = middle;
            } else {
                low = middle + 1;
            }
        }
        return low;
    }
}
