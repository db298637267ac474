package dev.nereid.models.operators.contrib;

import dev.nereid.tensor.Shape;
import java.util.Optional;

/**
 * The extents of a mixture of experts.
 *
 * @param hidden numbers of a token
 * @param inner numbers between the layers
 * @param units rows of the first layer: twice {@code inner} where it holds its gate too
 */
record ExpertSizes(int experts, int hidden, int inner, int units) {
    /**
     * The extents that the shapes of weights say.
     *
     * @param first [experts, units, hidden], with {@code perByte} numbers in an element along the last axis; likewise
     *     {@code second} [experts, hidden, inner] and {@code gate} [experts, inner, hidden]
     * @param joined whether the first layer holds its gate too
     * @throws IllegalArgumentException if they do not fit each other
     */
    static ExpertSizes of(Shape first, Shape second, Optional<Shape> gate, int perByte, boolean joined) {
        boolean ranks = first.rank() == 3 && second.rank() == 3;
        if (ranks) {
            int experts = Math.toIntExact(first.dim(0));
            int hidden = Math.toIntExact(second.dim(1));
            int inner = Math.toIntExact(Math.multiplyExact(second.dim(2), perByte));
            int units = joined ? Math.multiplyExact(inner, 2) : inner;
            boolean fits = hidden % perByte == 0
                    && first.equals(Shape.of(experts, units, hidden / perByte))
                    && second.dim(0) == experts
                    && gate.map(Shape.of(experts, inner, hidden / perByte)::equals)
                            .orElse(true);
            if (fits && experts > 0 && hidden > 0 && inner > 0) {
                return new ExpertSizes(experts, hidden, inner, units);
            }
        }
        String each = perByte > 1 ? " / " + perByte : "";
        throw new IllegalArgumentException("a mixture of experts: expected weights [experts, "
                + (joined ? "2 * inner" : "inner") + ", hidden" + each + "] and [experts, hidden, inner" + each
                + "], got " + first + " and " + second
                + gate.map(shape -> " with " + shape + " beside the first").orElse(""));
    }

    /** @throws IllegalArgumentException if a tensor is not of the expected shape */
    static void require(String what, Shape got, Shape expected) {
        if (!got.equals(expected)) {
            throw new IllegalArgumentException(
                    "a mixture of experts: " + what + ": expected " + expected + ", got " + got);
        }
    }
}
