package dev.nereid.cuda.lowering.linear;

import dev.nereid.cuda.device.DeviceHalfFilters;
import dev.nereid.cuda.lowering.DeviceRun;
import dev.nereid.cuda.lowering.DeviceStep;
import dev.nereid.kernels.convolution.ConvShape;
import dev.nereid.kernels.matmul.Activation;
import dev.nereid.models.graph.Attributes;
import dev.nereid.models.lowering.Inference;
import dev.nereid.models.operators.linear.Conv;
import dev.nereid.models.operators.linear.FusedActivation;
import dev.nereid.tensor.DataType;
import dev.nereid.tensor.Shape;
import dev.nereid.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/** {@link Conv} of FP16 and BF16 on a device, whose result is rounded once, behind its activation and residual. */
final class DeviceHalfConvolution {
    private DeviceHalfConvolution() {}

    /** The step of a node whose filters are known when the model is loaded; empty where kernels of FP32 do better. */
    static Optional<DeviceStep> onDevice(Inference node) {
        int groups = Math.toIntExact(node.attributes().integer("group", 1));
        return node.constant(1)
                .filter(w -> DeviceHalfFilters.suit(Math.toIntExact(w.shape().dim(0)), groups))
                .map(w -> onDevice(node, w));
    }

    private static DeviceStep onDevice(Inference node, Tensor w) {
        Attributes attributes = node.attributes();
        Activation activation = FusedActivation.of(attributes);
        List<Integer> reads =
                Stream.of(0, Conv.BIAS, Conv.RESIDUAL).filter(node::has).toList();
        DataType type = w.dataType();
        Shape filters = w.shape();
        return DeviceStep.computing(
                        reads,
                        run -> run.kernels().halfConvolutionBytes(shape(attributes, run, filters)),
                        run -> run.kernels()
                                .convolveHalf(
                                        type,
                                        shape(attributes, run, filters),
                                        run.input(0).address(),
                                        run.constant(0),
                                        ConvLowering.address(run, Conv.BIAS),
                                        activation,
                                        ConvLowering.residual(run),
                                        run.output(0).address(),
                                        run.scratch()))
                .withConstants(memory -> {
                    int count = Math.toIntExact(filters.dim(0));
                    int channels = Math.toIntExact(filters.dim(1));
                    int taps = Math.toIntExact(filters.elements(2, filters.rank()));
                    MemorySegment arranged =
                            memory.allocate(ValueLayout.JAVA_SHORT, DeviceHalfFilters.bytes(count, channels, taps) / 2);
                    DeviceHalfFilters.arrange(count, channels, taps, w.segment(), arranged.fill((byte) 0));
                    return List.of(arranged);
                });
    }

    private static ConvShape shape(Attributes attributes, DeviceRun run, Shape filters) {
        return Conv.shape(attributes, run.input(0).shape(), filters, ConvLowering.shape(run, Conv.BIAS));
    }
}
