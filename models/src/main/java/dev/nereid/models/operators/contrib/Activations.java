package dev.nereid.models.operators.contrib;

import dev.nereid.kernels.elementwise.UnaryKernel;
import dev.nereid.kernels.elementwise.UnaryOp;
import dev.nereid.kernels.parallel.Workers;
import dev.nereid.models.ModelFormatException;
import dev.nereid.models.graph.Attributes;
import dev.nereid.models.operators.elementwise.Parallel;
import dev.nereid.tensor.Tensor;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeSet;

/** The functions that fused operators name in their attribute {@code activation}. */
final class Activations {
    /**
     * A function and the parameters it has where no attribute says.
     *
     * @param alpha the first parameter; likewise {@code beta} the second
     */
    record Activation(UnaryOp op, float alpha, float beta) {
        Activation with(Optional<Float> first, Optional<Float> second) {
            return new Activation(op, first.orElse(alpha), second.orElse(beta));
        }
    }

    private static final Map<String, Activation> BY_NAME = Map.ofEntries(
            Map.entry("Relu", new Activation(UnaryOp.RELU, 0, 0)),
            Map.entry("Tanh", new Activation(UnaryOp.TANH, 0, 0)),
            Map.entry("Sigmoid", new Activation(UnaryOp.SIGMOID, 0, 0)),
            Map.entry("LeakyRelu", new Activation(UnaryOp.LEAKY_RELU, 0.01f, 0)),
            Map.entry("Clip", new Activation(UnaryOp.CLIP, Float.NEGATIVE_INFINITY, Float.POSITIVE_INFINITY)),
            Map.entry("HardSigmoid", new Activation(UnaryOp.HARD_SIGMOID, 0.2f, 0.5f)),
            Map.entry("Elu", new Activation(UnaryOp.ELU, 1, 0)),
            Map.entry("Celu", new Activation(UnaryOp.CELU, 1, 0)),
            Map.entry("Selu", new Activation(UnaryOp.SELU, 1.6732632f, 1.0507009f)),
            Map.entry("ThresholdedRelu", new Activation(UnaryOp.THRESHOLDED_RELU, 1, 0)),
            Map.entry("HardSwish", new Activation(UnaryOp.HARD_SWISH, 0, 0)),
            Map.entry("Softplus", new Activation(UnaryOp.SOFTPLUS, 0, 0)),
            Map.entry("Softsign", new Activation(UnaryOp.SOFTSIGN, 0, 0)),
            Map.entry("Gelu", new Activation(UnaryOp.GELU, 0, 0)));

    private Activations() {}

    /**
     * The function of a node, with its parameters in {@code activation_params} or in {@code activation_alpha} and {@code
     * activation_beta} (of Selu {@code activation_gamma}); empty where it names none.
     */
    static Optional<Activation> of(Attributes attributes) {
        String name = attributes.text("activation", "");
        if (name.isEmpty()) {
            return Optional.empty();
        }
        Activation activation = BY_NAME.get(name);
        if (activation == null) {
            throw new ModelFormatException("attribute 'activation': expected one of " + new TreeSet<>(BY_NAME.keySet())
                    + ", got '" + name + "'");
        }
        List<Float> parameters = attributes.reals("activation_params").orElse(List.of());
        Optional<Float> first =
                parameters.isEmpty() ? attributes.real("activation_alpha") : Optional.of(parameters.getFirst());
        Optional<Float> second = parameters.size() < 2
                ? attributes.real(name.equals("Selu") ? "activation_gamma" : "activation_beta")
                : Optional.of(parameters.get(1));
        return Optional.of(activation.with(first, second));
    }

    /** Replaces the elements of a tensor by the function's values. */
    static void apply(UnaryKernel kernel, double alpha, double beta, Tensor tensor, Workers workers) {
        apply(kernel, alpha, beta, tensor, tensor, workers);
    }

    /** Computes the function's values; y has the shape and the datatype of x, and may be x. */
    static void apply(UnaryKernel kernel, double alpha, double beta, Tensor x, Tensor y, Workers workers) {
        long bytes = x.dataType().bytes();
        Parallel.elements(
                workers,
                x.shape().elements(),
                x.dataType(),
                (from, length) ->
                        kernel.run(x.segment(), bytes * from, y.segment(), bytes * from, length, alpha, beta));
    }
}
