package dev.nereid.cuda.lowering.elementwise;

import dev.nereid.cuda.device.BroadcastStrides;
import dev.nereid.cuda.device.DeviceCapabilities;
import dev.nereid.cuda.device.ElementwiseChain;
import dev.nereid.cuda.lowering.DeviceLowering;
import dev.nereid.cuda.lowering.DeviceStep;
import dev.nereid.cuda.lowering.DeviceTensor;
import dev.nereid.kernels.elementwise.UnaryOp;
import dev.nereid.models.lowering.Inference;
import dev.nereid.models.operators.elementwise.VariadicOperator;
import dev.nereid.tensor.DataType;
import dev.nereid.tensor.Shape;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;

/** {@link VariadicOperator} on a device. */
final class VariadicOperatorLowering implements DeviceLowering<VariadicOperator> {
    @Override
    public Optional<DeviceStep> step(VariadicOperator operator, Inference node, DeviceCapabilities capabilities) {
        DataType type = node.type(0).dataType();
        List<Integer> operands = IntStream.range(0, node.inputs()).boxed().toList();
        boolean fits = operands.stream().allMatch(input -> node.type(input).rank() <= BroadcastStrides.MOST_DIMS);
        if (!capabilities.has(operator.op(), type) || !fits) {
            return Optional.empty();
        }
        if (node.inputs() == 1) {
            return Optional.of(DeviceStep.alias(0));
        }
        DeviceStep step = DeviceStep.computing(operands, run -> {
            DeviceTensor z = run.output(0);
            Shape left = run.input(0).shape();
            long x = run.input(0).address();
            for (int input : operands.subList(1, operands.size())) {
                DeviceTensor y = run.input(input);
                BroadcastStrides strides = DeviceBroadcast.operands(z.shape(), left, y.shape());
                run.kernels().elementwise().binary(operator.op(), type, x, y.address(), z.address(), strides);
                x = z.address();
                left = z.shape();
            }
            if (operator.mean()) {
                run.kernels().elementwise().unary(UnaryOp.AFFINE, x, x, z.length(), 1f / operands.size(), 0);
            }
        });
        boolean chains =
                type == DataType.FP32 && operands.size() == 2 && !operator.mean() && capabilities.chains(operator.op());
        return Optional.of(step.chaining(chains, new ElementwiseChain.Binary(operator.op(), 0, 1)));
    }
}
