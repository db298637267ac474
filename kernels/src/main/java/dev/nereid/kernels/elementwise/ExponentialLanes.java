package dev.nereid.kernels.elementwise;

import static dev.nereid.kernels.elementwise.ExpConstants.EXPONENT_ROUNDER;
import static dev.nereid.kernels.elementwise.ExpConstants.LOG2_E;
import static dev.nereid.kernels.elementwise.ExpConstants.MANTISSA_BITS;
import static dev.nereid.kernels.elementwise.ExpConstants.MINUS_LN2_HIGH;
import static dev.nereid.kernels.elementwise.ExpConstants.MINUS_LN2_LOW;
import static dev.nereid.kernels.elementwise.ExpConstants.ONE;
import static dev.nereid.kernels.elementwise.ExpConstants.P2;
import static dev.nereid.kernels.elementwise.ExpConstants.P3;
import static dev.nereid.kernels.elementwise.ExpConstants.P4;
import static dev.nereid.kernels.elementwise.ExpConstants.P5;
import static dev.nereid.kernels.elementwise.ExpConstants.P6;
import static dev.nereid.kernels.elementwise.ExpConstants.POWER_HIGH;
import static dev.nereid.kernels.elementwise.ExpConstants.POWER_LOW;
import static dev.nereid.kernels.elementwise.ExpConstants.Q2;
import static dev.nereid.kernels.elementwise.ExpConstants.Q3;
import static dev.nereid.kernels.elementwise.ExpConstants.Q4;
import static dev.nereid.kernels.elementwise.ExpConstants.Q5;
import static dev.nereid.kernels.elementwise.ExpConstants.ROUNDER;
import static dev.nereid.kernels.elementwise.RationalConstants.ERF_HIGH;
import static dev.nereid.kernels.elementwise.RationalConstants.ERF_P1;
import static dev.nereid.kernels.elementwise.RationalConstants.ERF_P3;
import static dev.nereid.kernels.elementwise.RationalConstants.ERF_P5;
import static dev.nereid.kernels.elementwise.RationalConstants.ERF_P7;
import static dev.nereid.kernels.elementwise.RationalConstants.ERF_P9;
import static dev.nereid.kernels.elementwise.RationalConstants.ERF_Q10;
import static dev.nereid.kernels.elementwise.RationalConstants.ERF_Q12;
import static dev.nereid.kernels.elementwise.RationalConstants.ERF_Q2;
import static dev.nereid.kernels.elementwise.RationalConstants.ERF_Q4;
import static dev.nereid.kernels.elementwise.RationalConstants.ERF_Q6;
import static dev.nereid.kernels.elementwise.RationalConstants.ERF_Q8;
import static dev.nereid.kernels.elementwise.RationalConstants.TANH_HIGH;
import static dev.nereid.kernels.elementwise.RationalConstants.TANH_P1;
import static dev.nereid.kernels.elementwise.RationalConstants.TANH_P11;
import static dev.nereid.kernels.elementwise.RationalConstants.TANH_P13;
import static dev.nereid.kernels.elementwise.RationalConstants.TANH_P3;
import static dev.nereid.kernels.elementwise.RationalConstants.TANH_P5;
import static dev.nereid.kernels.elementwise.RationalConstants.TANH_P7;
import static dev.nereid.kernels.elementwise.RationalConstants.TANH_P9;
import static dev.nereid.kernels.elementwise.RationalConstants.TANH_Q0;
import static dev.nereid.kernels.elementwise.RationalConstants.TANH_Q2;
import static dev.nereid.kernels.elementwise.RationalConstants.TANH_Q4;
import static dev.nereid.kernels.elementwise.RationalConstants.TANH_Q6;
import static jdk.incubator.vector.VectorOperators.ASHR;
import static jdk.incubator.vector.VectorOperators.GT;
import static jdk.incubator.vector.VectorOperators.LSHL;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;

/**
 * The exponential function and its kin in lanes. Clamping is by comparison, which leaves NaN alone; the two factors of
 * 2^n make results too large infinite, and results too small subnormal, as they should be.
 */
final class ExponentialLanes {
    /** Beyond these the function is infinite, and zero. */
    private static final float EXP_HIGH = 89f;

    private static final float EXP_LOW = -104f;

    private ExponentialLanes() {}

    static FloatVector exp(FloatVector x, FloatVector alpha, FloatVector beta) {
        FloatVector clamped = x.blend(EXP_HIGH, x.compare(GT, EXP_HIGH)).blend(EXP_LOW, x.lt(EXP_LOW));
        FloatVector shifted = clamped.fma(x.broadcast(LOG2_E), x.broadcast(ROUNDER));
        FloatVector n = shifted.sub(ROUNDER);
        FloatVector r = n.fma(x.broadcast(MINUS_LN2_LOW), n.fma(x.broadcast(MINUS_LN2_HIGH), clamped));
        FloatVector p = r.fma(x.broadcast(P6), x.broadcast(P5))
                .fma(r, x.broadcast(P4))
                .fma(r, x.broadcast(P3))
                .fma(r, x.broadcast(P2))
                .fma(r, x.broadcast(1f))
                .fma(r, x.broadcast(1f));
        IntVector power = shifted.reinterpretAsInts().sub(Float.floatToRawIntBits(ROUNDER));
        IntVector half = power.lanewise(ASHR, 1);
        return p.mul(half.lanewise(LSHL, MANTISSA_BITS).add(ONE).reinterpretAsFloats())
                .mul(power.sub(half).lanewise(LSHL, MANTISSA_BITS).add(ONE).reinterpretAsFloats());
    }

    /** 1 / (1 + exp(-x)), with s = -r: exponent bits that become those of infinity and of zero make a zero and a one. */
    static FloatVector sigmoid(FloatVector x, FloatVector alpha, FloatVector beta) {
        FloatVector clamped = x.blend(-POWER_LOW, x.compare(GT, -POWER_LOW)).blend(-POWER_HIGH, x.lt(-POWER_HIGH));
        FloatVector shifted = clamped.fma(x.broadcast(-LOG2_E), x.broadcast(EXPONENT_ROUNDER));
        FloatVector n = shifted.sub(EXPONENT_ROUNDER);
        FloatVector s = n.fma(x.broadcast(-MINUS_LN2_LOW), n.fma(x.broadcast(-MINUS_LN2_HIGH), clamped));
        FloatVector p = s.fma(x.broadcast(-Q5), x.broadcast(Q4))
                .fma(s, x.broadcast(-Q3))
                .fma(s, x.broadcast(Q2))
                .fma(s, x.broadcast(-1f))
                .fma(s, x.broadcast(1f));
        FloatVector power =
                shifted.reinterpretAsInts().lanewise(LSHL, MANTISSA_BITS).reinterpretAsFloats();
        return x.broadcast(1f).div(p.fma(power, x.broadcast(1f)));
    }

    static FloatVector tanh(FloatVector x, FloatVector alpha, FloatVector beta) {
        FloatVector clamped = x.blend(TANH_HIGH, x.compare(GT, TANH_HIGH)).blend(-TANH_HIGH, x.lt(-TANH_HIGH));
        FloatVector square = clamped.mul(clamped);
        FloatVector p = square.fma(x.broadcast(TANH_P13), x.broadcast(TANH_P11))
                .fma(square, x.broadcast(TANH_P9))
                .fma(square, x.broadcast(TANH_P7))
                .fma(square, x.broadcast(TANH_P5))
                .fma(square, x.broadcast(TANH_P3))
                .fma(square, x.broadcast(TANH_P1));
        FloatVector q = square.fma(x.broadcast(TANH_Q6), x.broadcast(TANH_Q4))
                .fma(square, x.broadcast(TANH_Q2))
                .fma(square, x.broadcast(TANH_Q0));
        return p.mul(clamped).div(q);
    }

    static FloatVector erf(FloatVector x, FloatVector alpha, FloatVector beta) {
        FloatVector clamped = x.blend(ERF_HIGH, x.compare(GT, ERF_HIGH)).blend(-ERF_HIGH, x.lt(-ERF_HIGH));
        FloatVector square = clamped.mul(clamped);
        FloatVector p = square.fma(x.broadcast(ERF_P9), x.broadcast(ERF_P7))
                .fma(square, x.broadcast(ERF_P5))
                .fma(square, x.broadcast(ERF_P3))
                .fma(square, x.broadcast(ERF_P1));
        FloatVector q = square.fma(x.broadcast(ERF_Q12), x.broadcast(ERF_Q10))
                .fma(square, x.broadcast(ERF_Q8))
                .fma(square, x.broadcast(ERF_Q6))
                .fma(square, x.broadcast(ERF_Q4))
                .fma(square, x.broadcast(ERF_Q2))
                .fma(square, x.broadcast(1f));
        return p.mul(clamped).div(q);
    }
}
