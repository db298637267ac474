package dev.nereid.cuda.lowering.quantized;

import dev.nereid.cuda.device.DeviceCapabilities;
import dev.nereid.cuda.device.DeviceQuantized;
import dev.nereid.cuda.lowering.DeviceLowering;
import dev.nereid.cuda.lowering.DeviceStep;
import dev.nereid.models.graph.Attributes;
import dev.nereid.models.lowering.Inference;
import dev.nereid.models.operators.quantized.IntegerProduct;
import dev.nereid.models.operators.quantized.QLinearConv;
import dev.nereid.tensor.DataType;
import java.util.List;
import java.util.Optional;

/** {@link QLinearConv} on a device. */
final class QLinearConvLowering implements DeviceLowering<QLinearConv> {
    @Override
    public Optional<DeviceStep> step(QLinearConv operator, Inference node, DeviceCapabilities capabilities) {
        boolean fits = DeviceConvolution.fits(node, QLinearConv.INPUTS)
                && isScale(node, QLinearConv.X_SCALE)
                && isScale(node, QLinearConv.Y_SCALE)
                && DeviceQuantization.isOne(node, QLinearConv.Y_ZERO_POINT)
                && node.type(QLinearConv.W_SCALE).dataType() == DataType.FP32
                && DeviceQuantization.isVector(node, QLinearConv.W_SCALE);
        if (!fits) {
            return Optional.empty();
        }
        Attributes attributes = node.attributes();
        boolean signed = IntegerProduct.isSigned(node, QLinearConv.Y_ZERO_POINT);
        return Optional.of(DeviceStep.computing(List.of(0, 1, 2, 3, 4, 5, 6, 7, 8), run -> {
            DeviceQuantized.Convolution convolution = DeviceConvolution.of(run, attributes, QLinearConv.INPUTS);
            int filters = convolution.shape().filters();
            run.kernels()
                    .quantized()
                    .convolveQuantized(
                            convolution,
                            DeviceQuantization.scaling(run, QLinearConv.X_SCALE, QLinearConv.W_SCALE, filters),
                            DeviceQuantization.bias(run, QLinearConv.BIAS, filters),
                            run.input(QLinearConv.Y_SCALE).address(),
                            run.input(QLinearConv.Y_ZERO_POINT).address(),
                            signed,
                            run.output(0).address());
        }));
    }

    private static boolean isScale(Inference node, int input) {
        return node.type(input).dataType() == DataType.FP32 && DeviceQuantization.isOne(node, input);
    }
}
