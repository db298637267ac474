package dev.nereid.server.schedule.ensemble;

import dev.nereid.tensor.Shape;
import dev.nereid.tensor.Tensor;
import java.util.Arrays;
import java.util.List;

/**
 * Adapts tensors between models without a batch dim and models with one. Only what does not fit as it is gets another shape:
 * a batch of one in front, or the batch of one taken away.
 */
final class BatchDimAdapter {
    private BatchDimAdapter() {}

    /**
     * The tensor in the shape that its reader takes.
     *
     * @param batchSize of the request that it comes from; 0 if that has no batch dim
     * @param dims what the reader's config says, without a batch dim; -1 for any
     * @param batches whether the reader has a batch dim
     */
    static Tensor bridge(Tensor tensor, long batchSize, List<Long> dims, boolean batches) {
        boolean batched = batchSize != 0;
        if (batches == batched) {
            return tensor;
        }
        Shape shape = tensor.shape();
        boolean fits = fits(shape, dims);
        if (batches && fits) {
            long[] extended = new long[shape.rank() + 1];
            extended[0] = 1;
            System.arraycopy(shape.dims(), 0, extended, 1, shape.rank());
            return tensor.withShape(Shape.of(extended));
        }
        if (!batches && !fits && batchSize == 1 && shape.rank() > 0) {
            long[] all = shape.dims();
            return tensor.withShape(Shape.of(Arrays.copyOfRange(all, 1, all.length)));
        }
        return tensor;
    }

    private static boolean fits(Shape shape, List<Long> dims) {
        boolean fits = shape.rank() == dims.size();
        for (int axis = 0; fits && axis < shape.rank(); axis++) {
            fits = dims.get(axis) == -1 || dims.get(axis) == shape.dim(axis);
        }
        return fits;
    }
}
