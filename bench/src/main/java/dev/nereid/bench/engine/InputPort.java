package dev.nereid.bench.engine;

import dev.nereid.tensor.DataType;
import dev.nereid.tensor.Shape;

/** An input as a model declares it, with 1 for every open dim. */
record InputPort(String name, DataType dataType, Shape shape) {}
