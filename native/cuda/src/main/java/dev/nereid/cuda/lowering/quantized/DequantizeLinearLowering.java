package dev.nereid.cuda.lowering.quantized;

import dev.nereid.cuda.device.DeviceCapabilities;
import dev.nereid.cuda.device.DeviceQuantized;
import dev.nereid.cuda.lowering.DeviceLowering;
import dev.nereid.cuda.lowering.DeviceStep;
import dev.nereid.models.lowering.Inference;
import dev.nereid.models.operators.quantized.DequantizeLinear;
import dev.nereid.tensor.DataType;
import java.util.Optional;

/** {@link DequantizeLinear} on a device. */
final class DequantizeLinearLowering implements DeviceLowering<DequantizeLinear> {
    @Override
    public Optional<DeviceStep> step(DequantizeLinear operator, Inference node, DeviceCapabilities capabilities) {
        DataType from = node.type(DequantizeLinear.X).dataType();
        boolean known = from == DataType.INT8 || from == DataType.UINT8 || from == DataType.INT32;
        return known && DequantizeLinear.outputType(node) == DataType.FP32
                ? DeviceQuantization.conversion(
                        node, DequantizeLinear.SCALE, DequantizeLinear.ZERO_POINT, from, DeviceQuantized::dequantize)
                : Optional.empty();
    }
}
