package dev.nereid.cuda.lowering.nn;

import dev.nereid.cuda.device.DeviceCapabilities;
import dev.nereid.cuda.lowering.DeviceLowering;
import dev.nereid.cuda.lowering.DeviceStep;
import dev.nereid.kernels.convolution.Window;
import dev.nereid.models.graph.Attributes;
import dev.nereid.models.lowering.Inference;
import dev.nereid.models.operators.nn.MaxPool;
import dev.nereid.models.operators.nn.PooledWindow;
import dev.nereid.tensor.DataType;
import dev.nereid.tensor.Shape;
import java.util.List;
import java.util.Optional;

/** {@link MaxPool} on a device. */
final class MaxPoolLowering implements DeviceLowering<MaxPool> {
    @Override
    public Optional<DeviceStep> step(MaxPool operator, Inference node, DeviceCapabilities capabilities) {
        boolean fits = node.type(0).dataType() == DataType.FP32
                && node.node().output(1).isEmpty()
                && (node.type(0).rank() == 3 || node.type(0).rank() == 4);
        if (!fits) {
            return Optional.empty();
        }
        Attributes attributes = node.attributes();
        return Optional.of(DeviceStep.computing(List.of(0), run -> {
            Shape x = run.input(0).shape();
            Window window = PooledWindow.window(PooledWindow.attributes(attributes, x, operator.global()), x);
            run.kernels()
                    .poolMax(
                            window,
                            PooledWindow.channels(x),
                            run.input(0).address(),
                            run.output(0).address());
        }));
    }
}
