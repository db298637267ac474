package dev.nereid.models.operators.training;

import dev.nereid.models.ModelFormatException;
import dev.nereid.models.graph.Attributes;

/** How an optimizer moves one number: the formulas of ONNX Adagrad, Adam and Momentum. */
enum UpdateRule {
    /** State: the sum of squared gradients. */
    ADAGRAD(1) {
        @Override
        Move of(Attributes attributes, double rate, long count) {
            double decay = attributes.real("decay_factor", 0f);
            double epsilon = attributes.real("epsilon", 1e-6f);
            double norm = attributes.real("norm_coefficient", 0f);
            double decayed = rate / (1 + count * decay);
            return (x, gradient, state) -> {
                double regularized = norm * x + gradient;
                state[0] += regularized * regularized;
                return x - decayed * regularized / (Math.sqrt(state[0]) + epsilon);
            };
        }
    },
    /** State: the running means of the gradient and of its square. */
    ADAM(2) {
        @Override
        Move of(Attributes attributes, double rate, long count) {
            double alpha = attributes.real("alpha", 0.9f);
            double beta = attributes.real("beta", 0.999f);
            double epsilon = attributes.real("epsilon", 1e-6f);
            double norm = attributes.real("norm_coefficient", 0f);
            double shrink = 1 - attributes.real("norm_coefficient_post", 0f);
            double corrected = count > 0
                    ? rate * Math.sqrt(1 - Math.pow(beta, (double) count)) / (1 - Math.pow(alpha, (double) count))
                    : rate;
            return (x, gradient, state) -> {
                double regularized = norm * x + gradient;
                state[0] = alpha * state[0] + (1 - alpha) * regularized;
                state[1] = beta * state[1] + (1 - beta) * regularized * regularized;
                return shrink * (x - corrected * state[0] / (Math.sqrt(state[1]) + epsilon));
            };
        }
    },
    /** State: the momentum. */
    MOMENTUM(1) {
        @Override
        Move of(Attributes attributes, double rate, long count) {
            double alpha = required(attributes, "alpha");
            double beta = count > 0 ? required(attributes, "beta") : 1;
            double norm = required(attributes, "norm_coefficient");
            boolean nesterov = isNesterov(attributes.text("mode", ""));
            return (x, gradient, state) -> {
                double regularized = norm * x + gradient;
                state[0] = alpha * state[0] + beta * regularized;
                return x - rate * (nesterov ? regularized + alpha * state[0] : state[0]);
            };
        }
    };

    /** One step of one number. */
    @FunctionalInterface
    interface Move {
        /** The new number; {@code state} is replaced by the new state. */
        double next(double x, double gradient, double[] state);
    }

    private final int states;

    UpdateRule(int states) {
        this.states = states;
    }

    /** Numbers of state for each number that is learnt. */
    int states() {
        return states;
    }

    /**
     * The rule of a node.
     *
     * @param rate the learning rate
     * @param count how often the numbers were moved before
     * @throws ModelFormatException if an attribute is missing or not known
     */
    abstract Move of(Attributes attributes, double rate, long count);

    private static double required(Attributes attributes, String name) {
        return attributes.real(name).orElseThrow(() -> new ModelFormatException("attribute '" + name + "' is missing"));
    }

    private static boolean isNesterov(String mode) {
        return switch (mode) {
            case "nesterov" -> true;
            case "standard" -> false;
            default ->
                throw new ModelFormatException(
                        "attribute 'mode': expected 'standard' or 'nesterov', got '" + mode + "'");
        };
    }
}
