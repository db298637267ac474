package dev.nereid.cuda.lowering.movement;

import dev.nereid.cuda.device.BroadcastStrides;
import dev.nereid.cuda.device.DeviceCapabilities;
import dev.nereid.cuda.device.DeviceIndexing;
import dev.nereid.cuda.lowering.DeviceLowering;
import dev.nereid.cuda.lowering.DeviceStep;
import dev.nereid.cuda.lowering.DeviceTensor;
import dev.nereid.models.lowering.Inference;
import dev.nereid.models.operators.movement.GatherND;
import dev.nereid.tensor.DataType;
import dev.nereid.tensor.Shape;
import java.util.List;
import java.util.Optional;

/** {@link GatherND} on a device. */
final class GatherNDLowering implements DeviceLowering<GatherND> {
    @Override
    public Optional<DeviceStep> step(GatherND operator, Inference node, DeviceCapabilities capabilities) {
        int bytes = node.type(0).dataType().bytes();
        DataType indexType = node.type(1).dataType();
        if (!capabilities.gathersBlocks(bytes, indexType) || !fits(node)) {
            return Optional.empty();
        }
        int batchDims = Math.toIntExact(node.attributes().integer("batch_dims", 0));
        return Optional.of(DeviceStep.moving(List.of(0, 1), run -> {
            Shape shape = run.input(0).shape();
            DeviceIndexing.Vectors vectors = vectors(run.input(1), shape, batchDims);
            long block = shape.elements(batchDims + vectors.extents().length, shape.rank());
            run.kernels()
                    .indexing()
                    .gatherBlocks(
                            bytes,
                            vectors,
                            run.input(0).address(),
                            run.output(0).address(),
                            Math.toIntExact(block));
        }));
    }

    /** Whether the index vectors of a node, its input 1, are as short as a device's kernels take them. */
    static boolean fits(Inference node) {
        return node.type(1).rank() > 0
                && node.type(1).dim(-1).isKnown()
                && node.type(1).dim(-1).value() <= BroadcastStrides.MOST_DIMS;
    }

    /** The blocks of a tensor that index vectors on a device name. */
    static DeviceIndexing.Vectors vectors(DeviceTensor indices, Shape shape, int batchDims) {
        int length = Math.toIntExact(indices.shape().dim(-1));
        int count = Math.toIntExact(indices.shape().elements(0, indices.shape().rank() - 1));
        long batches = GatherND.batches(indices.shape(), shape, batchDims);
        int[] extents = new int[length];
        for (int i = 0; i < length; i++) {
            extents[i] = Math.toIntExact(shape.dim(batchDims + i));
        }
        int eachBatch = batches == 0 ? 0 : Math.toIntExact(count / batches);
        return new DeviceIndexing.Vectors(indices.dataType(), indices.address(), count, eachBatch, extents);
    }
}
