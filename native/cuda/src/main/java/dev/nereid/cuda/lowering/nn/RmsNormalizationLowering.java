package dev.nereid.cuda.lowering.nn;

import dev.nereid.cuda.device.DeviceCapabilities;
import dev.nereid.cuda.device.DeviceNorm;
import dev.nereid.cuda.lowering.DeviceLowering;
import dev.nereid.cuda.lowering.DeviceStep;
import dev.nereid.models.graph.TensorType;
import dev.nereid.models.lowering.Inference;
import dev.nereid.models.operators.nn.OperatorAxes;
import dev.nereid.models.operators.nn.RmsNormalization;
import dev.nereid.tensor.DataType;
import java.util.List;
import java.util.Optional;

/** {@link RmsNormalization} on a device. */
final class RmsNormalizationLowering implements DeviceLowering<RmsNormalization> {
    @Override
    public Optional<DeviceStep> step(RmsNormalization operator, Inference node, DeviceCapabilities capabilities) {
        TensorType x = node.type(0);
        int axis = OperatorAxes.of(node.attributes().integer("axis", -1), x.rank());
        if (x.dataType() != DataType.FP32 || !DeviceRows.spans(node.type(RmsNormalization.SCALE), x, axis)) {
            return Optional.empty();
        }
        float epsilon = node.attributes().real("epsilon", 1e-5f);
        return Optional.of(DeviceStep.computing(List.of(0, RmsNormalization.SCALE), run -> {
            DeviceNorm norm = DeviceRows.norm(
                    run.input(0).shape(),
                    axis,
                    epsilon,
                    run.input(RmsNormalization.SCALE).address(),
                    0);
            run.kernels()
                    .normalizeMeanSquare(
                            norm, run.input(0).address(), run.output(0).address());
        }));
    }
}
