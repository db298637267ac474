package dev.nereid.cuda.lowering.quantized;

import dev.nereid.cuda.device.DeviceCapabilities;
import dev.nereid.cuda.device.DeviceQuantized;
import dev.nereid.cuda.lowering.DeviceLowering;
import dev.nereid.cuda.lowering.DeviceStep;
import dev.nereid.models.lowering.Inference;
import dev.nereid.models.operators.quantized.IntegerProduct;
import dev.nereid.models.operators.quantized.QLinearMatMul;
import dev.nereid.tensor.DataType;
import java.util.List;
import java.util.Optional;

/** {@link QLinearMatMul} on a device. */
final class QLinearMatMulLowering implements DeviceLowering<QLinearMatMul> {
    @Override
    public Optional<DeviceStep> step(QLinearMatMul operator, Inference node, DeviceCapabilities capabilities) {
        boolean fits = DeviceQuantization.fits(node, QLinearMatMul.INPUTS)
                && node.type(QLinearMatMul.A_SCALE).dataType() == DataType.FP32
                && DeviceQuantization.isOne(node, QLinearMatMul.A_SCALE)
                && node.type(QLinearMatMul.B_SCALE).dataType() == DataType.FP32
                && DeviceQuantization.isVector(node, QLinearMatMul.B_SCALE)
                && node.type(QLinearMatMul.Y_SCALE).dataType() == DataType.FP32;
        if (!fits) {
            return Optional.empty();
        }
        boolean signed = IntegerProduct.isSigned(node, QLinearMatMul.Y_ZERO_POINT);
        return Optional.of(DeviceStep.computing(List.of(0, 1, 2, 3, 4, 5, 6, 7), run -> {
            DeviceQuantized.Product product = DeviceQuantization.product(run, QLinearMatMul.INPUTS);
            run.kernels()
                    .quantized()
                    .multiplyQuantized(
                            product,
                            DeviceQuantization.scaling(run, QLinearMatMul.A_SCALE, QLinearMatMul.B_SCALE, product.n()),
                            run.input(QLinearMatMul.Y_SCALE).address(),
                            run.input(QLinearMatMul.Y_ZERO_POINT).address(),
                            signed,
                            run.output(0).address());
        }));
    }
}
