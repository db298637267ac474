package dev.nereid.kernels.elementwise;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorMask;

/**
 * The functions of a vector of 32-bit floats that elementwise kernels compute. Written flat, with calls of the Vector API
 * alone: it is inlined into a loop of its own, and vectors that pass through further helpers end up boxed.
 */
public final class FloatLanes {
    private FloatLanes() {}

    /** A function of a vector and the operator's two parameters, each in every lane. */
    @FunctionalInterface
    public interface Unary {
        FloatVector apply(FloatVector x, FloatVector alpha, FloatVector beta);
    }

    /** A function of two vectors. */
    @FunctionalInterface
    public interface Binary {
        FloatVector apply(FloatVector x, FloatVector y);
    }

    /** A relation of two vectors, lane by lane. */
    @FunctionalInterface
    public interface Relation {
        VectorMask<Float> holds(FloatVector x, FloatVector y);
    }
}
