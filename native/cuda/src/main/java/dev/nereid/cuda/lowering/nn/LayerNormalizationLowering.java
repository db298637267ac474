package dev.nereid.cuda.lowering.nn;

import dev.nereid.cuda.device.DeviceCapabilities;
import dev.nereid.cuda.device.DeviceNorm;
import dev.nereid.cuda.lowering.DeviceLowering;
import dev.nereid.cuda.lowering.DeviceStep;
import dev.nereid.models.graph.TensorType;
import dev.nereid.models.lowering.Inference;
import dev.nereid.models.operators.nn.LayerNormalization;
import dev.nereid.tensor.DataType;
import java.util.List;
import java.util.Optional;

/** {@link LayerNormalization} on a device. */
final class LayerNormalizationLowering implements DeviceLowering<LayerNormalization> {
    @Override
    public Optional<DeviceStep> step(LayerNormalization operator, Inference node, DeviceCapabilities capabilities) {
        TensorType x = node.type(0);
        boolean statistics =
                node.node().output(1).isPresent() || node.node().output(2).isPresent();
        if (operator.residual() || statistics || x.dataType() != DataType.FP32) {
            return Optional.empty();
        }
        int axis = LayerNormalization.axis(node, x.rank());
        boolean fits = DeviceRows.spans(node.type(LayerNormalization.SCALE), x, axis)
                && (!node.has(LayerNormalization.BIAS)
                        || DeviceRows.spans(node.type(LayerNormalization.BIAS), x, axis));
        if (!fits) {
            return Optional.empty();
        }
        float epsilon = node.attributes().real("epsilon", 1e-5f);
        List<Integer> reads = node.has(LayerNormalization.BIAS)
                ? List.of(0, LayerNormalization.SCALE, LayerNormalization.BIAS)
                : List.of(0, LayerNormalization.SCALE);
        return Optional.of(DeviceStep.computing(reads, run -> {
            long bias = run.has(LayerNormalization.BIAS)
                    ? run.input(LayerNormalization.BIAS).address()
                    : 0;
            DeviceNorm norm = DeviceRows.norm(
                    run.input(0).shape(),
                    axis,
                    epsilon,
                    run.input(LayerNormalization.SCALE).address(),
                    bias);
            run.kernels()
                    .normalizeMeanVariance(
                            norm, run.input(0).address(), run.output(0).address());
        }));
    }
}
