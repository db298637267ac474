package dev.nereid.cuda.lowering.movement;

import dev.nereid.cuda.device.DeviceCapabilities;
import dev.nereid.cuda.lowering.DeviceLowering;
import dev.nereid.cuda.lowering.DeviceStep;
import dev.nereid.cuda.lowering.DeviceTensor;
import dev.nereid.models.lowering.Inference;
import dev.nereid.models.operators.movement.Gather;
import dev.nereid.tensor.DataType;
import java.util.List;
import java.util.Optional;

/** {@link Gather} on a device. */
final class GatherLowering implements DeviceLowering<Gather> {
    @Override
    public Optional<DeviceStep> step(Gather operator, Inference node, DeviceCapabilities capabilities) {
        int bytes = node.type(0).dataType().bytes();
        DataType indexType = node.type(1).dataType();
        if (!capabilities.gathers(bytes, indexType)) {
            return Optional.empty();
        }
        int axis = Gather.axis(node, node.type(0).rank());
        return Optional.of(DeviceStep.moving(List.of(0, 1), run -> {
            DeviceTensor x = run.input(0);
            DeviceTensor indices = run.input(1);
            int rank = x.shape().rank();
            run.kernels()
                    .indexing()
                    .gather(
                            bytes,
                            indexType,
                            x.address(),
                            indices.address(),
                            run.output(0).address(),
                            Math.toIntExact(x.shape().elements(0, axis)),
                            Math.toIntExact(x.shape().dim(axis)),
                            indices.length(),
                            Math.toIntExact(x.shape().elements(axis + 1, rank)));
        }));
    }
}
