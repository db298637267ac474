package dev.nereid.cuda.lowering.linear;

import dev.nereid.cuda.device.DeviceCapabilities;
import dev.nereid.cuda.device.DeviceProduct;
import dev.nereid.cuda.lowering.DeviceLowering;
import dev.nereid.cuda.lowering.DeviceRun;
import dev.nereid.cuda.lowering.DeviceStep;
import dev.nereid.models.lowering.Inference;
import dev.nereid.models.operators.linear.MatMul;
import dev.nereid.tensor.DataType;
import java.util.List;
import java.util.Optional;

/** {@link MatMul} on a device. */
final class MatMulLowering implements DeviceLowering<MatMul> {
    @Override
    public Optional<DeviceStep> step(MatMul operator, Inference node, DeviceCapabilities capabilities) {
        DataType type = node.type(0).dataType();
        boolean fits = DeviceProducts.multiplies(type)
                && DeviceProducts.fits(node.type(0).rank(), node.type(1).rank());
        return fits
                ? Optional.of(DeviceStep.computing(
                        List.of(0, 1),
                        run -> DeviceProducts.scratchBytes(run, type, product(run)),
                        run -> DeviceProducts.multiply(
                                run,
                                type,
                                product(run),
                                run.input(0).address(),
                                run.input(1).address())))
                : Optional.empty();
    }

    private static DeviceProduct product(DeviceRun run) {
        return DeviceProducts.batched(run.input(0).shape(), run.input(1).shape());
    }
}
