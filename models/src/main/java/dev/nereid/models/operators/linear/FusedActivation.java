package dev.nereid.models.operators.linear;

import dev.nereid.kernels.matmul.Activation;
import dev.nereid.kernels.matmul.Activation.Kind;
import dev.nereid.models.ModelFormatException;
import dev.nereid.models.graph.Attributes;
import java.util.Map;

/**
 * The activation of fused operators: attribute {@code activation}, one of none (the default), relu, gelu (by erf), tanh,
 * sigmoid, hardswish, swish, leakyrelu (with the real attribute {@code alpha}, 0.01 if absent) and clip (with the real attributes
 * {@code min} and {@code max}, unbounded if absent).
 */
public final class FusedActivation {
    private static final Map<String, Kind> KINDS = Map.of(
            "none", Kind.NONE,
            "relu", Kind.RELU,
            "gelu", Kind.GELU,
            "tanh", Kind.TANH,
            "sigmoid", Kind.SIGMOID,
            "hardswish", Kind.HARD_SWISH,
            "swish", Kind.SWISH,
            "leakyrelu", Kind.LEAKY_RELU,
            "clip", Kind.CLIP);

    private FusedActivation() {}

    public static Activation of(Attributes attributes) {
        String name = attributes.text("activation", "none");
        Kind kind = KINDS.get(name);
        if (kind == null) {
            throw new ModelFormatException("expected an activation of " + KINDS.keySet() + ", got '" + name + "'");
        }
        return switch (kind) {
            case LEAKY_RELU -> Activation.leakyRelu(attributes.real("alpha", 0.01f));
            case CLIP ->
                Activation.clip(
                        attributes.real("min", Float.NEGATIVE_INFINITY),
                        attributes.real("max", Float.POSITIVE_INFINITY));
            default -> Activation.of(kind);
        };
    }
}
