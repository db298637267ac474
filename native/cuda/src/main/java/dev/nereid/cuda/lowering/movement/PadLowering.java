package dev.nereid.cuda.lowering.movement;

import dev.nereid.cuda.device.DeviceCapabilities;
import dev.nereid.cuda.lowering.DeviceLowering;
import dev.nereid.cuda.lowering.DeviceStep;
import dev.nereid.cuda.lowering.DeviceTensor;
import dev.nereid.models.lowering.Inference;
import dev.nereid.models.operators.movement.AxisArguments;
import dev.nereid.models.operators.movement.Pad;
import dev.nereid.models.operators.movement.PadMode;
import dev.nereid.tensor.DataType;
import java.lang.foreign.ValueLayout;
import java.util.List;
import java.util.Optional;

/** {@link Pad} on a device. */
final class PadLowering implements DeviceLowering<Pad> {
    @Override
    public Optional<DeviceStep> step(Pad operator, Inference node, DeviceCapabilities capabilities) {
        Optional<long[]> pads = node.has(Pad.PADS) ? AxisArguments.numbers(node, Pad.PADS) : Pad.attribute(node);
        Optional<long[]> axes = node.has(Pad.AXES)
                ? AxisArguments.numbers(node, Pad.AXES)
                : Optional.of(AxisArguments.all(node.type(0).rank()));
        boolean valued = !node.has(Pad.VALUE) || node.constant(Pad.VALUE).isPresent();
        boolean known = pads.isPresent() && axes.isPresent() && valued;
        PadMode mode = PadMode.of(node.attributes().text("mode", "constant"));
        DataType type = node.type(0).dataType();
        if (!known
                || mode != PadMode.CONSTANT
                || type != DataType.FP32
                || !DeviceMoves.fits(node, capabilities, node.type(0).rank())) {
            return Optional.empty();
        }
        float value = node.constant(Pad.VALUE)
                .filter(tensor -> tensor.shape().elements() > 0)
                .map(tensor -> tensor.segment().get(ValueLayout.JAVA_FLOAT_UNALIGNED, 0))
                .orElseGet(() -> node.attributes().real("value", 0f));
        int[] normal = AxisArguments.of(axes.get(), node.type(0).rank());
        long[] before = new long[node.type(0).rank()];
        for (int i = 0; i < normal.length; i++) {
            before[normal[i]] = pads.get()[i];
        }
        return Optional.of(DeviceStep.moving(List.of(0), run -> {
            DeviceTensor y = run.output(0);
            run.kernels().fill(type.bytes(), Float.floatToRawIntBits(value), y.address(), y.length());
            Pad.Inside inside = Pad.Inside.of(run.input(0).shape(), y.shape(), before);
            DeviceMoves.copy(
                    run,
                    inside.dims(),
                    run.input(0),
                    inside.from(),
                    run.input(0).shape().strides(),
                    y,
                    inside.to(),
                    y.shape().strides());
        }));
    }
}
