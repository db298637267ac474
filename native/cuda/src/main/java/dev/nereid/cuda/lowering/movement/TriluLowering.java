package dev.nereid.cuda.lowering.movement;

import dev.nereid.cuda.device.DeviceCapabilities;
import dev.nereid.cuda.lowering.DeviceLowering;
import dev.nereid.cuda.lowering.DeviceStep;
import dev.nereid.cuda.lowering.DeviceTensor;
import dev.nereid.models.lowering.Inference;
import dev.nereid.models.operators.movement.Trilu;
import java.util.List;
import java.util.Optional;

/** {@link Trilu} on a device. */
final class TriluLowering implements DeviceLowering<Trilu> {
    @Override
    public Optional<DeviceStep> step(Trilu operator, Inference node, DeviceCapabilities capabilities) {
        int bytes = node.type(0).dataType().bytes();
        if (!capabilities.makesTriangles(bytes)) {
            return Optional.empty();
        }
        boolean upper = node.attributes().integer("upper", 1) != 0;
        return Optional.of(DeviceStep.moving(List.of(0, 1), run -> {
            DeviceTensor x = run.input(0);
            int rank = x.shape().rank();
            run.kernels()
                    .positions()
                    .triangle(
                            bytes,
                            upper,
                            x.address(),
                            run.has(1) ? run.input(1).address() : 0,
                            run.output(0).address(),
                            Math.toIntExact(x.shape().elements(0, rank - 2)),
                            Math.toIntExact(x.shape().dim(-2)),
                            Math.toIntExact(x.shape().dim(-1)));
        }));
    }
}
