package dev.nereid.kernels.scalar;

import dev.nereid.kernels.matmul.Activation;

/** The functions of an epilogue as their definitions say. */
public final class ScalarActivation {
    private ScalarActivation() {}

    public static float apply(Activation activation, float x) {
        return switch (activation.kind()) {
            case NONE -> x;
            case RELU -> Math.max(x, 0f);
            case LEAKY_RELU -> x < 0 ? activation.alpha() * x : x;
            case CLIP -> Math.min(Math.max(x, activation.alpha()), activation.beta());
            case GELU -> (float) (0.5 * x * (1 + erf(x / Math.sqrt(2))));
            case TANH -> (float) Math.tanh(x);
            case SIGMOID -> (float) (1 / (1 + Math.exp(-x)));
            case SWISH -> (float) (x / (1 + Math.exp(-x)));
            case HARD_SWISH -> (float) (x * Math.clamp(x / 6.0 + 0.5, 0.0, 1.0));
        };
    }

    /** A series of positive terms: {@code 2 / sqrt(pi) * exp(-x^2) * sum of 2^n x^(2n+1) / (2n+1)!!}. */
    private static double erf(double x) {
        if (Math.abs(x) > 6) {
            return Math.signum(x);
        }
        double term = x;
        double sum = x;
        for (int n = 1; Math.abs(term) > Math.abs(sum) * 1e-17; n++) {
            term *= 2 * x * x / (2 * n + 1);
            sum += term;
        }
        return 2 / Math.sqrt(Math.PI) * Math.exp(-x * x) * sum;
    }
}
