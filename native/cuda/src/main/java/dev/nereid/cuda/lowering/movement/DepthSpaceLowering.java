package dev.nereid.cuda.lowering.movement;

import dev.nereid.cuda.device.DeviceCapabilities;
import dev.nereid.cuda.lowering.DeviceLowering;
import dev.nereid.cuda.lowering.DeviceRun;
import dev.nereid.cuda.lowering.DeviceStep;
import dev.nereid.cuda.lowering.DeviceTensor;
import dev.nereid.models.lowering.Inference;
import dev.nereid.models.operators.movement.DepthSpace;
import dev.nereid.tensor.Shape;
import java.util.List;
import java.util.Optional;

/** {@link DepthSpace} on a device. */
final class DepthSpaceLowering implements DeviceLowering<DepthSpace> {
    @Override
    public Optional<DeviceStep> step(DepthSpace operator, Inference node, DeviceCapabilities capabilities) {
        long block = DepthSpace.block(node);
        boolean channelsFirst = node.attributes().text("mode", "DCR").equals("CRD");
        return DeviceMoves.fits(node, capabilities, 6)
                ? Optional.of(DeviceStep.moving(List.of(0), run -> run(operator, run, block, channelsFirst)))
                : Optional.empty();
    }

    private static void run(DepthSpace operator, DeviceRun run, long block, boolean channelsFirst) {
        DeviceTensor x = run.input(0);
        DeviceTensor y = run.output(0);
        Shape deep = operator.toSpace() ? x.shape() : y.shape();
        Shape wide = operator.toSpace() ? y.shape() : x.shape();
        long[] dims = DepthSpace.dims(deep, wide, block);
        long[] deepStrides = DepthSpace.deepStrides(deep, wide.dim(1), block, channelsFirst);
        long[] wideStrides = Shape.of(dims).strides();
        if (operator.toSpace()) {
            DeviceMoves.copy(run, dims, x, 0, deepStrides, y, 0, wideStrides);
        } else {
            DeviceMoves.copy(run, dims, x, 0, wideStrides, y, 0, deepStrides);
        }
    }
}
