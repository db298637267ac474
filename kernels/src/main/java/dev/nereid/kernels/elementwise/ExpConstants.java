package dev.nereid.kernels.elementwise;

/**
 * The numbers of the exponential function in floats: exp(x) = 2^n * exp(r), with n the integer nearest to x / ln 2 and
 * r = x - n * ln 2 in two steps. Adding {@link #ROUNDER} leaves n in the low bits of the sum.
 */
public final class ExpConstants {
    /** 1 / ln 2. */
    public static final float LOG2_E = 1.442695f;

    /** The high part of ln 2, short enough that its product with n is exact; negative. */
    public static final float MINUS_LN2_HIGH = -0.6933594f;

    /** What is missing to ln 2; negative. */
    public static final float MINUS_LN2_LOW = 2.12194440e-4f;

    /** 1.5 * 2^23: a number this large has no fraction bits. */
    public static final float ROUNDER = 12582912f;

    /** Bits of a float below its exponent. */
    public static final int MANTISSA_BITS = 23;

    /** The exponent bits of 1. */
    public static final int ONE = 127 << MANTISSA_BITS;

    /** Coefficients of (exp(r) - 1 - r) / r^2 for |r| <= ln 2 / 2; with them exp is good to 0.9 ulp. */
    public static final float P2 = 0.49999994f;

    public static final float P3 = 0.1666652f;
    public static final float P4 = 0.041668393f;
    public static final float P5 = 0.008368781f;
    public static final float P6 = 0.0013814467f;

    /** The same, one degree less: exp is good to 2.2 ulp. */
    public static final float Q2 = 0.49999228f;

    public static final float Q3 = 0.16667116f;
    public static final float Q4 = 0.04189055f;
    public static final float Q5 = 0.008312478f;

    /** {@link #ROUNDER} + 127: adding it leaves the nearest integer in the low bits of the sum, as the exponent of a float. */
    public static final float EXPONENT_ROUNDER = 12583039f;

    /** Coefficients of (2^r - 1) / r for |r| <= 1/2: 2^r is good to 1e-7 before it is rounded. */
    public static final float B1 = 0.693147f;

    public static final float B2 = 0.24022242f;
    public static final float B3 = 0.055507336f;
    public static final float B4 = 0.009671513f;
    public static final float B5 = 0.0013264727f;

    /** Within these 2^n is a normal number. */
    public static final float NORMAL_HIGH = 88.37f;

    public static final float NORMAL_LOW = -87.33f;

    /** The base-2 logarithms of these are about 128 and -127: the exponents of infinity and of zero. */
    public static final float POWER_HIGH = 88.722f;

    public static final float POWER_LOW = -88.029f;

    private ExpConstants() {}
}
