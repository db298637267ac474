package dev.nereid.models.optimize;

import dev.nereid.models.graph.Node;
import dev.nereid.tensor.DataType;
import dev.nereid.tensor.Tensor;
import java.lang.foreign.ValueLayout;
import java.util.Optional;

/** An inference-time BatchNormalization with constants of FP32: {@code x * factor + addend}, channel by channel. */
record NormalizationConstants(Tensor scale, Tensor shift, Tensor mean, Tensor variance, float epsilon) {
    private static final ValueLayout.OfFloat FLOAT = ValueLayout.JAVA_FLOAT_UNALIGNED;

    /** Those of a node; empty where it is another operator, trains, or has other inputs than constants of a length. */
    static Optional<NormalizationConstants> of(Node node, GraphIndex index) {
        boolean inference = GraphIndex.is(node, "BatchNormalization")
                && node.attributes().integer("training_mode", 0) == 0
                && node.outputs().stream().skip(1).allMatch(Optional::isEmpty);
        Optional<Tensor> scale = floats(node, 1, index);
        Optional<Tensor> shift = floats(node, 2, index);
        Optional<Tensor> mean = floats(node, 3, index);
        Optional<Tensor> variance = floats(node, 4, index);
        if (!inference || scale.isEmpty() || shift.isEmpty() || mean.isEmpty() || variance.isEmpty()) {
            return Optional.empty();
        }
        NormalizationConstants found = new NormalizationConstants(
                scale.get(),
                shift.get(),
                mean.get(),
                variance.get(),
                node.attributes().real("epsilon", 1e-5f));
        return found.fit() ? Optional.of(found) : Optional.empty();
    }

    private static Optional<Tensor> floats(Node node, int input, GraphIndex index) {
        return node.input(input).flatMap(index::constant).filter(tensor -> tensor.dataType() == DataType.FP32);
    }

    private boolean fit() {
        return shift.shape().equals(scale.shape())
                && mean.shape().equals(scale.shape())
                && variance.shape().equals(scale.shape());
    }

    int channels() {
        return Math.toIntExact(scale.shape().elements());
    }

    /** What each channel's x is multiplied by. */
    double[] factors() {
        float[] scales = floats(scale);
        float[] variances = floats(variance);
        double[] factors = new double[scales.length];
        for (int channel = 0; channel < factors.length; channel++) {
            factors[channel] = scales[channel] / Math.sqrt((double) variances[channel] + epsilon);
        }
        return factors;
    }

    /**
     * What is added to {@code x * factor} of each channel.
     *
     * @param added what was added to x before, of as many channels
     */
    float[] addends(Optional<Tensor> added) {
        double[] factors = factors();
        float[] means = floats(mean);
        float[] shifts = floats(shift);
        float[] before = added.map(NormalizationConstants::floats).orElseGet(() -> new float[factors.length]);
        float[] addends = new float[factors.length];
        for (int channel = 0; channel < addends.length; channel++) {
            addends[channel] =
                    (float) (((double) before[channel] - means[channel]) * factors[channel] + shifts[channel]);
        }
        return addends;
    }

    private static float[] floats(Tensor tensor) {
        return tensor.segment().asSlice(0, tensor.byteSize()).toArray(FLOAT);
    }
}
