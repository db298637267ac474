package dev.nereid.models.operators.movement;

import dev.nereid.kernels.device.DeviceAbilities;
import dev.nereid.kernels.device.DeviceIndexing;
import dev.nereid.kernels.device.Strides;
import dev.nereid.models.ModelFormatException;
import dev.nereid.models.device.lowering.DeviceStep;
import dev.nereid.models.device.lowering.DeviceTensor;
import dev.nereid.models.graph.Dim;
import dev.nereid.models.graph.TensorType;
import dev.nereid.models.lowering.Inference;
import dev.nereid.models.lowering.Lowering;
import dev.nereid.models.lowering.StepRun;
import dev.nereid.models.operators.DeviceOperator;
import dev.nereid.tensor.DataType;
import dev.nereid.tensor.Shape;
import dev.nereid.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** ONNX GatherND: the innermost axis of the indices holds positions in the axes of x after {@code batch_dims}. */
final class GatherND implements DeviceOperator {
    @Override
    public List<TensorType> outputTypes(Inference in) {
        TensorType x = in.type(0);
        TensorType indices = in.type(1);
        boolean known = x.hasRank()
                && indices.hasRank()
                && indices.rank() > 0
                && indices.dim(-1).isKnown();
        if (!known) {
            return List.of(TensorType.ofUnknownRank(x.dataType()));
        }
        long end = in.attributes().integer("batch_dims", 0) + indices.dim(-1).value();
        if (end > x.rank()) {
            throw new ModelFormatException("indices " + indices + " are too long for a tensor " + x);
        }
        List<Dim> dims = new ArrayList<>(indices.dims().orElseThrow().subList(0, indices.rank() - 1));
        dims.addAll(x.dims().orElseThrow().subList((int) end, x.rank()));
        return List.of(TensorType.of(x.dataType(), dims));
    }

    @Override
    public void lower(Lowering lowering) {
        Elements elements = new Elements(lowering.kernels().layout());
        int batchDims = Math.toIntExact(lowering.attributes().integer("batch_dims", 0));
        lowering.step(run -> {
            Tensor x = run.input(0);
            Tensor indices = run.input(1);
            int length = (int) indices.shape().dim(-1);
            int end = batchDims + length;
            long count = indices.shape().elements(0, indices.shape().rank() - 1);
            long blocks = x.shape().elements(0, end);
            long block = x.shape().elements(end, x.shape().rank());
            MemorySegment positions = positions(run, indices, x.shape(), batchDims);
            elements.gather(block, 1, blocks, count, x, positions, run.output(0), run.workers());
        });
    }

    @Override
    public Optional<DeviceStep> onDevice(Inference node, DeviceAbilities abilities) {
        int bytes = node.type(0).dataType().bytes();
        DataType indexType = node.type(1).dataType();
        if (!abilities.gathersBlocks(bytes, indexType) || !fits(node)) {
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
                && node.type(1).dim(-1).value() <= Strides.MOST_DIMS;
    }

    /** The blocks of a tensor that index vectors on a device name. */
    static DeviceIndexing.Vectors vectors(DeviceTensor indices, Shape shape, int batchDims) {
        int length = Math.toIntExact(indices.shape().dim(-1));
        int count = Math.toIntExact(indices.shape().elements(0, indices.shape().rank() - 1));
        long batches = batches(indices.shape(), shape, batchDims);
        int[] extents = new int[length];
        for (int i = 0; i < length; i++) {
            extents[i] = Math.toIntExact(shape.dim(batchDims + i));
        }
        int eachBatch = batches == 0 ? 0 : Math.toIntExact(count / batches);
        return new DeviceIndexing.Vectors(indices.dataType(), indices.address(), count, eachBatch, extents);
    }

    /** The items of the batch that indices and the tensor they point into share. */
    private static long batches(Shape indices, Shape shape, int batchDims) {
        long batches = shape.elements(0, batchDims);
        if (batches != indices.elements(0, batchDims)) {
            throw new IllegalArgumentException("indices of the shape " + indices + " and a tensor of the shape " + shape
                    + " differ in their batch dims");
        }
        return batches;
    }

    /** For each index vector the number of the block of {@code shape} that it means. */
    static MemorySegment positions(StepRun run, Tensor indices, Shape shape, int batchDims) {
        int length = (int) indices.shape().dim(-1);
        long count = indices.shape().elements(0, indices.shape().rank() - 1);
        long batches = batches(indices.shape(), shape, batchDims);
        MemorySegment positions = Elements.indices(run, count);
        long[] extents = new long[length];
        for (int j = 0; j < length; j++) {
            extents[j] = shape.dim(batchDims + j);
        }
        long i = 0;
        for (long batch = 0; batch < batches; batch++) {
            for (long end = i + count / batches; i < end; i++) {
                long position = batch;
                for (int j = 0; j < length; j++) {
                    long index = Elements.raw(indices, i * length + j);
                    position = position * extents[j] + Elements.normalized(index, extents[j]);
                }
                Elements.index(positions, i, position);
            }
        }
        return positions;
    }
}
