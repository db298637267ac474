package dev.nereid.cuda.lowering.movement;

import dev.nereid.cuda.device.DeviceCapabilities;
import dev.nereid.cuda.lowering.DeviceLowering;
import dev.nereid.cuda.lowering.DeviceStep;
import dev.nereid.cuda.lowering.DeviceTensor;
import dev.nereid.models.lowering.Inference;
import dev.nereid.models.operators.movement.Range;
import dev.nereid.tensor.DataType;
import java.util.List;
import java.util.Optional;

/** {@link Range} on a device. */
final class RangeLowering implements DeviceLowering<Range> {
    @Override
    public Optional<DeviceStep> step(Range operator, Inference node, DeviceCapabilities capabilities) {
        DataType type = node.type(Range.START).dataType();
        return capabilities.makesRanges(type)
                ? Optional.of(DeviceStep.moving(List.of(Range.START, Range.DELTA), run -> {
                    DeviceTensor y = run.output(0);
                    run.kernels()
                            .positions()
                            .range(
                                    type,
                                    run.input(Range.START).address(),
                                    run.input(Range.DELTA).address(),
                                    y.address(),
                                    y.length());
                }))
                : Optional.empty();
    }
}
