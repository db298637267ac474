package dev.nereid.cuda.lowering.movement;

import dev.nereid.cuda.device.DeviceCapabilities;
import dev.nereid.cuda.lowering.DeviceLowering;
import dev.nereid.cuda.lowering.DeviceStep;
import dev.nereid.cuda.lowering.DeviceTensor;
import dev.nereid.models.graph.Dim;
import dev.nereid.models.lowering.Inference;
import dev.nereid.models.operators.movement.AxisArguments;
import dev.nereid.models.operators.movement.Slice;
import java.util.List;
import java.util.Optional;

/** {@link Slice} on a device. */
final class SliceLowering implements DeviceLowering<Slice> {
    @Override
    public Optional<DeviceStep> step(Slice operator, Inference node, DeviceCapabilities capabilities) {
        Optional<long[]> starts = numbers(node, "starts", Slice.STARTS);
        Optional<long[]> steps = numbers(node, "steps", Slice.STEPS);
        boolean known = starts.isPresent()
                && (!node.has(Slice.STEPS) || steps.isPresent())
                && (!node.has(Slice.AXES)
                        || Slice.argument(node, "axes", Slice.AXES).isPresent());
        if (!known || !DeviceMoves.fits(node, capabilities, node.type(0).rank())) {
            return Optional.empty();
        }
        long[] given = numbers(node, "axes", Slice.AXES).orElseGet(() -> AxisArguments.all(starts.get().length));
        int[] axes = AxisArguments.of(given, node.type(0).rank());
        return Optional.of(DeviceStep.moving(List.of(0), run -> {
            DeviceTensor x = run.input(0);
            DeviceTensor y = run.output(0);
            if (y.length() == 0) {
                return;
            }
            long[] strides = x.shape().strides();
            long start = 0;
            for (int i = 0; i < axes.length; i++) {
                long step = steps.isPresent() ? steps.get()[i] : 1;
                start += Slice.first(x.shape().dim(axes[i]), starts.get()[i], step) * strides[axes[i]];
                strides[axes[i]] *= step;
            }
            DeviceMoves.copy(
                    run, y.shape().dims(), x, start, strides, y, 0, y.shape().strides());
        }));
    }

    /** An argument whose numbers are all known. */
    private static Optional<long[]> numbers(Inference node, String attribute, int input) {
        return Slice.argument(node, attribute, input)
                .filter(dims -> dims.stream().allMatch(Dim::isKnown))
                .map(dims -> dims.stream().mapToLong(Dim::value).toArray());
    }
}
