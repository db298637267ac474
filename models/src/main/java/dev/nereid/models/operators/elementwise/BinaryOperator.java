package dev.nereid.models.operators.elementwise;

import dev.nereid.kernels.elementwise.BinaryKernel;
import dev.nereid.kernels.elementwise.BinaryOp;
import dev.nereid.models.graph.Attributes;
import dev.nereid.models.graph.TensorType;
import dev.nereid.models.lowering.Inference;
import dev.nereid.models.lowering.Lowering;
import dev.nereid.models.lowering.StepKernel;
import dev.nereid.models.operators.Operator;
import dev.nereid.tensor.DataType;
import dev.nereid.tensor.Tensor;
import java.util.List;
import java.util.function.Function;
import java.util.function.Predicate;

/** An operator of two operands of one type that broadcast: z = f(x, y), of the same type. */
public record BinaryOperator(Function<Attributes, BinaryOp> function, Predicate<DataType> types) implements Operator {
    @Override
    public List<TensorType> outputTypes(Inference inference) {
        DataType type = DatatypeChecks.sameDataType(inference, 0);
        BinaryOp op = function.apply(inference.attributes());
        DatatypeChecks.require(types.test(type) && op.takes(type), inference, type);
        return List.of(Broadcasting.type(type, List.of(inference.type(0), BroadcastBeforeOpset7.right(inference))));
    }

    @Override
    public void lower(Lowering lowering) {
        DataType type = lowering.type(0).dataType();
        BinaryOp op = function.apply(lowering.attributes());
        BinaryKernel kernel = lowering.kernels().elementwise().binary(op, type);
        StepKernel step = run -> {
            Tensor x = run.input(0);
            Tensor y = run.input(1);
            BinaryLoop.run(
                    kernel,
                    x,
                    x.shape(),
                    y,
                    BroadcastBeforeOpset7.right(lowering, x.shape(), y.shape()),
                    run.output(0),
                    run.workers());
        };
        inPlaceWhereAlike(lowering, step);
    }

    /** Lets the result take the memory of an operand of its shape. */
    static void inPlaceWhereAlike(Lowering lowering, StepKernel step) {
        TensorType result = lowering.outputType(0);
        for (int input = 0; input < lowering.inputs(); input++) {
            if (lowering.has(input) && result.hasRank() && result.equals(lowering.type(input))) {
                lowering.stepInPlace(input, step);
                return;
            }
        }
        lowering.step(step);
    }
}
