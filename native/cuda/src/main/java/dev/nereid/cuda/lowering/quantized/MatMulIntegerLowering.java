package dev.nereid.cuda.lowering.quantized;

import dev.nereid.cuda.device.DeviceCapabilities;
import dev.nereid.cuda.lowering.DeviceLowering;
import dev.nereid.cuda.lowering.DeviceStep;
import dev.nereid.models.lowering.Inference;
import dev.nereid.models.operators.quantized.MatMulInteger;
import java.util.List;
import java.util.Optional;

/** {@link MatMulInteger} on a device. */
final class MatMulIntegerLowering implements DeviceLowering<MatMulInteger> {
    @Override
    public Optional<DeviceStep> step(MatMulInteger operator, Inference node, DeviceCapabilities capabilities) {
        return DeviceQuantization.fits(node, MatMulInteger.INPUTS)
                ? Optional.of(DeviceStep.computing(
                        List.of(0, 1, 2, 3),
                        run -> run.kernels()
                                .quantized()
                                .multiply(
                                        DeviceQuantization.product(run, MatMulInteger.INPUTS),
                                        run.output(0).address())))
                : Optional.empty();
    }
}
