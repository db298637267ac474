package dev.nereid.server.backend;

import dev.nereid.server.protocol.InferException;
import dev.nereid.tensor.Shape;
import dev.nereid.tensor.Tensor;
import java.util.List;

/**
 * Gives tensors the shape on the other side of a config's {@code reshape}. Variable dims keep their order: the first
 * one of the target takes the size of the first one of the source, and so on.
 *
 * @param source dims as the tensor comes, without the batch dim
 * @param target dims that it gets
 * @param batched whether a batch dim comes first on both sides
 */
public record TensorReshape(List<Long> source, List<Long> target, boolean batched) {
    public TensorReshape {
        source = List.copyOf(source);
        target = List.copyOf(target);
    }

    /** The same elements in the target's shape. */
    public Tensor apply(Tensor tensor) {
        int batchDims = batched ? 1 : 0;
        Shape shape = tensor.shape();
        if (shape.rank() != source.size() + batchDims) {
            throw InferException.internal(
                    "a tensor of shape " + shape + " cannot be reshaped from " + source + " to " + target);
        }
        long[] dims = new long[target.size() + batchDims];
        if (batched) {
            dims[0] = shape.dim(0);
        }
        int variable = 0;
        for (int i = 0; i < target.size(); i++) {
            if (target.get(i) == -1) {
                while (source.get(variable) != -1) {
                    variable++;
                }
                dims[batchDims + i] = shape.dim(batchDims + variable++);
            } else {
                dims[batchDims + i] = target.get(i);
            }
        }
        return tensor.withShape(Shape.of(dims));
    }
}
