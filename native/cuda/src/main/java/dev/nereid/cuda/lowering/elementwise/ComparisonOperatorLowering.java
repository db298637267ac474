package dev.nereid.cuda.lowering.elementwise;

import dev.nereid.cuda.device.DeviceCapabilities;
import dev.nereid.cuda.device.ElementwiseChain;
import dev.nereid.cuda.lowering.DeviceLowering;
import dev.nereid.cuda.lowering.DeviceStep;
import dev.nereid.models.lowering.Inference;
import dev.nereid.models.operators.elementwise.ComparisonOperator;
import dev.nereid.tensor.DataType;
import java.util.Optional;

/** {@link ComparisonOperator} on a device. */
final class ComparisonOperatorLowering implements DeviceLowering<ComparisonOperator> {
    @Override
    public Optional<DeviceStep> step(ComparisonOperator operator, Inference node, DeviceCapabilities capabilities) {
        DataType type = node.type(0).dataType();
        if (!capabilities.has(operator.op(), type) || !DeviceBroadcast.fits(node)) {
            return Optional.empty();
        }
        DeviceStep step = DeviceBroadcast.step(
                node,
                (run, x, y, z, operands) ->
                        run.kernels().elementwise().compare(operator.op(), type, x, y, z, operands));
        return Optional.of(
                step.chaining(DeviceBroadcast.chains(node), new ElementwiseChain.Compare(operator.op(), 0, 1)));
    }
}
