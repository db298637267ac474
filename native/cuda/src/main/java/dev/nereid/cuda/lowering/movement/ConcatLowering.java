package dev.nereid.cuda.lowering.movement;

import dev.nereid.cuda.device.DeviceCapabilities;
import dev.nereid.cuda.lowering.DeviceLowering;
import dev.nereid.cuda.lowering.DeviceStep;
import dev.nereid.cuda.lowering.DeviceTensor;
import dev.nereid.models.lowering.Inference;
import dev.nereid.models.operators.movement.Concat;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;

/** {@link Concat} on a device. */
final class ConcatLowering implements DeviceLowering<Concat> {
    @Override
    public Optional<DeviceStep> step(Concat operator, Inference node, DeviceCapabilities capabilities) {
        if (!DeviceMoves.fits(node, capabilities, 2)) {
            return Optional.empty();
        }
        int axis = Concat.axis(node, node.type(0).rank());
        List<Integer> inputs = IntStream.range(0, node.inputs()).boxed().toList();
        return Optional.of(DeviceStep.moving(inputs, run -> {
            DeviceTensor y = run.output(0);
            long outer = y.shape().elements(0, axis);
            long inner = y.shape().elements(axis + 1, y.shape().rank());
            long row = y.shape().dim(axis) * inner;
            long start = 0;
            for (int input : inputs) {
                DeviceTensor x = run.input(input);
                long length = x.shape().dim(axis) * inner;
                if (outer * length != x.shape().elements() || start + length > row) {
                    throw new IllegalArgumentException("input " + input + " of the shape " + x.shape()
                            + " does not fit " + y.shape() + " along axis " + axis);
                }
                long[] dims = {outer, length};
                DeviceMoves.copy(run, dims, x, 0, new long[] {length, 1}, y, start, new long[] {row, 1});
                start += length;
            }
        }));
    }
}
