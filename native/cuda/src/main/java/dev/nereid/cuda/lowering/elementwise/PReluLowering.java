package dev.nereid.cuda.lowering.elementwise;

import dev.nereid.cuda.device.BroadcastStrides;
import dev.nereid.cuda.device.DeviceCapabilities;
import dev.nereid.cuda.device.ElementwiseChain;
import dev.nereid.cuda.lowering.DeviceLowering;
import dev.nereid.cuda.lowering.DeviceStep;
import dev.nereid.cuda.lowering.DeviceTensor;
import dev.nereid.kernels.elementwise.BinaryOp;
import dev.nereid.models.lowering.Inference;
import dev.nereid.models.operators.elementwise.PRelu;
import dev.nereid.tensor.DataType;
import dev.nereid.tensor.Shape;
import java.util.List;
import java.util.Optional;

/** {@link PRelu} on a device. */
final class PReluLowering implements DeviceLowering<PRelu> {
    @Override
    public Optional<DeviceStep> step(PRelu operator, Inference node, DeviceCapabilities capabilities) {
        DataType type = node.type(0).dataType();
        if (!capabilities.has(BinaryOp.PRELU, type) || !DeviceBroadcast.fits(node)) {
            return Optional.empty();
        }
        boolean perChannel = node.opset() < PRelu.BROADCAST_OPSET;
        DeviceStep step = DeviceStep.computing(List.of(0, 1), run -> {
            DeviceTensor x = run.input(0);
            DeviceTensor slope = run.input(1);
            Shape shape = perChannel ? PRelu.channels(slope.shape(), x.shape().rank()) : slope.shape();
            BroadcastStrides operands = DeviceBroadcast.operands(run.output(0).shape(), x.shape(), shape);
            run.kernels()
                    .elementwise()
                    .binary(
                            BinaryOp.PRELU,
                            type,
                            x.address(),
                            slope.address(),
                            run.output(0).address(),
                            operands);
        });
        boolean chains = !perChannel && type == DataType.FP32 && capabilities.chains(BinaryOp.PRELU);
        return Optional.of(step.chaining(chains, new ElementwiseChain.Binary(BinaryOp.PRELU, 0, 1)));
    }
}
