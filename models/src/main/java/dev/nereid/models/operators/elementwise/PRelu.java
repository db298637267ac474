package dev.nereid.models.operators.elementwise;

import dev.nereid.kernels.device.DeviceAbilities;
import dev.nereid.kernels.device.ElementwiseChain;
import dev.nereid.kernels.device.Strides;
import dev.nereid.kernels.elementwise.BinaryKernel;
import dev.nereid.kernels.elementwise.BinaryOp;
import dev.nereid.models.device.lowering.DeviceStep;
import dev.nereid.models.device.lowering.DeviceTensor;
import dev.nereid.models.graph.TensorType;
import dev.nereid.models.lowering.Inference;
import dev.nereid.models.lowering.Lowering;
import dev.nereid.models.operators.WideningOperator;
import dev.nereid.tensor.DataType;
import dev.nereid.tensor.Shape;
import dev.nereid.tensor.Tensor;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/**
 * ONNX PRelu: x, below zero x * slope. The slope broadcasts to x: [batch, channels, ...], or, as ONNX Runtime has it, both to
 * a shape that they have in common; before opset 7 it has an element a channel, or one.
 */
final class PRelu implements WideningOperator {
    private static final int BROADCAST_OPSET = 7;

    @Override
    public List<TensorType> outputTypes(Inference inference) {
        DataType type = Checks.sameDataType(inference, 0);
        Checks.require(type.isFloat() || type.isInteger(), inference, type);
        return List.of(
                inference.opset() < BROADCAST_OPSET
                        ? inference.type(0)
                        : Broadcasting.type(type, List.of(inference.type(0), inference.type(1))));
    }

    @Override
    public void lower(Lowering lowering) {
        BinaryKernel kernel = lowering.kernels()
                .elementwise()
                .binary(BinaryOp.PRELU, lowering.type(0).dataType());
        boolean perChannel = lowering.opset() < BROADCAST_OPSET;
        BinaryOperator.inPlaceWhereAlike(lowering, run -> {
            Tensor x = run.input(0);
            Tensor slope = run.input(1);
            Shape shape = perChannel ? channels(slope.shape(), x.shape().rank()) : slope.shape();
            BinaryLoop.run(kernel, x, x.shape(), slope, shape, run.output(0), run.workers());
        });
    }

    @Override
    public Optional<DeviceStep> onDevice(Inference node, DeviceAbilities abilities) {
        DataType type = node.type(0).dataType();
        if (!abilities.has(BinaryOp.PRELU, type) || !DeviceBroadcast.fits(node)) {
            return Optional.empty();
        }
        boolean perChannel = node.opset() < BROADCAST_OPSET;
        DeviceStep step = DeviceStep.computing(List.of(0, 1), run -> {
            DeviceTensor x = run.input(0);
            DeviceTensor slope = run.input(1);
            Shape shape = perChannel ? channels(slope.shape(), x.shape().rank()) : slope.shape();
            Strides operands = DeviceBroadcast.operands(run.output(0).shape(), x.shape(), shape);
            run.kernels()
                    .elementwise()
                    .binary(
                            BinaryOp.PRELU,
                            type,
                            x.address(),
                            slope.address(),
                            run.output(0).address(),
                            operands);
        });
        boolean chains = !perChannel && type == DataType.FP32 && abilities.chains(BinaryOp.PRELU);
        return Optional.of(step.chaining(chains, new ElementwiseChain.Binary(BinaryOp.PRELU, 0, 1)));
    }

    private static Shape channels(Shape slope, int rank) {
        long[] dims = new long[Math.max(rank - 1, 1)];
        Arrays.fill(dims, 1);
        dims[0] = slope.elements();
        return Shape.of(dims);
    }
}
