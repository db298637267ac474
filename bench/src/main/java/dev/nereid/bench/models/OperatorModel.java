package dev.nereid.bench.models;

import dev.nereid.proto.onnx.ModelProto;
import java.util.function.Supplier;

/**
 * An operator, or a few one after the other, in one size.
 *
 * @param name the size; unique in its family
 * @param graph makes the model; inputs have all dims
 */
public record OperatorModel(String name, Supplier<ModelProto> graph) {}
