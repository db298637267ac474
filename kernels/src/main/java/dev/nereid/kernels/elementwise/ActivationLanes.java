package dev.nereid.kernels.elementwise;

import static dev.nereid.kernels.elementwise.ExpConstants.B1;
import static dev.nereid.kernels.elementwise.ExpConstants.B2;
import static dev.nereid.kernels.elementwise.ExpConstants.B3;
import static dev.nereid.kernels.elementwise.ExpConstants.B4;
import static dev.nereid.kernels.elementwise.ExpConstants.B5;
import static dev.nereid.kernels.elementwise.ExpConstants.EXPONENT_ROUNDER;
import static dev.nereid.kernels.elementwise.ExpConstants.LOG2_E;
import static dev.nereid.kernels.elementwise.ExpConstants.MANTISSA_BITS;
import static dev.nereid.kernels.elementwise.ExpConstants.MINUS_LN2_HIGH;
import static dev.nereid.kernels.elementwise.ExpConstants.MINUS_LN2_LOW;
import static dev.nereid.kernels.elementwise.ExpConstants.NORMAL_LOW;
import static dev.nereid.kernels.elementwise.ExpConstants.ONE;
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
import static jdk.incubator.vector.VectorOperators.EXPM1;
import static jdk.incubator.vector.VectorOperators.GT;
import static jdk.incubator.vector.VectorOperators.LSHL;

import jdk.incubator.vector.FloatVector;

/** The activation functions of neural networks in lanes; parameters that a function has not are not looked at. */
public final class ActivationLanes {
    private static final float ROOT_HALF = 0.70710677f;
    private static final float ROOT_TWO_OVER_PI = 0.7978846f;
    private static final float CUBIC = 0.044715f;

    /** Below it GELU is zero. */
    private static final float GELU_LOW = -ERF_HIGH / ROOT_HALF;

    /** Below it the approximation of GELU by tanh is zero. */
    private static final float GELU_TANH_LOW = -5.3f;

    /** Above it mish(x) is x. */
    private static final float MISH_HIGH = 30f;

    private ActivationLanes() {}

    static FloatVector relu(FloatVector x, FloatVector alpha, FloatVector beta) {
        return x.blend(0f, x.lt(0f));
    }

    static FloatVector leakyRelu(FloatVector x, FloatVector alpha, FloatVector beta) {
        return x.blend(x.mul(alpha), x.lt(0f));
    }

    static FloatVector thresholdedRelu(FloatVector x, FloatVector alpha, FloatVector beta) {
        return x.broadcast(0f).blend(x, x.compare(GT, alpha));
    }

    static FloatVector elu(FloatVector x, FloatVector alpha, FloatVector beta) {
        return x.blend(x.lanewise(EXPM1).mul(alpha), x.lt(0f));
    }

    static FloatVector selu(FloatVector x, FloatVector alpha, FloatVector beta) {
        return x.blend(x.lanewise(EXPM1).mul(alpha), x.lt(0f)).mul(beta);
    }

    static FloatVector celu(FloatVector x, FloatVector alpha, FloatVector beta) {
        return x.blend(x.div(alpha).lanewise(EXPM1).mul(alpha), x.lt(0f));
    }

    static FloatVector shrink(FloatVector x, FloatVector alpha, FloatVector beta) {
        return x.broadcast(0f).blend(x.add(beta), x.lt(alpha.neg())).blend(x.sub(beta), x.compare(GT, alpha));
    }

    /** x * w / (w + 2) with w = exp(x) * (exp(x) + 2), which is x * tanh(log(1 + exp(x))). */
    static FloatVector mish(FloatVector x, FloatVector alpha, FloatVector beta) {
        FloatVector clamped = x.blend(MISH_HIGH, x.compare(GT, MISH_HIGH)).blend(NORMAL_LOW, x.lt(NORMAL_LOW));
        FloatVector shifted = clamped.fma(x.broadcast(LOG2_E), x.broadcast(ROUNDER));
        FloatVector n = shifted.sub(ROUNDER);
        FloatVector r = n.fma(x.broadcast(MINUS_LN2_LOW), n.fma(x.broadcast(MINUS_LN2_HIGH), clamped));
        FloatVector p = r.fma(x.broadcast(Q5), x.broadcast(Q4))
                .fma(r, x.broadcast(Q3))
                .fma(r, x.broadcast(Q2))
                .fma(r, x.broadcast(1f))
                .fma(r, x.broadcast(1f));
        FloatVector exp = p.mul(shifted.reinterpretAsInts()
                .lanewise(LSHL, MANTISSA_BITS)
                .add(ONE)
                .reinterpretAsFloats());
        FloatVector w = exp.mul(exp.add(2f));
        return w.div(w.add(2f)).mul(x.blend(NORMAL_LOW, x.lt(NORMAL_LOW)));
    }

    /**
     * x / (1 + 2^t) with t = -alpha * x * log2(e), no further than where 2^t as a float's exponent is infinite and zero, so
     * that infinite numbers come out right.
     */
    public static FloatVector swish(FloatVector x, FloatVector alpha, FloatVector beta) {
        FloatVector negative = x.mul(alpha.neg());
        FloatVector clamped =
                negative.blend(POWER_HIGH, negative.compare(GT, POWER_HIGH)).blend(POWER_LOW, negative.lt(POWER_LOW));
        FloatVector shifted = clamped.fma(x.broadcast(LOG2_E), x.broadcast(EXPONENT_ROUNDER));
        FloatVector r =
                clamped.fma(x.broadcast(LOG2_E), x.broadcast(EXPONENT_ROUNDER).sub(shifted));
        FloatVector p = r.fma(x.broadcast(B5), x.broadcast(B4))
                .fma(r, x.broadcast(B3))
                .fma(r, x.broadcast(B2))
                .fma(r, x.broadcast(B1))
                .fma(r, x.broadcast(1f));
        FloatVector power =
                shifted.reinterpretAsInts().lanewise(LSHL, MANTISSA_BITS).reinterpretAsFloats();
        return x.div(p.fma(power, x.broadcast(1f)));
    }

    public static FloatVector gelu(FloatVector x, FloatVector alpha, FloatVector beta) {
        FloatVector low = x.blend(GELU_LOW, x.lt(GELU_LOW));
        FloatVector scaled = low.mul(ROOT_HALF);
        FloatVector clamped = scaled.blend(ERF_HIGH, scaled.compare(GT, ERF_HIGH));
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
        FloatVector half = low.mul(0.5f);
        return p.mul(clamped).div(q).fma(half, half);
    }

    static FloatVector geluTanh(FloatVector x, FloatVector alpha, FloatVector beta) {
        FloatVector low = x.blend(GELU_TANH_LOW, x.lt(GELU_TANH_LOW));
        FloatVector inner = low.mul(low)
                .fma(x.broadcast(ROOT_TWO_OVER_PI * CUBIC), x.broadcast(ROOT_TWO_OVER_PI))
                .mul(low);
        FloatVector clamped =
                inner.blend(TANH_HIGH, inner.compare(GT, TANH_HIGH)).blend(-TANH_HIGH, inner.lt(-TANH_HIGH));
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
        FloatVector half = low.mul(0.5f);
        return p.mul(clamped).div(q).fma(half, half);
    }
}
