package dev.nereid.cuda.lowering.elementwise;

import dev.nereid.cuda.device.BroadcastStrides;
import dev.nereid.cuda.device.DeviceCapabilities;
import dev.nereid.cuda.device.ElementwiseChain;
import dev.nereid.cuda.lowering.DeviceLowering;
import dev.nereid.cuda.lowering.DeviceRun;
import dev.nereid.cuda.lowering.DeviceStep;
import dev.nereid.cuda.lowering.DeviceTensor;
import dev.nereid.kernels.elementwise.BinaryOp;
import dev.nereid.kernels.elementwise.UnaryOp;
import dev.nereid.models.lowering.Inference;
import dev.nereid.models.operators.elementwise.Clip;
import dev.nereid.models.operators.elementwise.RealNumbers;
import dev.nereid.tensor.DataType;
import java.util.List;
import java.util.Optional;

/** {@link Clip} on a device. */
final class ClipLowering implements DeviceLowering<Clip> {
    @Override
    public Optional<DeviceStep> step(Clip operator, Inference node, DeviceCapabilities capabilities) {
        if (!node.type(0).dataType().isFloat()) {
            return integersOnDevice(node, capabilities);
        }
        boolean known = (!node.has(Clip.MINIMUM) || node.constant(Clip.MINIMUM).isPresent())
                && (!node.has(Clip.MAXIMUM) || node.constant(Clip.MAXIMUM).isPresent());
        if (node.type(0).dataType() != DataType.FP32 || !known || !capabilities.has(UnaryOp.CLIP)) {
            return Optional.empty();
        }
        float low = node.has(Clip.MINIMUM)
                ? (float) RealNumbers.first(node.constant(Clip.MINIMUM).orElseThrow())
                : node.attributes().real("min", Float.NEGATIVE_INFINITY);
        float high = node.has(Clip.MAXIMUM)
                ? (float) RealNumbers.first(node.constant(Clip.MAXIMUM).orElseThrow())
                : node.attributes().real("max", Float.POSITIVE_INFINITY);
        DeviceStep step = DeviceStep.computing(List.of(0), run -> {
            DeviceTensor x = run.input(0);
            run.kernels()
                    .elementwise()
                    .unary(UnaryOp.CLIP, x.address(), run.output(0).address(), x.length(), low, high);
        });
        return Optional.of(step.chaining(
                capabilities.chains(UnaryOp.CLIP), new ElementwiseChain.Unary(UnaryOp.CLIP, 0, low, high)));
    }

    private static Optional<DeviceStep> integersOnDevice(Inference node, DeviceCapabilities capabilities) {
        DataType type = node.type(0).dataType();
        boolean fits = capabilities.has(BinaryOp.MAX, type)
                && capabilities.has(BinaryOp.MIN, type)
                && node.type(0).rank() <= BroadcastStrides.MOST_DIMS;
        if (!node.has(Clip.MINIMUM) && !node.has(Clip.MAXIMUM)) {
            return Optional.of(DeviceStep.alias(0));
        }
        return fits
                ? Optional.of(DeviceStep.computing(List.of(0, Clip.MINIMUM, Clip.MAXIMUM), run -> {
                    long x = run.input(0).address();
                    x = bound(run, BinaryOp.MAX, x, Clip.MINIMUM);
                    bound(run, BinaryOp.MIN, x, Clip.MAXIMUM);
                }))
                : Optional.empty();
    }

    /** Applies a bound that is there; returns where the result is. */
    private static long bound(DeviceRun run, BinaryOp op, long x, int input) {
        if (!run.has(input)) {
            return x;
        }
        DeviceTensor y = run.output(0);
        BroadcastStrides operands =
                DeviceBroadcast.operands(y.shape(), y.shape(), run.input(input).shape());
        run.kernels().elementwise().binary(op, y.dataType(), x, run.input(input).address(), y.address(), operands);
        return y.address();
    }
}
