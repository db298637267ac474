package dev.nereid.cuda.lowering.elementwise;

import dev.nereid.cuda.device.DeviceCapabilities;
import dev.nereid.cuda.lowering.DeviceLowering;
import dev.nereid.cuda.lowering.DeviceStep;
import dev.nereid.cuda.lowering.DeviceTensor;
import dev.nereid.models.lowering.Inference;
import dev.nereid.models.operators.elementwise.Cast;
import dev.nereid.tensor.DataType;
import java.util.List;
import java.util.Optional;

/** {@link Cast} on a device. */
final class CastLowering implements DeviceLowering<Cast> {
    @Override
    public Optional<DeviceStep> step(Cast operator, Inference node, DeviceCapabilities capabilities) {
        DataType from = node.type(0).dataType();
        DataType to = operator.target(node);
        if (from == to) {
            return Optional.of(DeviceStep.alias(0));
        }
        return capabilities.hasCast(from, to)
                ? Optional.of(DeviceStep.moving(List.of(0), run -> {
                    DeviceTensor x = run.input(0);
                    run.kernels()
                            .elementwise()
                            .cast(from, to, x.address(), run.output(0).address(), x.length());
                }))
                : Optional.empty();
    }
}
