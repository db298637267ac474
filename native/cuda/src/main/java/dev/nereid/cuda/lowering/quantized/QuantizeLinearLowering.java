package dev.nereid.cuda.lowering.quantized;

import dev.nereid.cuda.device.DeviceCapabilities;
import dev.nereid.cuda.device.DeviceQuantized;
import dev.nereid.cuda.lowering.DeviceLowering;
import dev.nereid.cuda.lowering.DeviceStep;
import dev.nereid.models.lowering.Inference;
import dev.nereid.models.operators.quantized.QuantizeLinear;
import dev.nereid.tensor.DataType;
import java.util.Optional;

/** {@link QuantizeLinear} on a device. */
final class QuantizeLinearLowering implements DeviceLowering<QuantizeLinear> {
    @Override
    public Optional<DeviceStep> step(QuantizeLinear operator, Inference node, DeviceCapabilities capabilities) {
        DataType to = QuantizeLinear.outputType(node);
        boolean known = (to == DataType.INT8 || to == DataType.UINT8)
                && node.type(QuantizeLinear.X).dataType() == DataType.FP32
                && node.attributes().integer("precision", 0) == 0;
        return known
                ? DeviceQuantization.conversion(
                        node, QuantizeLinear.SCALE, QuantizeLinear.ZERO_POINT, to, DeviceQuantized::quantize)
                : Optional.empty();
    }
}
