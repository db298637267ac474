package dev.nereid.cuda.lowering.quantized;

import dev.nereid.cuda.device.DeviceQuantized;
import dev.nereid.cuda.lowering.DeviceRun;
import dev.nereid.cuda.lowering.DeviceTensor;
import dev.nereid.kernels.convolution.ConvShape;
import dev.nereid.models.graph.Attributes;
import dev.nereid.models.lowering.Inference;
import dev.nereid.models.operators.quantized.ChannelsLastImages;
import dev.nereid.models.operators.quantized.ConvGeometry;
import dev.nereid.models.operators.quantized.IntegerConvolution;
import dev.nereid.tensor.DataType;
import dev.nereid.tensor.Shape;

/** The integer convolution inside an operator, on a device. */
final class DeviceConvolution {
    /** Spatial axes that kernels know, with batch and channels. */
    private static final int MOST_RANK = 4;

    private DeviceConvolution() {}

    /** Whether kernels know a convolution: bytes over one or two axes, zero points for all of x and each filter. */
    static boolean fits(Inference node, IntegerConvolution.Inputs inputs) {
        return DeviceQuantization.isByte(node, inputs.x())
                && DeviceQuantization.isByte(node, inputs.w())
                && node.type(inputs.w()).rank() <= MOST_RANK
                && DeviceQuantization.isOne(node, inputs.xZeroPoint())
                && DeviceQuantization.isVector(node, inputs.wZeroPoint());
    }

    /** The convolution of a run, with x as its attributes say. */
    static DeviceQuantized.Convolution of(DeviceRun run, Attributes attributes, IntegerConvolution.Inputs inputs) {
        boolean last = ChannelsLastImages.isAskedFor(attributes);
        DeviceTensor x = run.input(inputs.x());
        DeviceTensor w = run.input(inputs.w());
        Shape image = last ? ChannelsLastImages.channelsFirst(x.shape()) : x.shape();
        ConvShape shape = ConvGeometry.of(attributes, w.shape().rank() - 2).shape(image, w.shape());
        return new DeviceQuantized.Convolution(
                shape,
                last,
                x.address(),
                x.dataType() == DataType.INT8,
                DeviceQuantization.address(run, inputs.xZeroPoint()),
                w.address(),
                w.dataType() == DataType.INT8,
                DeviceQuantization.address(run, inputs.wZeroPoint()),
                DeviceQuantization.each(run, inputs.wZeroPoint(), shape.filters()));
    }
}
