package dev.nereid.cuda.lowering.linear;

import dev.nereid.cuda.device.DeviceCapabilities;
import dev.nereid.cuda.device.DeviceWinogradFilters;
import dev.nereid.cuda.lowering.DeviceRun;
import dev.nereid.cuda.lowering.DeviceStep;
import dev.nereid.kernels.convolution.ConvShape;
import dev.nereid.kernels.matmul.Activation;
import dev.nereid.models.graph.Attributes;
import dev.nereid.models.graph.Dim;
import dev.nereid.models.graph.TensorType;
import dev.nereid.models.lowering.Inference;
import dev.nereid.models.operators.ChannelsLast;
import dev.nereid.models.operators.WindowAttributes;
import dev.nereid.models.operators.linear.Conv;
import dev.nereid.models.operators.linear.FusedActivation;
import dev.nereid.tensor.DataType;
import dev.nereid.tensor.Shape;
import dev.nereid.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * {@link Conv} of FP32 on a device by Winograd's algorithm, where a pass has allowed it and it pays. That is decided when the
 * model is loaded, of what is known of an item's shape by then.
 */
final class DeviceWinogradConvolution {
    private DeviceWinogradConvolution() {}

    /** The step of a node whose filters are known when the model is loaded; empty where one product does better. */
    static Optional<DeviceStep> onDevice(Inference node, DeviceCapabilities capabilities) {
        Attributes attributes = node.attributes();
        boolean may = attributes.integer("winograd", 0) != 0
                && attributes.integer("group", 1) == 1
                && node.type(0).dataType() == DataType.FP32;
        return node.constant(1)
                .filter(w -> may
                        && usualShape(node, w.shape())
                                .filter(DeviceWinogradFilters::suit)
                                .filter(capabilities::prefersWinograd)
                                .isPresent())
                .map(w -> onDevice(node, w));
    }

    /** The shape of one item in one group, with a common extent for each that only a run will know. */
    private static Optional<ConvShape> usualShape(Inference node, Shape filters) {
        WindowAttributes moves = WindowAttributes.of(node.attributes(), Conv.spatial(filters));
        return ChannelsLast.usualWindow(moves, channelsLast(node.type(0)))
                .map(window ->
                        new ConvShape(1, Math.toIntExact(filters.dim(1)), Math.toIntExact(filters.dim(0)), 1, window));
    }

    private static TensorType channelsLast(TensorType x) {
        List<Dim> dims = new ArrayList<>(x.dims().orElseThrow());
        dims.add(dims.remove(1));
        return TensorType.of(x.dataType(), dims);
    }

    private static DeviceStep onDevice(Inference node, Tensor w) {
        Attributes attributes = node.attributes();
        Activation activation = FusedActivation.of(attributes);
        List<Integer> reads =
                Stream.of(0, Conv.BIAS, Conv.RESIDUAL).filter(node::has).toList();
        Shape filters = w.shape();
        return DeviceStep.computing(
                        reads,
                        run -> scratchBytes(run, shape(attributes, run, filters)),
                        run -> run.kernels()
                                .convolveWinograd(
                                        shape(attributes, run, filters),
                                        run.input(0).address(),
                                        run.constant(0),
                                        ConvLowering.address(run, Conv.BIAS),
                                        activation,
                                        ConvLowering.residual(run),
                                        run.output(0).address(),
                                        run.scratch(),
                                        scratchBytes(run, shape(attributes, run, filters))))
                .withConstants(memory -> {
                    int count = Math.toIntExact(filters.dim(0));
                    int channels = Math.toIntExact(filters.dim(1));
                    MemorySegment transformed = memory.allocate(
                            ValueLayout.JAVA_FLOAT, DeviceWinogradFilters.bytes(count, channels) / Float.BYTES);
                    DeviceWinogradFilters.transform(count, channels, w.segment(), transformed);
                    return List.of(transformed);
                });
    }

    private static long scratchBytes(DeviceRun run, ConvShape shape) {
        return run.kernels().winogradBytes(shape, run.savesMemory());
    }

    private static ConvShape shape(Attributes attributes, DeviceRun run, Shape filters) {
        return Conv.shape(attributes, run.input(0).shape(), filters, ConvLowering.shape(run, Conv.BIAS));
    }
}
