package dev.nereid.server.backend.plan;

import dev.nereid.server.backend.Execution;
import dev.nereid.server.protocol.InferException;
import dev.nereid.tensor.Shape;
import dev.nereid.tensor.Tensor;
import java.util.List;

/**
 * Splits an output of a batch of different shapes: a config's {@code batch_output} of kind BATCH_SCATTER_WITH_INPUT_SHAPE.
 * Each request gets, one behind the other, as many elements as the output's dims have when its variable ones take the size
 * of the same dim of the request's source input.
 *
 * @param source the input whose shape counts
 * @param dims the output's dims, with -1 for the batch in front where the model batches
 */
record BatchScatter(String source, List<Long> dims) {
    BatchScatter {
        dims = List.copyOf(dims);
    }

    /** The shape of one request's part. */
    Shape shape(Execution execution) {
        Shape input = execution
                .input(source)
                .map(Tensor::shape)
                .orElseThrow(() -> InferException.invalid("the model's output needs the shape of input '" + source
                        + "', which the request " + execution.request().header().prefix() + "does not have"));
        long[] shape = new long[dims.size()];
        for (int axis = 0; axis < shape.length; axis++) {
            long dim = dims.get(axis);
            if (dim == -1 && axis >= input.rank()) {
                throw InferException.internal("output dims " + dims + " have no dim of the same place in input '"
                        + source + "' of shape " + input);
            }
            shape[axis] = dim == -1 ? input.dim(axis) : dim;
        }
        return Shape.of(shape);
    }

    /** Where the part of one request begins, in elements. */
    long offset(List<Execution> executions, int index) {
        long offset = 0;
        for (Execution execution : executions.subList(0, index)) {
            offset += shape(execution).elements();
        }
        return offset;
    }
}
