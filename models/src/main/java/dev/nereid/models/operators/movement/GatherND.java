package dev.nereid.models.operators.movement;

import dev.nereid.models.ModelFormatException;
import dev.nereid.models.graph.Dim;
import dev.nereid.models.graph.TensorType;
import dev.nereid.models.lowering.Inference;
import dev.nereid.models.lowering.Lowering;
import dev.nereid.models.lowering.StepRun;
import dev.nereid.models.operators.Operator;
import dev.nereid.tensor.Shape;
import dev.nereid.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;

/** ONNX GatherND: the innermost axis of the indices holds positions in the axes of x after {@code batch_dims}. */
public final class GatherND implements Operator {
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
        ElementMover elements = new ElementMover(lowering.kernels().layout());
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

    /** The items of the batch that indices and the tensor they point into share. */
    public static long batches(Shape indices, Shape shape, int batchDims) {
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
        MemorySegment positions = ElementMover.indices(run, count);
        long[] extents = new long[length];
        for (int j = 0; j < length; j++) {
            extents[j] = shape.dim(batchDims + j);
        }
        long i = 0;
        for (long batch = 0; batch < batches; batch++) {
            for (long end = i + count / batches; i < end; i++) {
                long position = batch;
                for (int j = 0; j < length; j++) {
                    long index = ElementMover.raw(indices, i * length + j);
                    position = position * extents[j] + ElementMover.normalized(index, extents[j]);
                }
                ElementMover.index(positions, i, position);
            }
        }
        return positions;
    }
}
