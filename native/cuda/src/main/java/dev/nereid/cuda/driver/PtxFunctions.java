package dev.nereid.cuda.driver;

import static dev.nereid.cuda.driver.PtxBody.constant;
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

import dev.nereid.kernels.elementwise.BinaryOp;
import dev.nereid.kernels.elementwise.CompareOp;
import dev.nereid.kernels.elementwise.UnaryOp;
import java.util.Collections;
import java.util.EnumMap;
import java.util.Map;

/**
 * What functions of FP32 are in PTX: the formulas of the vector lanes on the CPU, in instructions that round alike
 * everywhere, so that a card, the emulator and the lanes differ by an ulp or two at most. Functions that are not in the tables
 * are no part of chains.
 */
final class PtxFunctions {
    /** Writes a function of one operand; gives the register of the result. */
    @FunctionalInterface
    interface Unary {
        String write(PtxBody body, String x, float alpha, float beta);
    }

    /** Writes a function of two operands. */
    @FunctionalInterface
    interface Binary {
        String write(PtxBody body, String x, String y);
    }

    static final Map<UnaryOp, Unary> UNARY = unary();
    static final Map<BinaryOp, Binary> BINARY = binary();

    private static final String ZERO = constant(0);
    private static final String UNIT = constant(1);
    private static final String HALF = constant(0.5f);
    private static final float ROOT_HALF = 0.70710677f;
    private static final float ROOT_TWO_OVER_PI = 0.7978846f;
    private static final float LN2 = 0.6931472f;

    /** Beyond these exp is infinite, and zero. */
    private static final float EXP_HIGH = 89;

    private static final float EXP_LOW = -104;

    /** Above it mish(x) is x. */
    private static final float MISH_HIGH = 30;

    /** The number whose bits, taken off a float's, leave its exponent counted from two thirds: fractions lie around 1. */
    private static final int TWO_THIRDS = 0x3f2aaaab;

    private static final int SMALLEST_NORMAL = 0x00800000;

    private PtxFunctions() {}

    /** The name of a relation in PTX. */
    static String relation(CompareOp op) {
        return switch (op) {
            case EQUAL -> "eq";
            case LESS -> "lt";
            case LESS_OR_EQUAL -> "le";
            case GREATER -> "gt";
            case GREATER_OR_EQUAL -> "ge";
        };
    }

    private static Map<UnaryOp, Unary> unary() {
        Map<UnaryOp, Unary> rows = new EnumMap<>(UnaryOp.class);
        rows.put(UnaryOp.ABS, (t, x, _, _) -> t.real("abs.f32", x));
        rows.put(UnaryOp.NEG, (t, x, _, _) -> t.real("neg.f32", x));
        rows.put(UnaryOp.SIGN, (t, x, _, _) -> sign(t, x));
        rows.put(UnaryOp.FLOOR, (t, x, _, _) -> t.real("cvt.rmi.f32.f32", x));
        rows.put(UnaryOp.CEIL, (t, x, _, _) -> t.real("cvt.rpi.f32.f32", x));
        rows.put(UnaryOp.ROUND, (t, x, _, _) -> t.real("cvt.rni.f32.f32", x));
        rows.put(UnaryOp.RECIPROCAL, (t, x, _, _) -> t.real("rcp.rn.f32", x));
        rows.put(UnaryOp.SQRT, (t, x, _, _) -> t.real("sqrt.rn.f32", x));
        rows.put(UnaryOp.EXP, (t, x, _, _) -> exp(t, x));
        rows.put(UnaryOp.LOG, (t, x, _, _) -> log(t, x));
        rows.put(UnaryOp.TANH, (t, x, _, _) -> tanh(t, x));
        rows.put(UnaryOp.ERF, (t, x, _, _) -> erf(t, x));
        rows.put(UnaryOp.SIGMOID, (t, x, _, _) -> sigmoid(t, x));
        rows.put(UnaryOp.SOFTPLUS, (t, x, _, _) -> softplus(t, x));
        rows.put(UnaryOp.SOFTSIGN, (t, x, _, _) -> t.divide(x, t.add(UNIT, t.real("abs.f32", x))));
        rows.put(UnaryOp.MISH, (t, x, _, _) -> mish(t, x));
        rows.put(UnaryOp.GELU, (t, x, _, _) -> gelu(t, x));
        rows.put(UnaryOp.GELU_TANH, (t, x, _, _) -> geluTanh(t, x));
        rows.put(UnaryOp.RELU, (t, x, _, _) -> belowZero(t, x, ZERO));
        rows.put(UnaryOp.LEAKY_RELU, (t, x, a, _) -> belowZero(t, x, t.multiply(x, constant(a))));
        rows.put(UnaryOp.THRESHOLDED_RELU, (t, x, a, _) -> t.select(t.compare("gt", x, constant(a)), x, ZERO));
        rows.put(UnaryOp.ELU, (t, x, a, _) -> belowZero(t, x, t.multiply(expMinusOne(t, x), constant(a))));
        rows.put(
                UnaryOp.SELU,
                (t, x, a, b) -> t.multiply(belowZero(t, x, t.multiply(expMinusOne(t, x), constant(a))), constant(b)));
        rows.put(
                UnaryOp.CELU,
                (t, x, a, _) -> belowZero(t, x, t.multiply(expMinusOne(t, t.divide(x, constant(a))), constant(a))));
        rows.put(UnaryOp.HARD_SIGMOID, (t, x, a, b) -> clip(t, t.fma(x, constant(a), constant(b)), 0, 1));
        rows.put(UnaryOp.HARD_SWISH, (t, x, _, _) -> t.multiply(x, clip(t, t.fma(x, constant(1f / 6), HALF), 0, 1)));
        rows.put(UnaryOp.SWISH, (t, x, a, _) -> swish(t, x, a));
        rows.put(UnaryOp.SHRINK, PtxFunctions::shrink);
        rows.put(UnaryOp.CLIP, PtxFunctions::clip);
        rows.put(UnaryOp.AFFINE, (t, x, a, b) -> t.fma(x, constant(a), constant(b)));
        return Collections.unmodifiableMap(rows);
    }

    private static Map<BinaryOp, Binary> binary() {
        Map<BinaryOp, Binary> rows = new EnumMap<>(BinaryOp.class);
        rows.put(BinaryOp.ADD, PtxBody::add);
        rows.put(BinaryOp.SUB, PtxBody::subtract);
        rows.put(BinaryOp.MUL, PtxBody::multiply);
        rows.put(BinaryOp.DIV, PtxBody::divide);
        rows.put(BinaryOp.MAX, PtxBody::larger);
        rows.put(BinaryOp.MIN, PtxBody::smaller);
        rows.put(BinaryOp.PRELU, (t, x, y) -> belowZero(t, x, t.multiply(x, y)));
        return Collections.unmodifiableMap(rows);
    }

    private static String belowZero(PtxBody t, String x, String below) {
        return t.select(t.compare("lt", x, ZERO), below, x);
    }

    private static String sign(PtxBody t, String x) {
        String negative = belowZero(t, x, constant(-1));
        return t.select(t.compare("gt", x, ZERO), UNIT, negative);
    }

    private static String clip(PtxBody t, String x, float low, float high) {
        return t.smaller(t.larger(x, constant(low)), constant(high));
    }

    /** NaN stays, for no relation holds for it. */
    private static String clamp(PtxBody t, String x, float low, float high) {
        String below = t.select(t.compare("gt", x, constant(high)), constant(high), x);
        return t.select(t.compare("lt", below, constant(low)), constant(low), below);
    }

    private static String shrink(PtxBody t, String x, float alpha, float beta) {
        String above = t.select(t.compare("gt", x, constant(alpha)), t.subtract(x, constant(beta)), ZERO);
        return t.select(t.compare("lt", x, constant(-alpha)), t.add(x, constant(beta)), above);
    }

    /** 2^n * exp(r), with 2^n in two factors, so that what is too small becomes subnormal. */
    private static String exp(PtxBody t, String x) {
        String clamped = clamp(t, x, EXP_LOW, EXP_HIGH);
        String shifted = t.fma(clamped, constant(LOG2_E), constant(ROUNDER));
        String n = t.subtract(shifted, constant(ROUNDER));
        String r = t.fma(n, constant(MINUS_LN2_LOW), t.fma(n, constant(MINUS_LN2_HIGH), clamped));
        String p = t.polynomial(r, P6, P5, P4, P3, P2, 1, 1);
        String power =
                t.integer("sub.s32", t.integer("mov.b32", shifted), Integer.toString(Float.floatToRawIntBits(ROUNDER)));
        String half = t.integer("shr.s32", power, "1");
        String rest = t.integer("sub.s32", power, half);
        return t.multiply(t.multiply(p, powerOfTwo(t, half)), powerOfTwo(t, rest));
    }

    private static String powerOfTwo(PtxBody t, String n) {
        String shifted = t.integer("shl.b32", n, Integer.toString(MANTISSA_BITS));
        return t.real("mov.b32", t.integer("add.s32", shifted, Integer.toString(ONE)));
    }

    /** exp(x) - 1 for x below zero: no cancellation, for it is 2 * h / (1 - h) with h the tanh of half of x. */
    private static String expMinusOne(PtxBody t, String x) {
        String h = tanh(t, t.multiply(x, HALF));
        return t.divide(t.add(h, h), t.subtract(UNIT, h));
    }

    private static String tanh(PtxBody t, String x) {
        String clamped = clamp(t, x, -TANH_HIGH, TANH_HIGH);
        String square = t.multiply(clamped, clamped);
        String p = t.polynomial(square, TANH_P13, TANH_P11, TANH_P9, TANH_P7, TANH_P5, TANH_P3, TANH_P1);
        String q = t.polynomial(square, TANH_Q6, TANH_Q4, TANH_Q2, TANH_Q0);
        return t.divide(t.multiply(p, clamped), q);
    }

    private static String erf(PtxBody t, String x) {
        String clamped = clamp(t, x, -ERF_HIGH, ERF_HIGH);
        String square = t.multiply(clamped, clamped);
        String p = t.polynomial(square, ERF_P9, ERF_P7, ERF_P5, ERF_P3, ERF_P1);
        String q = t.polynomial(square, ERF_Q12, ERF_Q10, ERF_Q8, ERF_Q6, ERF_Q4, ERF_Q2, 1);
        return t.divide(t.multiply(p, clamped), q);
    }

    private static String sigmoid(PtxBody t, String x) {
        return t.divide(UNIT, t.add(exp(t, t.real("neg.f32", x)), UNIT));
    }

    private static String swish(PtxBody t, String x, float alpha) {
        return t.divide(x, t.add(exp(t, t.multiply(x, constant(-alpha))), UNIT));
    }

    private static String gelu(PtxBody t, String x) {
        float lowest = -ERF_HIGH / ROOT_HALF;
        String low = t.select(t.compare("lt", x, constant(lowest)), constant(lowest), x);
        String half = t.multiply(low, HALF);
        return t.fma(erf(t, t.multiply(low, constant(ROOT_HALF))), half, half);
    }

    private static String geluTanh(PtxBody t, String x) {
        float lowest = -5.3f;
        String low = t.select(t.compare("lt", x, constant(lowest)), constant(lowest), x);
        String cubic = t.polynomial(t.multiply(low, low), ROOT_TWO_OVER_PI * 0.044715f, ROOT_TWO_OVER_PI);
        String half = t.multiply(low, HALF);
        return t.fma(tanh(t, t.multiply(cubic, low)), half, half);
    }

    /** x * w / (w + 2) with w = exp(x) * (exp(x) + 2), which is x * tanh(log(1 + exp(x))). */
    private static String mish(PtxBody t, String x) {
        String e = exp(t, clamp(t, x, EXP_LOW, MISH_HIGH));
        String w = t.multiply(e, t.add(e, constant(2)));
        String low = t.select(t.compare("lt", x, constant(EXP_LOW)), constant(EXP_LOW), x);
        return t.multiply(t.divide(w, t.add(w, constant(2))), low);
    }

    private static String softplus(PtxBody t, String x) {
        String e = exp(t, t.real("neg.f32", t.real("abs.f32", x)));
        // log(1 + e) = 2 * artanh(e / (2 + e)), whose argument is at most a third.
        String s = t.divide(e, t.add(e, constant(2)));
        return t.add(t.larger(x, ZERO), twiceArtanh(t, s));
    }

    /** 2 * artanh(s) for |s| up to a third: the series to s^17. */
    private static String twiceArtanh(PtxBody t, String s) {
        String z = t.multiply(s, s);
        String series = t.polynomial(z, 2f / 17, 2f / 15, 2f / 13, 2f / 11, 2f / 9, 2f / 7, 2f / 5, 2f / 3);
        return t.add(t.multiply(t.multiply(series, z), s), t.add(s, s));
    }

    /** n * ln 2 + log(m) with m between two thirds and four thirds. */
    private static String log(PtxBody t, String x) {
        String subnormal = t.compare("lt", x, constant(Float.intBitsToFloat(SMALLEST_NORMAL)));
        String normal = t.select(subnormal, t.multiply(x, constant(1 << MANTISSA_BITS)), x);
        String missing = t.select(subnormal, constant(-MANTISSA_BITS), ZERO);
        String bits = t.integer("sub.s32", t.integer("mov.b32", normal), Integer.toString(TWO_THIRDS));
        String n = t.integer("shr.s32", bits, Integer.toString(MANTISSA_BITS));
        String exponent = t.integer("shl.b32", n, Integer.toString(MANTISSA_BITS));
        String m = t.real("mov.b32", t.integer("sub.s32", t.integer("mov.b32", normal), exponent));
        String f = t.subtract(m, UNIT);
        String logM = twiceArtanh(t, t.divide(f, t.add(f, constant(2))));
        String sum = t.fma(t.add(t.real("cvt.rn.f32.s32", n), missing), constant(LN2), logM);
        // Infinity and NaN are their own logarithms; the others have none, or an infinite one.
        String known = t.select(t.compare("lt", x, constant(Float.POSITIVE_INFINITY)), sum, x);
        String positive = t.select(t.compare("lt", x, ZERO), constant(Float.NaN), known);
        return t.select(t.compare("eq", x, ZERO), constant(Float.NEGATIVE_INFINITY), positive);
    }
}
