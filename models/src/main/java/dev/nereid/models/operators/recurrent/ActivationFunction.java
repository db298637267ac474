package dev.nereid.models.operators.recurrent;

import dev.nereid.kernels.elementwise.UnaryOp;
import dev.nereid.models.ModelFormatException;
import java.util.Arrays;
import java.util.Iterator;
import java.util.Optional;

/** One activation function with its parameters, as the attributes of a recurrent layer name it. */
public record ActivationFunction(Kind kind, double alpha, double beta) {
    /** The functions, with the parameters they have and what those are where the node gives none. */
    public enum Kind {
        RELU("Relu", UnaryOp.RELU, Optional.empty(), Optional.empty()),
        TANH("Tanh", UnaryOp.TANH, Optional.empty(), Optional.empty()),
        SIGMOID("Sigmoid", UnaryOp.SIGMOID, Optional.empty(), Optional.empty()),
        AFFINE("Affine", UnaryOp.AFFINE, Optional.of(1f), Optional.of(0f)),
        LEAKY_RELU("LeakyRelu", UnaryOp.LEAKY_RELU, Optional.of(0.01f), Optional.empty()),
        THRESHOLDED_RELU("ThresholdedRelu", UnaryOp.THRESHOLDED_RELU, Optional.of(1f), Optional.empty()),
        /** {@code alpha * tanh(beta * x)}; the operation is the tanh in the middle. */
        SCALED_TANH("ScaledTanh", UnaryOp.TANH, Optional.of(1f), Optional.of(1f)),
        HARD_SIGMOID("HardSigmoid", UnaryOp.HARD_SIGMOID, Optional.of(0.2f), Optional.of(0.5f)),
        ELU("Elu", UnaryOp.ELU, Optional.of(1f), Optional.empty()),
        SOFTSIGN("Softsign", UnaryOp.SOFTSIGN, Optional.empty(), Optional.empty()),
        SOFTPLUS("Softplus", UnaryOp.SOFTPLUS, Optional.empty(), Optional.empty());

        private final String text;
        private final UnaryOp operation;

        @SuppressWarnings("ImmutableEnumChecker") // of an immutable number
        private final Optional<Float> alpha;

        @SuppressWarnings("ImmutableEnumChecker") // of an immutable number
        private final Optional<Float> beta;

        Kind(String text, UnaryOp operation, Optional<Float> alpha, Optional<Float> beta) {
            this.text = text;
            this.operation = operation;
            this.alpha = alpha;
            this.beta = beta;
        }

        UnaryOp operation() {
            return operation;
        }
    }

    /** The function of a name, in any case; the parameters it has are the next of the two lists, as far as they reach. */
    static ActivationFunction of(String name, Iterator<Float> alphas, Iterator<Float> betas) {
        Kind kind = Arrays.stream(Kind.values())
                .filter(candidate -> candidate.text.equalsIgnoreCase(name))
                .findFirst()
                .orElseThrow(() -> new ModelFormatException("activations: expected one of "
                        + Arrays.stream(Kind.values())
                                .map(candidate -> candidate.text)
                                .toList()
                        + ", got '" + name + "'"));
        return new ActivationFunction(kind, next(kind.alpha, alphas), next(kind.beta, betas));
    }

    private static double next(Optional<Float> whenAbsent, Iterator<Float> values) {
        if (whenAbsent.isEmpty()) {
            return 0;
        }
        return values.hasNext() ? values.next() : whenAbsent.get();
    }
}
