package dev.nereid.server.backend.plan;

import dev.nereid.server.backend.Execution;
import dev.nereid.server.backend.TensorReshape;
import dev.nereid.server.protocol.InferException;
import dev.nereid.tensor.DataType;
import dev.nereid.tensor.Shape;
import dev.nereid.tensor.Tensor;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/**
 * One output of a model: gives each request of a batch its rows.
 *
 * @param index among the model's outputs
 * @param batched whether its first dim is the batch
 * @param unranked whether its file says no shape of it: then {@code reshape} is for a tensor without dims
 * @param reshape from the shape that the model has to the one that answers have; empty for none
 * @param scatter how it is cut where requests differ in shape; empty for by rows
 */
record PlanOutput(
        String name,
        int index,
        boolean batched,
        boolean unranked,
        Optional<TensorReshape> reshape,
        Optional<BatchScatter> scatter) {
    /**
     * One request's part of an output that is scattered.
     *
     * @param whole the batch's tensor
     */
    Tensor part(BatchScatter by, Tensor whole, List<Execution> executions, int index) {
        Shape shape = by.shape(executions.get(index));
        long from = by.offset(executions, index);
        if (from + shape.elements() > whole.shape().elements()) {
            throw InferException.internal("output '" + name + "' of shape " + whole.shape()
                    + " has no elements left for a part of shape " + shape + " behind the first " + from);
        }
        return slice(whole, shape, from);
    }

    /**
     * A view of some rows of the batch.
     *
     * @param whole the batch's tensor
     * @param batchRows rows that the batch has in all
     */
    Tensor rows(Tensor whole, long from, long count, long batchRows) {
        Tensor part = whole;
        if (batched) {
            if (whole.shape().rank() == 0 || whole.shape().dim(0) != batchRows) {
                throw InferException.internal("output '" + name + "' of a batch of " + batchRows
                        + " must have that many rows, got shape " + whole.shape()
                        + "; if the first dimension of this model is not a batch, set max_batch_size: 0");
            }
            part = count == batchRows ? whole : slice(whole, from, count);
        }
        boolean asItIs = unranked && part.shape().rank() > 0;
        return reshape.isPresent() && !asItIs ? reshape.get().apply(part) : part;
    }

    /**
     * A view of what one request of packed texts gets.
     *
     * @param whole [1, tokens, ...] or [texts, ...]: the batch's tensor
     * @param from the first token, or the first text
     * @param dims the dims in front of those of a token or a text: [texts, tokens each] or [texts]
     */
    static Tensor packed(Tensor whole, long from, long... dims) {
        int kept = dims.length;
        int rank = whole.shape().rank();
        long[] shape = Arrays.copyOf(dims, rank);
        for (int axis = kept; axis < rank; axis++) {
            shape[axis] = whole.shape().dim(axis);
        }
        return slice(whole, Shape.of(shape), from * whole.shape().elements(kept, rank));
    }

    private static Tensor slice(Tensor whole, long from, long count) {
        long rowElements = whole.shape().elements(1, whole.shape().rank());
        return slice(whole, whole.shape().withDim(0, count), from * rowElements);
    }

    /** A view of elements in a row. */
    private static Tensor slice(Tensor whole, Shape shape, long from) {
        if (whole.dataType() == DataType.STRING) {
            return Tensor.ofStrings(
                    shape, Arrays.copyOfRange(whole.strings(), (int) from, (int) (from + shape.elements())));
        }
        long bytes = whole.dataType().bytes();
        return Tensor.of(whole.dataType(), shape, whole.segment().asSlice(from * bytes, shape.elements() * bytes));
    }
}
