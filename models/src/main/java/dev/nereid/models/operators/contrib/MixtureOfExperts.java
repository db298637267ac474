package dev.nereid.models.operators.contrib;

import dev.nereid.kernels.matmul.MatMulKernels;
import dev.nereid.models.ModelFormatException;
import dev.nereid.models.graph.Attributes;
import dev.nereid.models.graph.TensorType;
import dev.nereid.models.lowering.Inference;
import dev.nereid.models.lowering.Lowering;
import dev.nereid.models.operators.Operator;
import dev.nereid.models.operators.attention.ComputePrecision;
import dev.nereid.tensor.DataType;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;

/**
 * com.microsoft.MoE and QMoE, a mixture of experts: each token goes through the layers of the few experts that a router has
 * the highest scores for, {@code y = sum of weight * (second * activation(first * x + bias) + bias)}. Weights of QMoE are held in
 * few bits.
 *
 * <p>x: [tokens, hidden] or [batch, tokens, hidden]; scores: [all tokens, experts]; first: [experts, inner, hidden], of twice as
 * many rows where it holds a gate too; second: [experts, hidden, inner]; gate: [experts, inner, hidden]; biases: [experts, rows].
 * y: as x.
 */
record MixtureOfExperts(ExpertInputs inputs) implements Operator {
    static final MixtureOfExperts OF_FLOATS = new MixtureOfExperts(ExpertInputs.FLOATS);
    static final MixtureOfExperts OF_FEW_BITS = new MixtureOfExperts(ExpertInputs.FEW_BITS);

    @Override
    public List<TensorType> outputTypes(Inference inference) {
        TensorType x = inference.type(ExpertInputs.TOKENS);
        Attributes attributes = inference.attributes();
        var _ = ExpertRouting.of(attributes, inputs.quantized());
        if (x.hasRank() && x.rank() != 2 && x.rank() != 3) {
            throw new ModelFormatException("input 0: expected [tokens, hidden] or [batch, tokens, hidden], got " + x);
        }
        if (inputs.quantized()) {
            checkQuantized(inference);
        }
        boolean joined = ExpertActivation.joined(attributes) != 0;
        int gate = inputs.weights()[ExpertInputs.GATE];
        if (joined && inference.has(gate)) {
            throw new ModelFormatException("input " + gate
                    + ": expected no weights of a gate where the first layer holds it, got " + inference.type(gate));
        }
        if (!joined && !inference.has(gate) && ExpertActivation.isGated(attributes)) {
            throw new ModelFormatException(
                    "attribute 'swiglu_fusion': expected 1 or 2 without the weights of a gate, got 0");
        }
        return List.of(x);
    }

    private void checkQuantized(Inference inference) {
        String kind = inference.attributes().text("quant_type", "int");
        if (!kind.equals("int")) {
            throw new ModelFormatException("attribute 'quant_type': expected 'int', got '" + kind + "'");
        }
        for (int layer = 0; layer < inputs.weights().length; layer++) {
            if (inference.has(inputs.weights()[layer]) && !inference.has(inputs.scales()[layer])) {
                throw new ModelFormatException(
                        "input " + inputs.scales()[layer] + ": expected scales for the weights, got none");
            }
        }
    }

    @Override
    public void lower(Lowering lowering) {
        Attributes attributes = lowering.attributes();
        ExpertActivation activation =
                ExpertActivation.of(attributes, lowering.kernels().elementwise());
        ExpertRouting routing = ExpertRouting.of(attributes, inputs.quantized());
        ComputePrecision precision = ComputePrecision.of(lowering, DataType.FP32, inputs.floats());
        ExpertLayers made = new ExpertLayers(inputs, attributes);
        if (weightsAreConstant(lowering)) {
            ExpertSizes sizes = made.sizes(
                    lowering, input -> lowering.constant(input).orElseThrow().shape());
            List<Optional<ExpertLayer>> layers = made.constant(lowering);
            lowering.stepReading(
                    readAtRun(lowering),
                    run -> new ExpertRun(inputs, run, precision, sizes, layers).compute(routing, activation));
        } else {
            MatMulKernels kernels = lowering.kernels().matMul();
            lowering.step(run -> {
                ExpertSizes sizes =
                        made.sizes(lowering, input -> run.input(input).shape());
                List<Optional<ExpertLayer>> layers = made.given(run, precision, kernels);
                new ExpertRun(inputs, run, precision, sizes, layers).compute(routing, activation);
            });
        }
    }

    private boolean weightsAreConstant(Lowering lowering) {
        return weightInputs(lowering).allMatch(input -> lowering.constant(input).isPresent());
    }

    /** The inputs with weights that are there. */
    private IntStream weightInputs(Inference inference) {
        return IntStream.concat(
                        IntStream.of(inputs.weights()),
                        IntStream.concat(IntStream.of(inputs.scales()), IntStream.of(inputs.zeroPoints())))
                .filter(input -> input >= 0 && inference.has(input));
    }

    private int[] readAtRun(Lowering lowering) {
        return Arrays.stream(inputs.floats())
                .filter(input -> lowering.has(input) && weightInputs(lowering).noneMatch(weight -> weight == input))
                .toArray();
    }
}
