package dev.nereid.cuda.lowering.elementwise;

import dev.nereid.cuda.device.BroadcastStrides;
import dev.nereid.cuda.device.DeviceCapabilities;
import dev.nereid.cuda.device.ElementwiseChain;
import dev.nereid.cuda.lowering.DeviceLowering;
import dev.nereid.cuda.lowering.DeviceStep;
import dev.nereid.cuda.lowering.DeviceTensor;
import dev.nereid.models.lowering.Inference;
import dev.nereid.models.operators.elementwise.Where;
import dev.nereid.tensor.DataType;
import java.util.List;
import java.util.Optional;

/** {@link Where} on a device. */
final class WhereLowering implements DeviceLowering<Where> {
    @Override
    public Optional<DeviceStep> step(Where operator, Inference node, DeviceCapabilities capabilities) {
        int bytes = node.type(1).dataType().bytes();
        boolean fits =
                List.of(0, 1, 2).stream().allMatch(input -> node.type(input).rank() <= BroadcastStrides.MOST_DIMS);
        if (!capabilities.chooses(bytes) || !fits) {
            return Optional.empty();
        }
        DeviceStep step = DeviceStep.computing(List.of(0, 1, 2), run -> {
            DeviceTensor condition = run.input(0);
            DeviceTensor x = run.input(1);
            DeviceTensor y = run.input(2);
            DeviceTensor z = run.output(0);
            BroadcastStrides operands = DeviceBroadcast.operands(z.shape(), condition.shape(), x.shape(), y.shape());
            run.kernels()
                    .elementwise()
                    .where(bytes, condition.address(), x.address(), y.address(), z.address(), operands);
        });
        boolean chains = node.type(1).dataType() == DataType.FP32;
        return Optional.of(step.chaining(chains, new ElementwiseChain.Select(0, 1, 2)));
    }
}
