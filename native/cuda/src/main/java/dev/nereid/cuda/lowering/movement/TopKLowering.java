package dev.nereid.cuda.lowering.movement;

import dev.nereid.cuda.device.DeviceCapabilities;
import dev.nereid.cuda.lowering.DeviceLowering;
import dev.nereid.cuda.lowering.DeviceRun;
import dev.nereid.cuda.lowering.DeviceStep;
import dev.nereid.cuda.lowering.DeviceTensor;
import dev.nereid.models.graph.TensorType;
import dev.nereid.models.lowering.Inference;
import dev.nereid.models.operators.movement.AxisArguments;
import dev.nereid.models.operators.movement.TopK;
import dev.nereid.tensor.DataType;
import dev.nereid.tensor.Shape;
import java.util.List;
import java.util.Optional;

/** {@link TopK} on a device. */
final class TopKLowering implements DeviceLowering<TopK> {
    /** A device compares each element with all of its row: beyond this the CPU's heap is faster. */
    private static final long LONGEST_ON_DEVICE = 8192;

    @Override
    public Optional<DeviceStep> step(TopK operator, Inference node, DeviceCapabilities capabilities) {
        TensorType x = node.type(0);
        int axis = AxisArguments.of(node.attributes().integer("axis", -1), x.rank());
        boolean fits = x.dataType() == DataType.FP32
                && x.dim(axis).isKnown()
                && x.dim(axis).value() <= LONGEST_ON_DEVICE;
        if (!fits) {
            return Optional.empty();
        }
        boolean largest = node.attributes().integer("largest", 1) != 0;
        return Optional.of(DeviceStep.computing(List.of(0), run -> runOnDevice(run, axis, largest)));
    }

    private static void runOnDevice(DeviceRun run, int axis, boolean largest) {
        DeviceTensor x = run.input(0);
        Shape y = run.output(run.wants(0) ? 0 : 1).shape();
        long extent = x.shape().dim(axis);
        if (y.dim(axis) > extent) {
            throw new IllegalArgumentException("k is " + y.dim(axis) + " along an axis of " + extent);
        }
        run.kernels()
                .indexing()
                .topK(
                        largest,
                        x.address(),
                        run.wants(0) ? run.output(0).address() : 0,
                        run.wants(1) ? run.output(1).address() : 0,
                        Math.toIntExact(x.shape().elements(0, axis)),
                        Math.toIntExact(extent),
                        Math.toIntExact(x.shape().elements(axis + 1, x.shape().rank())),
                        Math.toIntExact(y.dim(axis)));
    }
}
