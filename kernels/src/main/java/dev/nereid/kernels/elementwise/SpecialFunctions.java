package dev.nereid.kernels.elementwise;

/** Functions that {@link Math} lacks, to nearly the accuracy of a double. Plain and slow: the oracle of the lanes. */
public final class SpecialFunctions {
    private static final double TWO_OVER_SQRT_PI = 2 / Math.sqrt(Math.PI);

    /** Below its negative the functions that fall to zero have done so. */
    private static final double VANISHED = 1000;

    private SpecialFunctions() {}

    /** The error function, by its series of positive terms, exp(-x*x) * sum of 2^n x^(2n+1) / (1*3*..*(2n+1)). */
    public static double erf(double x) {
        double magnitude = Math.abs(x);
        if (magnitude > 6) {
            return Math.signum(x);
        }
        double term = magnitude;
        double sum = magnitude;
        for (int n = 1; term > sum * 0x1p-54; n++) {
            term *= 2 * magnitude * magnitude / (2 * n + 1);
            sum += term;
        }
        return Math.copySign(TWO_OVER_SQRT_PI * Math.exp(-magnitude * magnitude) * sum, x);
    }

    public static double asinh(double x) {
        double magnitude = Math.abs(x);
        if (magnitude > 1e10) {
            return Math.copySign(Math.log(magnitude) + Math.log(2), x);
        }
        double square = magnitude * magnitude;
        return Math.copySign(Math.log1p(magnitude + square / (1 + Math.sqrt(square + 1))), x);
    }

    public static double acosh(double x) {
        double t = x - 1;
        return x > 1e10 ? Math.log(x) + Math.log(2) : Math.log1p(t + Math.sqrt(t) * Math.sqrt(t + 2));
    }

    public static double atanh(double x) {
        double magnitude = Math.abs(x);
        return Math.copySign(0.5 * Math.log1p(2 * magnitude / (1 - magnitude)), x);
    }

    /** x * tanh(log(1 + exp(x))); zero at negative infinity. */
    public static double mish(double x) {
        double softplus = Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x)));
        return Math.max(x, -VANISHED) * Math.tanh(softplus);
    }

    /** x times the normal distribution function at x; zero at negative infinity. */
    public static double gelu(double x) {
        return 0.5 * Math.max(x, -VANISHED) * (1 + erf(x * Math.sqrt(0.5)));
    }

    /** The approximation of {@link #gelu} by tanh. */
    public static double geluTanh(double x) {
        double low = Math.max(x, -VANISHED);
        return 0.5 * low * (1 + Math.tanh(Math.sqrt(2 / Math.PI) * (x + 0.044715 * low * low * low)));
    }

    /** The power of real numbers as C defines it: powers of 1, and infinite powers of -1, are 1. */
    public static double pow(double base, double exponent) {
        return base == 1 || (base == -1 && Double.isInfinite(exponent)) ? 1 : Math.pow(base, exponent);
    }

    /** The power of integers, modulo 2^64; a negative exponent gives the whole part. */
    public static long pow(long base, long exponent) {
        if (exponent < 0) {
            return base == 1 ? 1 : base == -1 ? (exponent % 2 == 0 ? 1 : -1) : 0;
        }
        long result = 1;
        long square = base;
        for (long rest = exponent; rest > 0; rest >>= 1) {
            if ((rest & 1) != 0) {
                result *= square;
            }
            square *= square;
        }
        return result;
    }
}
