package dev.nereid.cuda.lowering.nn;

import dev.nereid.cuda.device.DeviceCapabilities;
import dev.nereid.cuda.lowering.DeviceLowering;
import dev.nereid.cuda.lowering.DeviceStep;
import dev.nereid.cuda.lowering.DeviceTensor;
import dev.nereid.kernels.reduce.RowOp;
import dev.nereid.models.lowering.Inference;
import dev.nereid.models.operators.nn.OperatorAxes;
import dev.nereid.models.operators.nn.Softmax;
import dev.nereid.tensor.DataType;
import java.util.List;
import java.util.Optional;

/** {@link Softmax} on a device. */
final class SoftmaxLowering implements DeviceLowering<Softmax> {
    @Override
    public Optional<DeviceStep> step(Softmax operator, Inference node, DeviceCapabilities capabilities) {
        int rank = node.type(0).rank();
        if (node.type(0).dataType() != DataType.FP32 || operator.op() == RowOp.HARDMAX || rank == 0) {
            return Optional.empty();
        }
        long axisAttribute = node.attributes().integer("axis", operator.flatten() ? 1 : -1);
        int axis = operator.flatten() && axisAttribute == rank ? rank : OperatorAxes.of(axisAttribute, rank);
        int end = operator.flatten() || axis == rank ? rank : axis + 1;
        return Optional.of(DeviceStep.computing(List.of(0), run -> {
            DeviceTensor x = run.input(0);
            run.kernels()
                    .softmax(
                            operator.op() == RowOp.LOG_SOFTMAX,
                            x.address(),
                            run.output(0).address(),
                            Math.toIntExact(x.shape().elements(0, axis)),
                            Math.toIntExact(x.shape().elements(axis, end)),
                            Math.toIntExact(x.shape().elements(end, rank)));
        }));
    }
}
