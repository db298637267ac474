package dev.nereid.kernels.elementwise;

import static dev.nereid.kernels.elementwise.ExpConstants.LOG2_E;
import static dev.nereid.kernels.elementwise.ExpConstants.MANTISSA_BITS;
import static dev.nereid.kernels.elementwise.ExpConstants.MINUS_LN2_HIGH;
import static dev.nereid.kernels.elementwise.ExpConstants.MINUS_LN2_LOW;
import static dev.nereid.kernels.elementwise.ExpConstants.ONE;
import static dev.nereid.kernels.elementwise.ExpConstants.Q2;
import static dev.nereid.kernels.elementwise.ExpConstants.Q3;
import static dev.nereid.kernels.elementwise.ExpConstants.Q4;
import static dev.nereid.kernels.elementwise.ExpConstants.Q5;
import static dev.nereid.kernels.elementwise.ExpConstants.ROUNDER;
import static jdk.incubator.vector.VectorOperators.GT;
import static jdk.incubator.vector.VectorOperators.LOG1P;
import static jdk.incubator.vector.VectorOperators.LSHL;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorOperators;

/** The logarithm in lanes, and what is made of it, by formulas that neither overflow nor cancel. */
final class LogarithmLanes {
    private static final int SIGN = 0x8000_0000;
    private static final float LN2 = 0.6931472f;

    /** From here on the root of x * x + 1 is x. */
    private static final float LARGE = 1e8f;

    private LogarithmLanes() {}

    static FloatVector log(FloatVector x, FloatVector alpha, FloatVector beta) {
        return x.lanewise(VectorOperators.LOG);
    }

    static FloatVector pow(FloatVector x, FloatVector y) {
        return x.lanewise(VectorOperators.POW, y)
                .blend(1f, x.eq(1f))
                .blend(1f, x.eq(-1f).and(y.abs().eq(Float.POSITIVE_INFINITY)));
    }

    static FloatVector asinh(FloatVector x, FloatVector alpha, FloatVector beta) {
        FloatVector magnitude = x.abs();
        FloatVector square = magnitude.mul(magnitude);
        FloatVector small =
                magnitude.add(square.div(square.add(1f).sqrt().add(1f))).lanewise(LOG1P);
        FloatVector large = magnitude.lanewise(VectorOperators.LOG).add(LN2);
        return small.blend(large, magnitude.compare(GT, LARGE))
                .reinterpretAsInts()
                .or(x.reinterpretAsInts().and(SIGN))
                .reinterpretAsFloats();
    }

    static FloatVector acosh(FloatVector x, FloatVector alpha, FloatVector beta) {
        FloatVector t = x.sub(1f);
        FloatVector small = t.add(t.sqrt().mul(t.add(2f).sqrt())).lanewise(LOG1P);
        FloatVector large = x.lanewise(VectorOperators.LOG).add(LN2);
        return small.blend(large, x.compare(GT, LARGE));
    }

    static FloatVector atanh(FloatVector x, FloatVector alpha, FloatVector beta) {
        FloatVector magnitude = x.abs();
        FloatVector half = magnitude
                .add(magnitude)
                .div(magnitude.broadcast(1f).sub(magnitude))
                .lanewise(LOG1P)
                .mul(0.5f);
        return half.reinterpretAsInts().or(x.reinterpretAsInts().and(SIGN)).reinterpretAsFloats();
    }

    static FloatVector softplus(FloatVector x, FloatVector alpha, FloatVector beta) {
        FloatVector negative = x.abs().neg();
        FloatVector clamped = negative.blend(ExpConstants.NORMAL_LOW, negative.lt(ExpConstants.NORMAL_LOW));
        FloatVector shifted = clamped.fma(x.broadcast(LOG2_E), x.broadcast(ROUNDER));
        FloatVector n = shifted.sub(ROUNDER);
        FloatVector r = n.fma(x.broadcast(MINUS_LN2_LOW), n.fma(x.broadcast(MINUS_LN2_HIGH), clamped));
        FloatVector p = r.fma(x.broadcast(Q5), x.broadcast(Q4))
                .fma(r, x.broadcast(Q3))
                .fma(r, x.broadcast(Q2))
                .fma(r, x.broadcast(1f))
                .fma(r, x.broadcast(1f));
        FloatVector power = shifted.reinterpretAsInts()
                .lanewise(LSHL, MANTISSA_BITS)
                .add(ONE)
                .reinterpretAsFloats();
        return x.max(0f).add(p.mul(power).lanewise(LOG1P));
    }
}
