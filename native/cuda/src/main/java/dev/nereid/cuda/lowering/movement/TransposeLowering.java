package dev.nereid.cuda.lowering.movement;

import dev.nereid.cuda.device.DeviceCapabilities;
import dev.nereid.cuda.lowering.DeviceLowering;
import dev.nereid.cuda.lowering.DeviceStep;
import dev.nereid.cuda.lowering.DeviceTensor;
import dev.nereid.models.graph.TensorType;
import dev.nereid.models.lowering.Inference;
import dev.nereid.models.operators.movement.Transpose;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/** {@link Transpose} on a device. */
final class TransposeLowering implements DeviceLowering<Transpose> {
    @Override
    public Optional<DeviceStep> step(Transpose operator, Inference node, DeviceCapabilities capabilities) {
        TensorType type = node.type(0);
        int[] permutation = Transpose.permutation(node, type.rank());
        if (Transpose.keepsOrder(type, permutation)) {
            return Optional.of(DeviceStep.alias(0));
        }
        if (!DeviceMoves.fits(node, capabilities, type.rank())) {
            return Optional.empty();
        }
        return Optional.of(DeviceStep.moving(List.of(0), run -> {
            DeviceTensor x = run.input(0);
            DeviceTensor y = run.output(0);
            long[] strides = x.shape().strides();
            long[] permuted =
                    Arrays.stream(permutation).mapToLong(axis -> strides[axis]).toArray();
            DeviceMoves.copy(
                    run, y.shape().dims(), x, 0, permuted, y, 0, y.shape().strides());
        }));
    }
}
