package dev.nereid.cuda.lowering.nn;

import dev.nereid.cuda.device.DeviceCapabilities;
import dev.nereid.cuda.lowering.DeviceLowering;
import dev.nereid.cuda.lowering.DeviceStep;
import dev.nereid.kernels.convolution.Window;
import dev.nereid.models.graph.Attributes;
import dev.nereid.models.lowering.Inference;
import dev.nereid.models.operators.WindowAttributes;
import dev.nereid.models.operators.nn.PooledWindow;
import dev.nereid.models.operators.nn.ReducingPool;
import dev.nereid.tensor.DataType;
import dev.nereid.tensor.Shape;
import java.util.List;
import java.util.Optional;

/** {@link ReducingPool} on a device. */
final class ReducingPoolLowering implements DeviceLowering<ReducingPool> {
    @Override
    public Optional<DeviceStep> step(ReducingPool operator, Inference node, DeviceCapabilities capabilities) {
        boolean fits = node.type(0).dataType() == DataType.FP32
                && operator.kind() == ReducingPool.Kind.MEAN
                && (node.type(0).rank() == 3 || node.type(0).rank() == 4);
        if (!fits) {
            return Optional.empty();
        }
        Attributes attributes = node.attributes();
        boolean countsPadding = attributes.integer("count_include_pad", 0) != 0;
        return Optional.of(DeviceStep.computing(List.of(0), run -> {
            Shape x = run.input(0).shape();
            WindowAttributes moves = PooledWindow.attributes(attributes, x, operator.global());
            Window window = PooledWindow.window(moves, x);
            run.kernels()
                    .poolMean(
                            window,
                            moves.paddingEnd(window),
                            countsPadding,
                            PooledWindow.channels(x),
                            run.input(0).address(),
                            run.output(0).address());
        }));
    }
}
