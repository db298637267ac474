package dev.nereid.models.operators.attention;

import dev.nereid.kernels.elementwise.BinaryKernel;
import dev.nereid.kernels.elementwise.BinaryOp;
import dev.nereid.kernels.elementwise.UnaryKernel;
import dev.nereid.kernels.elementwise.UnaryOp;
import dev.nereid.models.ModelFormatException;
import dev.nereid.models.graph.Attributes;
import dev.nereid.models.graph.TensorType;
import dev.nereid.models.lowering.Inference;
import dev.nereid.models.lowering.Lowering;
import dev.nereid.models.operators.Operator;
import dev.nereid.models.operators.elementwise.Parallel;
import dev.nereid.tensor.DataType;
import dev.nereid.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.function.Function;

/**
 * ONNX SwiGLU and GeGLU: {@code y = f(a) * b}, with a and b of one shape.
 *
 * @param function the function of the attributes
 * @param alpha the first parameter of the function
 */
record GatedActivation(Function<Attributes, UnaryOp> function, Function<Attributes, Float> alpha) implements Operator {
    static final GatedActivation SWISH =
            new GatedActivation(_ -> UnaryOp.SWISH, attributes -> attributes.real("alpha", 1f));
    static final GatedActivation GELU = new GatedActivation(GatedActivation::gelu, _ -> 0f);

    private static UnaryOp gelu(Attributes attributes) {
        String approximate = attributes.text("approximate", "none");
        return switch (approximate) {
            case "none" -> UnaryOp.GELU;
            case "tanh" -> UnaryOp.GELU_TANH;
            default ->
                throw new ModelFormatException(
                        "attribute 'approximate': expected none or tanh, got '" + approximate + "'");
        };
    }

    @Override
    public List<TensorType> outputTypes(Inference inference) {
        var _ = function.apply(inference.attributes());
        TensorType a = inference.type(0);
        TensorType b = inference.type(1);
        boolean differ = a.shape().isPresent() && b.shape().isPresent() && !a.equals(b);
        if (a.dataType() != b.dataType() || differ) {
            throw new ModelFormatException("expected two tensors of one type, got " + a + " and " + b);
        }
        return List.of(a);
    }

    @Override
    public void lower(Lowering lowering) {
        DataType type = lowering.type(0).dataType();
        UnaryKernel activation = lowering.kernels().elementwise().unary(function.apply(lowering.attributes()), type);
        BinaryKernel product = lowering.kernels().elementwise().binary(BinaryOp.MUL, type);
        double parameter = alpha.apply(lowering.attributes());
        long bytes = type.bytes();
        lowering.step(run -> {
            Tensor a = run.input(0);
            Tensor b = run.input(1);
            if (!a.shape().equals(b.shape())) {
                throw new IllegalArgumentException(
                        "expected two tensors of one shape, got " + a.shape() + " and " + b.shape());
            }
            MemorySegment y = run.output(0).segment();
            Parallel.elements(run.workers(), a.shape().elements(), type, (from, length) -> {
                long at = bytes * from;
                activation.run(a.segment(), at, y, at, length, parameter, 0);
                product.both(y, at, b.segment(), at, y, at, length);
            });
        });
    }
}
