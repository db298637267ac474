package dev.nereid.cuda.lowering.movement;

import dev.nereid.cuda.device.BroadcastStrides;
import dev.nereid.cuda.device.DeviceCapabilities;
import dev.nereid.cuda.lowering.DeviceLowering;
import dev.nereid.cuda.lowering.DeviceStep;
import dev.nereid.models.lowering.Inference;
import dev.nereid.models.operators.movement.Resize;
import dev.nereid.models.operators.movement.ResizeInterpolation;
import dev.nereid.tensor.DataType;
import java.util.List;
import java.util.Optional;

/** {@link Resize} on a device. */
final class ResizeLowering implements DeviceLowering<Resize> {
    @Override
    public Optional<DeviceStep> step(Resize operator, Inference node, DeviceCapabilities capabilities) {
        ResizeInterpolation resampling = ResizeInterpolation.of(node.attributes(), node.opset());
        boolean sized = Resize.hasSizes(node);
        Optional<float[]> scales = sized
                ? Optional.of(new float[0])
                : Resize.scales(
                        node,
                        Resize.scalesInput(node) < 0 ? Optional.empty() : node.constant(Resize.scalesInput(node)));
        boolean fits = node.type(0).dataType() == DataType.FP32
                && DeviceResampling.fits(resampling)
                && node.type(0).rank() <= BroadcastStrides.MOST_DIMS
                && !(sized && !Resize.keepsSizes(node));
        if (!fits || scales.isEmpty()) {
            return Optional.empty();
        }
        DeviceResampling step =
                new DeviceResampling(resampling, Resize.axes(node, node.type(0).rank()), scales.get());
        return Optional.of(DeviceStep.computing(List.of(0), step::scratchBytes, step::run));
    }
}
