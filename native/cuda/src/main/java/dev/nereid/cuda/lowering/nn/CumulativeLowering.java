package dev.nereid.cuda.lowering.nn;

import dev.nereid.cuda.device.DeviceCapabilities;
import dev.nereid.cuda.lowering.DeviceLowering;
import dev.nereid.cuda.lowering.DeviceStep;
import dev.nereid.cuda.lowering.DeviceTensor;
import dev.nereid.models.lowering.Inference;
import dev.nereid.models.operators.nn.Cumulative;
import dev.nereid.models.operators.nn.OperatorAxes;
import dev.nereid.tensor.DataType;
import dev.nereid.tensor.Shape;
import java.util.List;
import java.util.Optional;

/** {@link Cumulative} on a device. */
final class CumulativeLowering implements DeviceLowering<Cumulative> {
    @Override
    public Optional<DeviceStep> step(Cumulative operator, Inference node, DeviceCapabilities capabilities) {
        DataType type = node.type(0).dataType();
        Optional<long[]> axes = OperatorAxes.given(node, 1);
        if (axes.isEmpty() || axes.get().length != 1 || !capabilities.has(operator.accumulation(), type)) {
            return Optional.empty();
        }
        int axis = OperatorAxes.of(axes.get()[0], node.type(0).rank());
        boolean exclusive = node.attributes().integer("exclusive", 0) != 0;
        boolean reverse = node.attributes().integer("reverse", 0) != 0;
        return Optional.of(DeviceStep.computing(List.of(0), run -> {
            DeviceTensor x = run.input(0);
            Shape shape = x.shape();
            run.kernels()
                    .reduce()
                    .accumulate(
                            operator.accumulation(),
                            type,
                            exclusive,
                            reverse,
                            x.address(),
                            run.output(0).address(),
                            Math.toIntExact(shape.elements(0, axis)),
                            Math.toIntExact(shape.dim(axis)),
                            Math.toIntExact(shape.elements(axis + 1, shape.rank())));
        }));
    }
}
