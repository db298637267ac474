package dev.nereid.models.operators.elementwise;

import dev.nereid.kernels.elementwise.CastRule;
import dev.nereid.kernels.elementwise.ElementwiseKernels;
import dev.nereid.kernels.elementwise.UnaryKernel;
import dev.nereid.kernels.elementwise.UnaryOp;
import dev.nereid.models.graph.Attributes;
import dev.nereid.models.graph.TensorType;
import dev.nereid.models.lowering.Inference;
import dev.nereid.models.lowering.Lowering;
import dev.nereid.models.operators.Operator;
import dev.nereid.tensor.DataType;
import dev.nereid.tensor.Tensor;
import java.util.List;
import java.util.function.Function;

/** An operator that computes each element of its output from one of its input: y = f(x). */
public record UnaryOperator(Function<Attributes, UnaryOp> function, Parameter alpha, Parameter beta)
        implements Operator {
    /** A parameter that an attribute sets. */
    public record Parameter(String attribute, float whenAbsent) {
        static final Parameter NONE = new Parameter("", 0);

        public double of(Attributes attributes) {
            return attribute.isEmpty() ? 0 : attributes.real(attribute, whenAbsent);
        }
    }

    UnaryOperator(UnaryOp op, Parameter alpha, Parameter beta) {
        this(_ -> op, alpha, beta);
    }

    @Override
    public List<TensorType> outputTypes(Inference inference) {
        DataType type = inference.type(0).dataType();
        UnaryOp op = function.apply(inference.attributes());
        DatatypeChecks.require(op.takes(type) || (type.isInteger() && op.real().isPresent()), inference, type);
        return List.of(inference.type(0));
    }

    @Override
    public void lower(Lowering lowering) {
        DataType type = lowering.type(0).dataType();
        UnaryOp op = function.apply(lowering.attributes());
        double a = alpha.of(lowering.attributes());
        double b = beta.of(lowering.attributes());
        if (!op.takes(type)) {
            lowerAsReal(lowering, op, type, a, b);
            return;
        }
        UnaryKernel kernel = lowering.kernels().elementwise().unary(op, type);
        long bytes = type.bytes();
        lowering.stepInPlace(0, run -> {
            Tensor x = run.input(0);
            Tensor y = run.output(0);
            Parallel.elements(
                    run.workers(),
                    x.shape().elements(),
                    type,
                    (from, length) -> kernel.run(x.segment(), bytes * from, y.segment(), bytes * from, length, a, b));
        });
    }

    /** Integers, of a function of real numbers: rounded towards zero. */
    private static void lowerAsReal(Lowering lowering, UnaryOp op, DataType type, double a, double b) {
        ElementwiseKernels kernels = lowering.kernels().elementwise();
        UnaryKernel widen = kernels.cast(type, DataType.FP64, CastRule.DEFAULT);
        UnaryKernel kernel = kernels.unary(op, DataType.FP64);
        UnaryKernel narrow = kernels.cast(DataType.FP64, type, CastRule.DEFAULT);
        lowering.step(run -> {
            Tensor x = run.input(0);
            Tensor wide = Tensor.of(
                    DataType.FP64, x.shape(), run.scratch(8 * x.shape().elements()));
            Casts.run(widen, x, wide, run.workers());
            Parallel.elements(
                    run.workers(),
                    x.shape().elements(),
                    DataType.FP64,
                    (from, length) -> kernel.run(wide.segment(), 8 * from, wide.segment(), 8 * from, length, a, b));
            Casts.run(narrow, wide, run.output(0), run.workers());
        });
    }
}
