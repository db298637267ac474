package dev.nereid.cuda.lowering.movement;

import dev.nereid.cuda.device.BroadcastStrides;
import dev.nereid.cuda.device.DeviceCapabilities;
import dev.nereid.cuda.lowering.DeviceLowering;
import dev.nereid.cuda.lowering.DeviceStep;
import dev.nereid.cuda.lowering.DeviceTensor;
import dev.nereid.cuda.lowering.elementwise.DeviceBroadcast;
import dev.nereid.models.lowering.Inference;
import dev.nereid.models.operators.movement.Expand;
import java.util.List;
import java.util.Optional;

/** {@link Expand} on a device. */
final class ExpandLowering implements DeviceLowering<Expand> {
    @Override
    public Optional<DeviceStep> step(Expand operator, Inference node, DeviceCapabilities capabilities) {
        int rank = operator.outputTypes(node).getFirst().rank();
        if (!DeviceMoves.fits(node, capabilities, rank)) {
            return Optional.empty();
        }
        return Optional.of(DeviceStep.moving(List.of(0), run -> {
            DeviceTensor x = run.input(0);
            DeviceTensor y = run.output(0);
            Expand.check(x.shape(), y.shape());
            BroadcastStrides operands = DeviceBroadcast.operands(y.shape(), x.shape(), y.shape());
            run.kernels().copy(x.dataType().bytes(), x.address(), 0, y.address(), 0, operands);
        }));
    }
}
