package dev.nereid.kernels.elementwise;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorOperators;

/** The functions that the JDK has vector code for. */
final class TrigonometricLanes {
    private TrigonometricLanes() {}

    static FloatVector sin(FloatVector x, FloatVector alpha, FloatVector beta) {
        return x.lanewise(VectorOperators.SIN);
    }

    static FloatVector cos(FloatVector x, FloatVector alpha, FloatVector beta) {
        return x.lanewise(VectorOperators.COS);
    }

    static FloatVector tan(FloatVector x, FloatVector alpha, FloatVector beta) {
        return x.lanewise(VectorOperators.TAN);
    }

    static FloatVector asin(FloatVector x, FloatVector alpha, FloatVector beta) {
        return x.lanewise(VectorOperators.ASIN);
    }

    static FloatVector acos(FloatVector x, FloatVector alpha, FloatVector beta) {
        return x.lanewise(VectorOperators.ACOS);
    }

    static FloatVector atan(FloatVector x, FloatVector alpha, FloatVector beta) {
        return x.lanewise(VectorOperators.ATAN);
    }

    static FloatVector sinh(FloatVector x, FloatVector alpha, FloatVector beta) {
        return x.lanewise(VectorOperators.SINH);
    }

    static FloatVector cosh(FloatVector x, FloatVector alpha, FloatVector beta) {
        return x.lanewise(VectorOperators.COSH);
    }
}
