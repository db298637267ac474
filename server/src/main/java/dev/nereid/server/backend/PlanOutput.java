package dev.nereid.server.backend;

import dev.nereid.server.protocol.InferException;
import dev.nereid.tensor.DataType;
import dev.nereid.tensor.Shape;
import dev.nereid.tensor.Tensor;
import java.util.Arrays;
import java.util.Optional;

/**
 * One output of a model: gives each request of a batch its rows.
 *
 * @param index among the model's outputs
 * @param batched whether its first dim is the batch
 * @param reshape from the shape that the model has to the one that answers have; empty for none
 */
record PlanOutput(String name, int index, boolean batched, Optional<TensorReshape> reshape) {
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
                        + " must have that many rows, got shape " + whole.shape());
            }
            part = count == batchRows ? whole : slice(whole, from, count);
        }
        return reshape.isPresent() ? reshape.get().apply(part) : part;
    }

    private static Tensor slice(Tensor whole, long from, long count) {
        Shape shape = whole.shape().withDim(0, count);
        long rowElements = whole.shape().elements(1, whole.shape().rank());
        if (whole.dataType() == DataType.STRING) {
            return Tensor.ofStrings(shape, Arrays.copyOfRange(whole.strings(), (int) (from * rowElements), (int)
                    ((from + count) * rowElements)));
        }
        long rowBytes = rowElements * whole.dataType().bytes();
        return Tensor.of(whole.dataType(), shape, whole.segment().asSlice(from * rowBytes, count * rowBytes));
    }
}
