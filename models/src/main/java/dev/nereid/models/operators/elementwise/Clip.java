package dev.nereid.models.operators.elementwise;

import dev.nereid.kernels.device.DeviceAbilities;
import dev.nereid.kernels.device.ElementwiseChain;
import dev.nereid.kernels.device.Strides;
import dev.nereid.kernels.elementwise.BinaryKernel;
import dev.nereid.kernels.elementwise.BinaryOp;
import dev.nereid.kernels.elementwise.UnaryKernel;
import dev.nereid.kernels.elementwise.UnaryOp;
import dev.nereid.models.device.lowering.DeviceRun;
import dev.nereid.models.device.lowering.DeviceStep;
import dev.nereid.models.device.lowering.DeviceTensor;
import dev.nereid.models.graph.Attributes;
import dev.nereid.models.graph.TensorType;
import dev.nereid.models.lowering.Inference;
import dev.nereid.models.lowering.Lowering;
import dev.nereid.models.lowering.StepRun;
import dev.nereid.models.operators.WideningOperator;
import dev.nereid.tensor.DataType;
import dev.nereid.tensor.Tensor;
import java.util.List;
import java.util.Optional;

/** ONNX Clip: at least a minimum, then at most a maximum; scalar inputs since opset 11, before that attributes. */
final class Clip implements WideningOperator {
    private static final int MINIMUM = 1;
    private static final int MAXIMUM = 2;

    @Override
    public List<TensorType> outputTypes(Inference inference) {
        DataType type = Checks.sameDataType(inference, 0);
        Checks.require(BinaryOp.MAX.takes(type), inference, type);
        return List.of(inference.type(0));
    }

    @Override
    public void lower(Lowering lowering) {
        DataType type = lowering.type(0).dataType();
        if (type.isFloat()) {
            lowerReal(lowering, type);
        } else {
            lowerInteger(lowering, type);
        }
    }

    @Override
    public Optional<DeviceStep> onDevice(Inference node, DeviceAbilities abilities) {
        if (!node.type(0).dataType().isFloat()) {
            return integersOnDevice(node, abilities);
        }
        boolean known = (!node.has(MINIMUM) || node.constant(MINIMUM).isPresent())
                && (!node.has(MAXIMUM) || node.constant(MAXIMUM).isPresent());
        if (node.type(0).dataType() != DataType.FP32 || !known || !abilities.has(UnaryOp.CLIP)) {
            return Optional.empty();
        }
        float low = node.has(MINIMUM)
                ? (float) RealNumbers.first(node.constant(MINIMUM).orElseThrow())
                : node.attributes().real("min", Float.NEGATIVE_INFINITY);
        float high = node.has(MAXIMUM)
                ? (float) RealNumbers.first(node.constant(MAXIMUM).orElseThrow())
                : node.attributes().real("max", Float.POSITIVE_INFINITY);
        DeviceStep step = DeviceStep.computing(List.of(0), run -> {
            DeviceTensor x = run.input(0);
            run.kernels()
                    .elementwise()
                    .unary(UnaryOp.CLIP, x.address(), run.output(0).address(), x.length(), low, high);
        });
        return Optional.of(
                step.chaining(abilities.chains(UnaryOp.CLIP), new ElementwiseChain.Unary(UnaryOp.CLIP, 0, low, high)));
    }

    private static Optional<DeviceStep> integersOnDevice(Inference node, DeviceAbilities abilities) {
        DataType type = node.type(0).dataType();
        boolean fits = abilities.has(BinaryOp.MAX, type)
                && abilities.has(BinaryOp.MIN, type)
                && node.type(0).rank() <= Strides.MOST_DIMS;
        if (!node.has(MINIMUM) && !node.has(MAXIMUM)) {
            return Optional.of(DeviceStep.alias(0));
        }
        return fits
                ? Optional.of(DeviceStep.computing(List.of(0, MINIMUM, MAXIMUM), run -> {
                    long x = run.input(0).address();
                    x = bound(run, BinaryOp.MAX, x, MINIMUM);
                    bound(run, BinaryOp.MIN, x, MAXIMUM);
                }))
                : Optional.empty();
    }

    /** Applies a bound that is there; returns where the result is. */
    private static long bound(DeviceRun run, BinaryOp op, long x, int input) {
        if (!run.has(input)) {
            return x;
        }
        DeviceTensor y = run.output(0);
        Strides operands =
                DeviceBroadcast.operands(y.shape(), y.shape(), run.input(input).shape());
        run.kernels().elementwise().binary(op, y.dataType(), x, run.input(input).address(), y.address(), operands);
        return y.address();
    }

    private static void lowerReal(Lowering lowering, DataType type) {
        Attributes attributes = lowering.attributes();
        double lowest = attributes.real("min", Float.NEGATIVE_INFINITY);
        double highest = attributes.real("max", Float.POSITIVE_INFINITY);
        UnaryKernel kernel = lowering.kernels().elementwise().unary(UnaryOp.CLIP, type);
        long bytes = type.bytes();
        lowering.stepInPlace(0, run -> {
            double low = run.has(MINIMUM) ? RealNumbers.first(run.input(MINIMUM)) : lowest;
            double high = run.has(MAXIMUM) ? RealNumbers.first(run.input(MAXIMUM)) : highest;
            Tensor x = run.input(0);
            Tensor y = run.output(0);
            Parallel.elements(
                    run.workers(),
                    x.shape().elements(),
                    type,
                    (from, length) ->
                            kernel.run(x.segment(), bytes * from, y.segment(), bytes * from, length, low, high));
        });
    }

    private static void lowerInteger(Lowering lowering, DataType type) {
        BinaryKernel atLeast = lowering.kernels().elementwise().binary(BinaryOp.MAX, type);
        BinaryKernel atMost = lowering.kernels().elementwise().binary(BinaryOp.MIN, type);
        if (!lowering.has(MINIMUM) && !lowering.has(MAXIMUM)) {
            lowering.alias(0, 0);
            return;
        }
        lowering.stepInPlace(0, run -> {
            Tensor clipped = bound(run, atLeast, run.input(0), MINIMUM);
            bound(run, atMost, clipped, MAXIMUM);
        });
    }

    private static Tensor bound(StepRun run, BinaryKernel kernel, Tensor x, int input) {
        if (!run.has(input)) {
            return x;
        }
        Tensor y = run.output(0);
        Tensor bound = run.input(input);
        long bytes = x.dataType().bytes();
        Parallel.elements(
                run.workers(),
                x.shape().elements(),
                x.dataType(),
                (from, length) -> kernel.rightScalar(
                        x.segment(), bytes * from, bound.segment(), 0, y.segment(), bytes * from, length));
        return y;
    }
}
