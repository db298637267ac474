package dev.nereid.cuda.lowering.nn;

import dev.nereid.cuda.device.DeviceCapabilities;
import dev.nereid.cuda.device.DeviceNorm;
import dev.nereid.cuda.lowering.DeviceLowering;
import dev.nereid.cuda.lowering.DeviceStep;
import dev.nereid.cuda.lowering.DeviceTensor;
import dev.nereid.kernels.elementwise.BinaryOp;
import dev.nereid.models.graph.TensorType;
import dev.nereid.models.lowering.Inference;
import dev.nereid.models.operators.nn.GroupNormalization;
import dev.nereid.tensor.DataType;
import dev.nereid.tensor.Shape;
import java.util.List;
import java.util.Optional;

/** {@link GroupNormalization} on a device. */
final class GroupNormalizationLowering implements DeviceLowering<GroupNormalization> {
    @Override
    public Optional<DeviceStep> step(GroupNormalization operator, Inference node, DeviceCapabilities capabilities) {
        TensorType x = node.type(0);
        boolean fits = x.dataType() == DataType.FP32
                && x.dim(1).isKnown()
                && node.type(GroupNormalization.SCALE).shape().isPresent()
                && node.type(GroupNormalization.BIAS).equals(node.type(GroupNormalization.SCALE))
                && node.type(GroupNormalization.SCALE).dataType() == DataType.FP32;
        if (!fits) {
            return Optional.empty();
        }
        int channels = Math.toIntExact(x.dim(1).value());
        int groups =
                operator.single() ? channels : Math.toIntExact(node.attributes().integer("num_groups", 1));
        int scales = Math.toIntExact(
                node.type(GroupNormalization.SCALE).shape().orElseThrow().elements());
        boolean divides = groups > 0 && channels % groups == 0 && (scales == channels || scales == groups);
        if (!divides) {
            return Optional.empty();
        }
        float epsilon = node.attributes().real("epsilon", 1e-5f);
        return Optional.of(DeviceStep.computing(List.of(0, GroupNormalization.SCALE, GroupNormalization.BIAS), run -> {
            DeviceTensor input = run.input(0);
            Shape shape = input.shape();
            int inner = Math.toIntExact(shape.elements(2, shape.rank()));
            int extent = channels / groups * inner;
            int rows = Math.toIntExact(shape.dim(0)) * groups;
            long y = run.output(0).address();
            run.kernels()
                    .normalizeMeanVariance(new DeviceNorm(rows, extent, epsilon, 0, 0, 1, 0, 0), input.address(), y);
            int alike = channels / scales * inner;
            DeviceRows.apply(
                    run, BinaryOp.MUL, y, run.input(GroupNormalization.SCALE).address(), y, input, scales, alike);
            DeviceRows.apply(
                    run, BinaryOp.ADD, y, run.input(GroupNormalization.BIAS).address(), y, input, scales, alike);
        }));
    }
}
