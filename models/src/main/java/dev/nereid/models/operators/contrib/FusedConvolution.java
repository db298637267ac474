package dev.nereid.models.operators.contrib;

import dev.nereid.kernels.elementwise.BinaryKernel;
import dev.nereid.kernels.elementwise.BinaryOp;
import dev.nereid.kernels.elementwise.UnaryKernel;
import dev.nereid.kernels.elementwise.UnaryOp;
import dev.nereid.models.graph.Attributes;
import dev.nereid.models.graph.Attributes.Attribute;
import dev.nereid.models.graph.ValueType;
import dev.nereid.models.lowering.Inference;
import dev.nereid.models.lowering.Lowering;
import dev.nereid.models.lowering.StepRun;
import dev.nereid.models.operators.Operator;
import dev.nereid.models.operators.elementwise.BinaryLoop;
import dev.nereid.tensor.DataType;
import dev.nereid.tensor.Tensor;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * com.microsoft.FusedConv: {@code y = activation(conv(x, w) + bias + z)}.
 *
 * <p>Inputs: those of ONNX Conv, and z, optional: the shape of y. Attributes: those of ONNX Conv, and {@link
 * Activations}'s.
 *
 * @param convolution ONNX Conv, which adds a fourth input too where it computes in {@code FP32}
 */
record FusedConvolution(Operator convolution) implements Operator {
    private static final int OPSET = 11;
    private static final int ADDED = 3;

    /** The functions that the kernel applies, by the names that the inner operator has for them. */
    private static final Map<UnaryOp, String> WITHIN = Map.of(
            UnaryOp.RELU, "relu",
            UnaryOp.LEAKY_RELU, "leakyrelu",
            UnaryOp.CLIP, "clip",
            UnaryOp.TANH, "tanh",
            UnaryOp.SIGMOID, "sigmoid");

    @Override
    public List<? extends ValueType> outputTypes(Inference inference) {
        Activations.of(inference.attributes());
        return convolution.outputTypes(NodeAdapter.of(inference, FusedOperator.plain(inference.attributes()), OPSET));
    }

    @Override
    public void lower(Lowering lowering) {
        DataType type = lowering.type(0).dataType();
        Optional<Activations.Activation> activation = Activations.of(lowering.attributes());
        Optional<Attributes> within = type == DataType.FP32 && !lowering.has(ADDED)
                ? activation.flatMap(found -> withinTheKernel(lowering.attributes(), found))
                : Optional.empty();
        if (within.isPresent()) {
            convolution.lower(NodeAdapter.of(lowering, within.get(), OPSET, kernel -> kernel));
            return;
        }
        Attributes plain = FusedOperator.plain(lowering.attributes());
        Optional<UnaryKernel> function =
                activation.map(found -> lowering.kernels().elementwise().unary(found.op(), type));
        BinaryKernel sum = lowering.kernels().elementwise().binary(BinaryOp.ADD, type);
        // The convolution adds in FP32 alone.
        boolean apart = type == DataType.FP64;
        convolution.lower(NodeAdapter.of(lowering, plain, OPSET, apart ? ADDED : ADDED + 1, kernel -> run -> {
            checkAdded(run);
            kernel.run(run);
            Tensor y = run.output(0);
            if (run.has(ADDED) && apart) {
                BinaryLoop.run(sum, y, run.input(ADDED), y, run.workers());
            }
            if (activation.isPresent()) {
                Activations.apply(
                        function.orElseThrow(),
                        activation.get().alpha(),
                        activation.get().beta(),
                        y,
                        run.workers());
            }
        }));
    }

    /** The attributes by which a convolution of {@code FP32} applies the function itself, where it can. */
    private static Optional<Attributes> withinTheKernel(Attributes attributes, Activations.Activation activation) {
        String name = WITHIN.get(activation.op());
        if (name == null) {
            return Optional.empty();
        }
        Map<String, Attribute> map =
                new HashMap<>(FusedOperator.plain(attributes).map());
        map.put("activation", new Attribute.Text(name));
        map.put("alpha", new Attribute.Real(activation.alpha()));
        map.put("min", new Attribute.Real(activation.alpha()));
        map.put("max", new Attribute.Real(activation.beta()));
        return Optional.of(new Attributes(map));
    }

    private static void checkAdded(StepRun run) {
        if (run.has(ADDED) && !run.input(ADDED).shape().equals(run.output(0).shape())) {
            throw new IllegalArgumentException("input 3: expected the shape "
                    + run.output(0).shape() + ", got " + run.input(ADDED).shape());
        }
    }
}
