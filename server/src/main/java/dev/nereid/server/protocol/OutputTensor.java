package dev.nereid.server.protocol;

import dev.nereid.tensor.Shape;
import dev.nereid.tensor.Tensor;

/** One named output. The tensor is a view into memory that the {@link InferResponse} holds. */
public record OutputTensor(String name, Tensor tensor) {
    /** The same output in another shape of as many elements. */
    public OutputTensor withShape(Shape shape) {
        return new OutputTensor(name, tensor.withShape(shape));
    }
}
