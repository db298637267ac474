package dev.nereid.cuda.lowering.movement;

import dev.nereid.cuda.device.DeviceCapabilities;
import dev.nereid.cuda.lowering.DeviceLowering;
import dev.nereid.cuda.lowering.DeviceStep;
import dev.nereid.cuda.lowering.DeviceTensor;
import dev.nereid.models.lowering.Inference;
import dev.nereid.models.operators.movement.AxisArguments;
import dev.nereid.models.operators.movement.OneHot;
import dev.nereid.tensor.DataType;
import java.util.List;
import java.util.Optional;

/** {@link OneHot} on a device. */
final class OneHotLowering implements DeviceLowering<OneHot> {
    @Override
    public Optional<DeviceStep> step(OneHot operator, Inference node, DeviceCapabilities capabilities) {
        int bytes = node.type(OneHot.VALUES).dataType().bytes();
        DataType indexType = node.type(OneHot.INDICES).dataType();
        if (!capabilities.makesOneHot(bytes, indexType)
                || !node.type(OneHot.VALUES).dim(0).is(2)) {
            return Optional.empty();
        }
        long axis = node.attributes().integer("axis", -1);
        boolean counts = node.opset() >= OneHot.COUNTING_OPSET;
        return Optional.of(DeviceStep.moving(List.of(OneHot.INDICES, OneHot.VALUES), run -> {
            DeviceTensor y = run.output(0);
            int rank = y.shape().rank();
            int at = AxisArguments.of(axis, rank);
            run.kernels()
                    .positions()
                    .oneHot(
                            bytes,
                            indexType,
                            counts,
                            run.input(OneHot.INDICES).address(),
                            run.input(OneHot.VALUES).address(),
                            y.address(),
                            Math.toIntExact(y.shape().elements(0, at)),
                            Math.toIntExact(y.shape().dim(at)),
                            Math.toIntExact(y.shape().elements(at + 1, rank)));
        }));
    }
}
