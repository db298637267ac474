package dev.nereid.server.protocol;

import dev.nereid.tensor.Tensor;

/** One named output. The tensor is a view into memory that the {@link InferResponse} holds. */
public record OutputTensor(String name, Tensor tensor) {}
