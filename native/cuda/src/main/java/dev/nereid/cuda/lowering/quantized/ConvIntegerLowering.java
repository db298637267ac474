package dev.nereid.cuda.lowering.quantized;

import dev.nereid.cuda.device.DeviceCapabilities;
import dev.nereid.cuda.lowering.DeviceLowering;
import dev.nereid.cuda.lowering.DeviceStep;
import dev.nereid.models.graph.Attributes;
import dev.nereid.models.lowering.Inference;
import dev.nereid.models.operators.quantized.ConvInteger;
import java.util.List;
import java.util.Optional;

/** {@link ConvInteger} on a device. */
final class ConvIntegerLowering implements DeviceLowering<ConvInteger> {
    @Override
    public Optional<DeviceStep> step(ConvInteger operator, Inference node, DeviceCapabilities capabilities) {
        if (!DeviceConvolution.fits(node, ConvInteger.INPUTS)) {
            return Optional.empty();
        }
        Attributes attributes = node.attributes();
        return Optional.of(DeviceStep.computing(
                List.of(0, 1, 2, 3),
                run -> run.kernels()
                        .quantized()
                        .convolve(
                                DeviceConvolution.of(run, attributes, ConvInteger.INPUTS),
                                run.output(0).address())));
    }
}
