package dev.nereid.cuda.lowering.elementwise;

import dev.nereid.cuda.device.DeviceCapabilities;
import dev.nereid.cuda.device.ElementwiseChain;
import dev.nereid.cuda.lowering.DeviceLowering;
import dev.nereid.cuda.lowering.DeviceStep;
import dev.nereid.kernels.elementwise.BinaryOp;
import dev.nereid.models.lowering.Inference;
import dev.nereid.models.operators.elementwise.BinaryOperator;
import dev.nereid.tensor.DataType;
import java.util.Optional;

/** {@link BinaryOperator} on a device. */
final class BinaryOperatorLowering implements DeviceLowering<BinaryOperator> {
    @Override
    public Optional<DeviceStep> step(BinaryOperator operator, Inference node, DeviceCapabilities capabilities) {
        DataType type = node.type(0).dataType();
        BinaryOp op = operator.function().apply(node.attributes());
        if (!capabilities.has(op, type) || !DeviceBroadcast.fits(node)) {
            return Optional.empty();
        }
        DeviceStep step = DeviceBroadcast.step(
                node, (run, x, y, z, operands) -> run.kernels().elementwise().binary(op, type, x, y, z, operands));
        boolean chains = capabilities.chains(op) && DeviceBroadcast.chains(node);
        return Optional.of(step.chaining(chains, new ElementwiseChain.Binary(op, 0, 1)));
    }
}
