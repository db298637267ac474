package dev.nereid.cuda.lowering.movement;

import dev.nereid.cuda.device.BroadcastStrides;
import dev.nereid.cuda.device.DeviceCapabilities;
import dev.nereid.cuda.device.DeviceIndexing;
import dev.nereid.cuda.lowering.DeviceLowering;
import dev.nereid.cuda.lowering.DeviceStep;
import dev.nereid.cuda.lowering.DeviceTensor;
import dev.nereid.models.lowering.Inference;
import dev.nereid.models.operators.movement.AxisArguments;
import dev.nereid.models.operators.movement.GatherElements;
import dev.nereid.tensor.DataType;
import dev.nereid.tensor.Shape;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/** {@link GatherElements} on a device. */
final class GatherElementsLowering implements DeviceLowering<GatherElements> {
    @Override
    public Optional<DeviceStep> step(GatherElements operator, Inference node, DeviceCapabilities capabilities) {
        int bytes = node.type(0).dataType().bytes();
        DataType indexType = node.type(1).dataType();
        int rank = node.type(0).rank();
        if (!capabilities.gathersElements(bytes, indexType) || rank > BroadcastStrides.MOST_DIMS) {
            return Optional.empty();
        }
        int axis = AxisArguments.of(node.attributes().integer("axis", 0), rank);
        return Optional.of(DeviceStep.moving(List.of(0, 1), run -> {
            DeviceTensor x = run.input(0);
            DeviceTensor indices = run.input(1);
            run.kernels()
                    .indexing()
                    .gatherElements(
                            bytes,
                            elements(indices, x.shape(), axis),
                            x.address(),
                            run.output(0).address());
        }));
    }

    /** The elements of a tensor that indices on a device name. */
    static DeviceIndexing.Elements elements(DeviceTensor indices, Shape shape, int axis) {
        GatherElements.require(indices.shape(), shape, axis);
        BroadcastStrides layout =
                new BroadcastStrides(numbers(indices.shape().dims()), new int[][] {numbers(shape.strides())});
        return new DeviceIndexing.Elements(
                indices.dataType(), indices.address(), layout, axis, Math.toIntExact(shape.dim(axis)));
    }

    private static int[] numbers(long[] values) {
        return Arrays.stream(values).mapToInt(Math::toIntExact).toArray();
    }
}
