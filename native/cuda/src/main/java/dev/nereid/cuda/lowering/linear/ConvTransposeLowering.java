package dev.nereid.cuda.lowering.linear;

import dev.nereid.cuda.device.DeviceCapabilities;
import dev.nereid.cuda.lowering.DeviceLowering;
import dev.nereid.cuda.lowering.DeviceStep;
import dev.nereid.cuda.lowering.DeviceTensor;
import dev.nereid.models.graph.Attributes;
import dev.nereid.models.lowering.Inference;
import dev.nereid.models.operators.linear.ConvTranspose;
import dev.nereid.tensor.DataType;
import java.util.List;
import java.util.Optional;

/** {@link ConvTranspose} on a device. */
final class ConvTransposeLowering implements DeviceLowering<ConvTranspose> {
    @Override
    public Optional<DeviceStep> step(ConvTranspose operator, Inference node, DeviceCapabilities capabilities) {
        int rank = node.type(0).rank();
        if (node.type(0).dataType() != DataType.FP32 || rank < 3 || rank > 4) {
            return Optional.empty();
        }
        Attributes attributes = node.attributes();
        return Optional.of(DeviceStep.computing(List.of(0, 1, 2), run -> {
            DeviceTensor x = run.input(0);
            DeviceTensor w = run.input(1);
            DeviceTensor y = run.output(0);
            Optional<DeviceTensor> bias = run.has(2) ? Optional.of(run.input(2)) : Optional.empty();
            run.kernels()
                    .convolveTransposed(
                            ConvTranspose.shape(
                                    attributes, x.shape(), w.shape(), bias.map(DeviceTensor::shape), y.shape()),
                            x.address(),
                            w.address(),
                            bias.map(DeviceTensor::address).orElse(0L),
                            y.address());
        }));
    }
}
