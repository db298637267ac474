package dev.nereid.cuda.lowering.nn;

import dev.nereid.cuda.device.DeviceCapabilities;
import dev.nereid.cuda.lowering.DeviceLowering;
import dev.nereid.cuda.lowering.DeviceStep;
import dev.nereid.models.lowering.Inference;
import dev.nereid.models.operators.nn.ArgReduction;
import dev.nereid.tensor.DataType;
import dev.nereid.tensor.Shape;
import java.util.List;
import java.util.Optional;

/** {@link ArgReduction} on a device. */
final class ArgReductionLowering implements DeviceLowering<ArgReduction> {
    @Override
    public Optional<DeviceStep> step(ArgReduction operator, Inference node, DeviceCapabilities capabilities) {
        DataType type = node.type(0).dataType();
        if (!capabilities.findsArgMinMax(type)) {
            return Optional.empty();
        }
        boolean last = node.attributes().integer("select_last_index", 0) != 0;
        int axis = ArgReduction.axis(node, node.type(0).rank());
        return Optional.of(DeviceStep.computing(List.of(0), run -> {
            Shape shape = run.input(0).shape();
            ArgReduction.requireElements(shape, axis, run.output(0).shape());
            run.kernels()
                    .indexing()
                    .argMinMax(
                            operator.extreme(),
                            last,
                            type,
                            run.input(0).address(),
                            run.output(0).address(),
                            Math.toIntExact(shape.elements(0, axis)),
                            Math.toIntExact(shape.dim(axis)),
                            Math.toIntExact(shape.elements(axis + 1, shape.rank())));
        }));
    }
}
