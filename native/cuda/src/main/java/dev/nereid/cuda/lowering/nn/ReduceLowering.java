package dev.nereid.cuda.lowering.nn;

import dev.nereid.cuda.device.BroadcastStrides;
import dev.nereid.cuda.device.DeviceCapabilities;
import dev.nereid.cuda.lowering.DeviceLowering;
import dev.nereid.cuda.lowering.DeviceStep;
import dev.nereid.models.lowering.Inference;
import dev.nereid.models.operators.nn.OperatorAxes;
import dev.nereid.models.operators.nn.Reduce;
import dev.nereid.tensor.DataType;
import java.util.List;
import java.util.Optional;

/** {@link Reduce} on a device. */
final class ReduceLowering implements DeviceLowering<Reduce> {
    @Override
    public Optional<DeviceStep> step(Reduce operator, Inference node, DeviceCapabilities capabilities) {
        Optional<long[]> axes = OperatorAxes.given(node, Reduce.AXES);
        DataType type = node.type(0).dataType();
        boolean fits = capabilities.has(operator.op(), type)
                && capabilities.moves(type.bytes())
                && node.type(0).rank() <= BroadcastStrides.MOST_DIMS;
        if (axes.isEmpty() || !fits) {
            return Optional.empty();
        }
        boolean[] flags = Reduce.flags(node, axes.get(), node.type(0).rank());
        return Optional.of(DeviceStep.computing(
                List.of(0),
                run -> DeviceReductions.scratchBytes(run.input(0), flags),
                run -> DeviceReductions.run(run, operator.op(), run.input(0), flags, run.output(0))));
    }
}
