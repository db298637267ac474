package dev.nereid.cuda.lowering.elementwise;

import dev.nereid.cuda.device.DeviceCapabilities;
import dev.nereid.cuda.device.ElementwiseChain;
import dev.nereid.cuda.lowering.DeviceLowering;
import dev.nereid.cuda.lowering.DeviceStep;
import dev.nereid.cuda.lowering.DeviceTensor;
import dev.nereid.kernels.elementwise.UnaryOp;
import dev.nereid.models.lowering.Inference;
import dev.nereid.models.operators.elementwise.UnaryOperator;
import dev.nereid.tensor.DataType;
import java.util.List;
import java.util.Optional;

/** {@link UnaryOperator} on a device. */
final class UnaryOperatorLowering implements DeviceLowering<UnaryOperator> {
    @Override
    public Optional<DeviceStep> step(UnaryOperator operator, Inference node, DeviceCapabilities capabilities) {
        UnaryOp op = operator.function().apply(node.attributes());
        DataType type = node.type(0).dataType();
        if (type != DataType.FP32) {
            return capabilities.has(op, type) ? Optional.of(integers(op, type)) : Optional.empty();
        }
        if (!capabilities.has(op)) {
            return Optional.empty();
        }
        float a = (float) operator.alpha().of(node.attributes());
        float b = (float) operator.beta().of(node.attributes());
        DeviceStep step = DeviceStep.computing(List.of(0), run -> {
            DeviceTensor x = run.input(0);
            run.kernels().elementwise().unary(op, x.address(), run.output(0).address(), x.length(), a, b);
        });
        return Optional.of(step.chaining(capabilities.chains(op), new ElementwiseChain.Unary(op, 0, a, b)));
    }

    private static DeviceStep integers(UnaryOp op, DataType type) {
        return DeviceStep.computing(List.of(0), run -> {
            DeviceTensor x = run.input(0);
            run.kernels()
                    .elementwise()
                    .unary(op, type, x.address(), run.output(0).address(), x.length());
        });
    }
}
