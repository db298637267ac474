package dev.nereid.cuda.lowering.quantized;

import dev.nereid.cuda.device.DeviceCapabilities;
import dev.nereid.cuda.lowering.DeviceLowering;
import dev.nereid.cuda.lowering.DeviceStep;
import dev.nereid.cuda.lowering.DeviceTensor;
import dev.nereid.models.lowering.Inference;
import dev.nereid.models.operators.quantized.DynamicQuantizeLinear;
import dev.nereid.tensor.DataType;
import java.util.List;
import java.util.Optional;

/** {@link DynamicQuantizeLinear} on a device. */
final class DynamicQuantizeLinearLowering implements DeviceLowering<DynamicQuantizeLinear> {
    @Override
    public Optional<DeviceStep> step(DynamicQuantizeLinear operator, Inference node, DeviceCapabilities capabilities) {
        if (node.type(0).dataType() != DataType.FP32) {
            return Optional.empty();
        }
        return Optional.of(DeviceStep.computing(
                List.of(0), run -> DeviceRange.bytes(run, run.input(0).length()), run -> {
                    DeviceTensor x = run.input(0);
                    DeviceRange range = DeviceRange.of(run, x);
                    run.kernels()
                            .quantized()
                            .quantize(DataType.UINT8, x.address(), run.output(0).address(), x.length(), range.scales());
                    range.copyTo(run, 1, 2);
                }));
    }
}
