package dev.nereid.models.operators.contrib;

import dev.nereid.kernels.elementwise.BinaryKernel;
import dev.nereid.kernels.elementwise.BinaryOp;
import dev.nereid.kernels.elementwise.UnaryKernel;
import dev.nereid.kernels.elementwise.UnaryOp;
import dev.nereid.models.graph.Attributes;
import dev.nereid.models.graph.TensorType;
import dev.nereid.models.lowering.Inference;
import dev.nereid.models.lowering.Lowering;
import dev.nereid.models.operators.Operator;
import dev.nereid.models.operators.attention.ComputePrecision;
import dev.nereid.models.operators.elementwise.BinaryLoop;
import dev.nereid.tensor.Shape;
import dev.nereid.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.function.Function;

/**
 * com.microsoft's Gelu, FastGelu, BiasGelu and QuickGelu: {@code y = f(x + bias)}.
 *
 * <p>Inputs: x: [..., size]; bias, optional: [size]. Output: y as x.
 *
 * @param op the function
 * @param alpha its first parameter
 */
record BiasActivation(UnaryOp op, Function<Attributes, Float> alpha) implements Operator {
    private static final int BIAS = 1;

    BiasActivation(UnaryOp op) {
        this(op, _ -> 0f);
    }

    @Override
    public List<TensorType> outputTypes(Inference inference) {
        return List.of(inference.type(0));
    }

    @Override
    public void lower(Lowering lowering) {
        ComputePrecision precision = ComputePrecision.of(lowering, 0, BIAS);
        UnaryKernel function = lowering.kernels().elementwise().unary(op, precision.type());
        BinaryKernel sum = lowering.kernels().elementwise().binary(BinaryOp.ADD, precision.type());
        float parameter = alpha.apply(lowering.attributes());
        lowering.step(run -> {
            Tensor x = run.input(0);
            Tensor read = precision.tensor(run, x);
            MemorySegment computed = precision.target(run, run.output(0));
            Tensor y = Tensor.of(precision.type(), x.shape(), computed);
            if (run.has(BIAS)) {
                Shape bias = run.input(BIAS).shape();
                if (bias.rank() != 1
                        || x.shape().rank() == 0
                        || bias.dim(0) != x.shape().dim(-1)) {
                    throw new IllegalArgumentException(
                            "input 1: expected a number for each column of " + x.shape() + ", got " + bias);
                }
                Tensor row = Tensor.of(precision.type(), bias, precision.read(run, run.input(BIAS)));
                BinaryLoop.run(sum, read, row, y, run.workers());
                Activations.apply(function, parameter, 0, y, run.workers());
            } else {
                Activations.apply(function, parameter, 0, read, y, run.workers());
            }
            precision.write(run, computed, run.output(0));
        });
    }
}
