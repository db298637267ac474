package dev.nereid.kernels.elementwise;

/** The numbers of tanh and erf in floats: quotients of an odd polynomial and an even one. */
public final class RationalConstants {
    /** Beyond it tanh is 1. */
    public static final float TANH_HIGH = 7.9988117f;

    /** Odd coefficients of the dividend of tanh, the highest power first, and even ones of its divisor. */
    public static final float TANH_P13 = -2.7607684e-16f;

    public static final float TANH_P11 = 2.000188e-13f;
    public static final float TANH_P9 = -8.604671e-11f;
    public static final float TANH_P7 = 5.122297e-8f;
    public static final float TANH_P5 = 1.48572235e-5f;
    public static final float TANH_P3 = 6.3726195e-4f;
    public static final float TANH_P1 = 4.8935246e-3f;
    public static final float TANH_Q6 = 1.1982584e-6f;
    public static final float TANH_Q4 = 1.1853471e-4f;
    public static final float TANH_Q2 = 2.2684347e-3f;
    public static final float TANH_Q0 = 4.893525e-3f;

    /** Beyond it erf is 1. */
    public static final float ERF_HIGH = 3.832507f;

    /** Odd coefficients of the dividend of erf, the highest power first, and even ones of its divisor. */
    public static final float ERF_P9 = 2.2905065e-4f;

    public static final float ERF_P7 = 3.408291e-3f;
    public static final float ERF_P5 = 0.050955694f;
    public static final float ERF_P3 = 0.18520832f;
    public static final float ERF_P1 = 1.1283792f;
    public static final float ERF_Q12 = -1.1791603e-7f;
    public static final float ERF_Q10 = 2.3547966e-5f;
    public static final float ERF_Q8 = 1.0179626e-3f;
    public static final float ERF_Q6 = 1.407047e-2f;
    public static final float ERF_Q4 = 0.11098505f;
    public static final float ERF_Q2 = 0.49746925f;

    private RationalConstants() {}
}
