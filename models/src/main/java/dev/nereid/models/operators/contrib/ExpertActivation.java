package dev.nereid.models.operators.contrib;

import dev.nereid.kernels.elementwise.ElementwiseKernels;
import dev.nereid.kernels.elementwise.UnaryKernel;
import dev.nereid.kernels.elementwise.UnaryOp;
import dev.nereid.models.ModelFormatException;
import dev.nereid.models.graph.Attributes;
import dev.nereid.tensor.DataType;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Map;
import java.util.Optional;

/**
 * What lies between the layers of an expert: a function of the first layer, times its gate where there is one. SwiGLU is
 * {@code G * sigmoid(alpha * G) * (L + beta)}, where G is what the first layer gives, at most {@code limit}, and L what the gate
 * gives, within it.
 *
 * @param joined 0 where the gate is a layer of its own, 1 where its numbers and those of the first layer take turns, 2 where they
 *     follow those
 */
record ExpertActivation(
        Optional<UnaryKernel> function, boolean gated, int joined, float alpha, float beta, float limit) {
    private static final ValueLayout.OfFloat FLOAT = ValueLayout.JAVA_FLOAT_UNALIGNED;
    private static final String GATED = "swiglu";
    private static final String IDENTITY = "identity";

    private static final Map<String, UnaryOp> FUNCTIONS =
            Map.of("relu", UnaryOp.RELU, "gelu", UnaryOp.GELU_TANH, "silu", UnaryOp.SWISH, GATED, UnaryOp.SWISH);

    static ExpertActivation of(Attributes attributes, ElementwiseKernels kernels) {
        String name = name(attributes);
        boolean gated = isGated(attributes);
        return new ExpertActivation(
                Optional.ofNullable(FUNCTIONS.get(name)).map(op -> kernels.unary(op, DataType.FP32)),
                gated,
                joined(attributes),
                gated ? attributes.real("activation_alpha", 1f) : 1f,
                attributes.real("activation_beta", 0f),
                attributes.real("swiglu_limit", Float.POSITIVE_INFINITY));
    }

    private static String name(Attributes attributes) {
        String name = attributes.text("activation_type", "relu");
        if (!FUNCTIONS.containsKey(name) && !name.equals(IDENTITY)) {
            throw new ModelFormatException(
                    "attribute 'activation_type': expected relu, gelu, silu, swiglu or identity, got '" + name + "'");
        }
        return name;
    }

    /** Whether the function is one of two numbers. */
    static boolean isGated(Attributes attributes) {
        return name(attributes).equals(GATED);
    }

    /** How the first layer holds its gate: 0 where it does not. */
    static int joined(Attributes attributes) {
        if (!isGated(attributes)) {
            return 0;
        }
        long joined = attributes.integer("swiglu_fusion", 0);
        if (joined < 0 || joined > 2) {
            throw new ModelFormatException("attribute 'swiglu_fusion': expected 0, 1 or 2, got " + joined);
        }
        return (int) joined;
    }

    /**
     * Brings rows of a first layer into what the second one takes.
     *
     * @param first [rows, inner], or [rows, 2 * inner] where it holds its gate; it is written to
     * @param gate [rows, inner], of a layer of its own
     * @param y [rows, inner]
     */
    void apply(MemorySegment first, Optional<MemorySegment> gate, MemorySegment y, int rows, int inner) {
        MemorySegment linear = gate.orElse(first);
        int width = joined == 0 ? inner : 2 * inner;
        for (int row = 0; row < rows; row++) {
            for (int i = 0; i < inner; i++) {
                long at = (long) row * width + (joined == 1 ? 2L * i : i);
                float value = first.get(FLOAT, 4 * at);
                y.set(FLOAT, 4 * ((long) row * inner + i), gated ? Math.min(value, limit) : value);
            }
            long from = 4L * row * inner;
            function.ifPresent(kernel -> kernel.run(y, from, y, from, inner, alpha, 0));
            for (int i = 0; (joined != 0 || gate.isPresent()) && i < inner; i++) {
                long at = (long) row * width + (joined == 0 ? i : joined == 1 ? 2L * i + 1 : inner + (long) i);
                float value = linear.get(FLOAT, 4 * at);
                float factor = gated ? Math.clamp(value, -limit, limit) + beta : value;
                long to = from + 4L * i;
                y.set(FLOAT, to, y.get(FLOAT, to) * factor);
            }
        }
    }
}
