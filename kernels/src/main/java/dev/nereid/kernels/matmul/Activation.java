package dev.nereid.kernels.matmul;

import java.util.Objects;

/**
 * A function that a kernel applies to each number of its result.
 *
 * @param alpha the first parameter, where the kind has one
 * @param beta the second parameter, where the kind has one
 */
public record Activation(Kind kind, float alpha, float beta) {
    /** The functions. */
    public enum Kind {
        NONE,
        RELU,
        /** {@code x < 0 ? alpha * x : x}. */
        LEAKY_RELU,
        /** {@code min(max(x, alpha), beta)}. */
        CLIP,
        /** {@code x / 2 * (1 + erf(x / sqrt(2)))}. */
        GELU,
        TANH,
        SIGMOID,
        /** {@code x * min(max(x / 6 + 0.5, 0), 1)}. */
        HARD_SWISH,
        /** {@code x / (1 + exp(-x))}, which is also called SiLU. */
        SWISH
    }

    /** The identity. */
    public static final Activation NONE = of(Kind.NONE);

    public Activation {
        Objects.requireNonNull(kind, "kind");
    }

    /** A function without parameters. */
    public static Activation of(Kind kind) {
        return new Activation(kind, 0, 0);
    }

    public static Activation leakyRelu(float alpha) {
        return new Activation(Kind.LEAKY_RELU, alpha, 0);
    }

    public static Activation clip(float min, float max) {
        return new Activation(Kind.CLIP, min, max);
    }
}
