package dev.nereid.cuda.lowering.movement;

import dev.nereid.cuda.device.DeviceCapabilities;
import dev.nereid.cuda.lowering.DeviceLowering;
import dev.nereid.cuda.lowering.DeviceStep;
import dev.nereid.models.graph.Dim;
import dev.nereid.models.graph.TensorType;
import dev.nereid.models.lowering.Inference;
import dev.nereid.models.operators.movement.Reshape;
import java.util.Optional;

/** {@link Reshape} on a device. */
final class ReshapeLowering implements DeviceLowering<Reshape> {
    @Override
    public Optional<DeviceStep> step(Reshape operator, Inference node, DeviceCapabilities capabilities) {
        return keepsElements(node.type(0), operator.outputTypes(node).getFirst())
                ? Optional.of(DeviceStep.alias(0))
                : Optional.empty();
    }

    private static boolean keepsElements(TensorType x, TensorType y) {
        return x.hasRank()
                && y.hasRank()
                && Dim.product(x.dims().orElseThrow())
                        .equals(Dim.product(y.dims().orElseThrow()));
    }
}
