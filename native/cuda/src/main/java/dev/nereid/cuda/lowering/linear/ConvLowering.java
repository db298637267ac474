package dev.nereid.cuda.lowering.linear;

import dev.nereid.cuda.device.DeviceCapabilities;
import dev.nereid.cuda.lowering.DeviceLowering;
import dev.nereid.cuda.lowering.DeviceRun;
import dev.nereid.cuda.lowering.DeviceStep;
import dev.nereid.cuda.lowering.DeviceTensor;
import dev.nereid.kernels.convolution.ConvShape;
import dev.nereid.kernels.matmul.Activation;
import dev.nereid.models.graph.Attributes;
import dev.nereid.models.lowering.Inference;
import dev.nereid.models.operators.DataTypes;
import dev.nereid.models.operators.linear.Conv;
import dev.nereid.models.operators.linear.FusedActivation;
import dev.nereid.tensor.DataType;
import dev.nereid.tensor.Shape;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;

/** {@link Conv} on a device. */
final class ConvLowering implements DeviceLowering<Conv> {
    @Override
    public Optional<DeviceStep> step(Conv operator, Inference node, DeviceCapabilities capabilities) {
        if (node.type(0).rank() > 4) {
            return Optional.empty();
        }
        if (DataTypes.HALVES.contains(node.type(0).dataType())) {
            return DeviceHalfConvolution.onDevice(node);
        }
        if (node.type(0).dataType() != DataType.FP32) {
            return Optional.empty();
        }
        return DeviceWinogradConvolution.onDevice(node, capabilities).or(() -> Optional.of(product(node)));
    }

    /** The step as one implicit product. */
    private static DeviceStep product(Inference node) {
        Attributes attributes = node.attributes();
        Activation activation = FusedActivation.of(attributes);
        List<Integer> reads =
                IntStream.range(0, Conv.RESIDUAL + 1).filter(node::has).boxed().toList();
        return DeviceStep.computing(reads, run -> {
            DeviceTensor y = run.output(0);
            ConvShape shape =
                    Conv.shape(attributes, run.input(0).shape(), run.input(1).shape(), shape(run, Conv.BIAS));
            run.kernels()
                    .convolve(
                            shape,
                            run.input(0).address(),
                            run.input(1).address(),
                            address(run, Conv.BIAS),
                            activation,
                            residual(run),
                            y.address());
        });
    }

    /** The shape of an optional input. */
    static Optional<Shape> shape(DeviceRun run, int input) {
        return run.has(input) ? Optional.of(run.input(input).shape()) : Optional.empty();
    }

    /** The address of an optional input; 0 for none. */
    static long address(DeviceRun run, int input) {
        return run.has(input) ? run.input(input).address() : 0;
    }

    /** The address of what is added to y; 0 for none. */
    static long residual(DeviceRun run) {
        return run.has(Conv.RESIDUAL) ? DeviceProducts.residual(run.input(Conv.RESIDUAL), run.output(0)) : 0;
    }
}
