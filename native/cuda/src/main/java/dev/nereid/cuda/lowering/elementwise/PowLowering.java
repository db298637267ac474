package dev.nereid.cuda.lowering.elementwise;

import dev.nereid.cuda.device.BroadcastStrides;
import dev.nereid.cuda.device.DeviceCapabilities;
import dev.nereid.cuda.device.ElementwiseChain;
import dev.nereid.cuda.lowering.DeviceLowering;
import dev.nereid.cuda.lowering.DeviceStep;
import dev.nereid.cuda.lowering.DeviceTensor;
import dev.nereid.kernels.elementwise.BinaryOp;
import dev.nereid.models.lowering.Inference;
import dev.nereid.models.operators.elementwise.Pow;
import dev.nereid.tensor.DataType;
import java.util.List;
import java.util.Optional;

/** {@link Pow} on a device. */
final class PowLowering implements DeviceLowering<Pow> {
    @Override
    public Optional<DeviceStep> step(Pow operator, Inference node, DeviceCapabilities capabilities) {
        DataType base = node.type(0).dataType();
        if (base != DataType.FP32 || !DeviceBroadcast.fits(node)) {
            return Optional.empty();
        }
        if (Pow.isSquare(node)) {
            DeviceStep square = DeviceStep.computing(List.of(0), run -> {
                DeviceTensor x = run.input(0);
                BroadcastStrides operands = DeviceBroadcast.operands(x.shape(), x.shape(), x.shape());
                run.kernels()
                        .elementwise()
                        .binary(
                                BinaryOp.MUL,
                                base,
                                x.address(),
                                x.address(),
                                run.output(0).address(),
                                operands);
            });
            return Optional.of(square.chaining(
                    capabilities.chains(BinaryOp.MUL), new ElementwiseChain.Binary(BinaryOp.MUL, 0, 0)));
        }
        return node.type(1).dataType() == base && capabilities.has(BinaryOp.POW, base)
                ? Optional.of(DeviceBroadcast.step(
                        node,
                        (run, x, y, z, operands) ->
                                run.kernels().elementwise().binary(BinaryOp.POW, base, x, y, z, operands)))
                : Optional.empty();
    }
}
