package dev.nereid.cuda.lowering.movement;

import dev.nereid.cuda.device.DeviceCapabilities;
import dev.nereid.cuda.lowering.DeviceLowering;
import dev.nereid.cuda.lowering.DeviceStep;
import dev.nereid.cuda.lowering.DeviceTensor;
import dev.nereid.models.lowering.Inference;
import dev.nereid.models.operators.movement.AxisArguments;
import dev.nereid.models.operators.movement.Split;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;

/** {@link Split} on a device. */
final class SplitLowering implements DeviceLowering<Split> {
    @Override
    public Optional<DeviceStep> step(Split operator, Inference node, DeviceCapabilities capabilities) {
        boolean all = node.node().outputs().stream().allMatch(Optional::isPresent);
        if (!all || !DeviceMoves.fits(node, capabilities, 2)) {
            return Optional.empty();
        }
        int axis = AxisArguments.of(
                node.attributes().integer("axis", 0), node.type(0).rank());
        int parts = node.node().outputs().size();
        return Optional.of(DeviceStep.moving(List.of(0), run -> {
            DeviceTensor x = run.input(0);
            long outer = x.shape().elements(0, axis);
            long inner = x.shape().elements(axis + 1, x.shape().rank());
            long row = x.shape().dim(axis) * inner;
            long length = IntStream.range(0, parts)
                    .mapToLong(part -> run.output(part).shape().dim(axis))
                    .sum();
            if (length != x.shape().dim(axis)) {
                throw new IllegalArgumentException(
                        "the parts do not make up axis " + axis + " of the shape " + x.shape());
            }
            long start = 0;
            for (int part = 0; part < parts; part++) {
                DeviceTensor y = run.output(part);
                long partRow = y.shape().dim(axis) * inner;
                long[] dims = {outer, partRow};
                DeviceMoves.copy(run, dims, x, start, new long[] {row, 1}, y, 0, new long[] {partRow, 1});
                start += partRow;
            }
        }));
    }
}
