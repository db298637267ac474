package dev.nereid.server.protocol;

import dev.nereid.tensor.Tensor;

/** One named input of a request. The tensor's memory belongs to the {@link InferRequest}. */
public record InputTensor(String name, Tensor tensor) {}
