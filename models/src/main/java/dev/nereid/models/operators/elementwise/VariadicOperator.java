package dev.nereid.models.operators.elementwise;

import dev.nereid.kernels.elementwise.BinaryKernel;
import dev.nereid.kernels.elementwise.BinaryOp;
import dev.nereid.kernels.elementwise.UnaryKernel;
import dev.nereid.kernels.elementwise.UnaryOp;
import dev.nereid.models.graph.TensorType;
import dev.nereid.models.lowering.Inference;
import dev.nereid.models.lowering.Lowering;
import dev.nereid.models.lowering.StepRun;
import dev.nereid.models.operators.Operator;
import dev.nereid.tensor.DataType;
import dev.nereid.tensor.Tensor;
import java.util.List;
import java.util.stream.IntStream;

/**
 * ONNX Max, Min, Sum and Mean: any number of operands of one type that broadcast, put together from left to right.
 *
 * @param mean whether the result is divided by the number of operands
 */
public record VariadicOperator(BinaryOp op, boolean mean) implements Operator {
    @Override
    public List<TensorType> outputTypes(Inference inference) {
        DataType type = DatatypeChecks.sameDataType(inference, 0);
        DatatypeChecks.require(op.takes(type) && (!mean || type.isFloat()), inference, type);
        List<TensorType> operands =
                IntStream.range(0, inference.inputs()).mapToObj(inference::type).toList();
        return List.of(Broadcasting.type(type, operands));
    }

    @Override
    public void lower(Lowering lowering) {
        if (lowering.inputs() == 1) {
            lowering.alias(0, 0);
            return;
        }
        DataType type = lowering.type(0).dataType();
        int operands = lowering.inputs();
        BinaryKernel kernel = lowering.kernels().elementwise().binary(op, type);
        if (mean) {
            UnaryKernel scale = lowering.kernels().elementwise().unary(UnaryOp.AFFINE, type);
            lowering.step(run -> {
                combine(run, kernel, operands);
                Tensor z = run.output(0);
                Parallel.elements(run.workers(), z.shape().elements(), type, (from, length) -> {
                    long at = from * type.bytes();
                    scale.run(z.segment(), at, z.segment(), at, length, 1.0 / operands, 0);
                });
            });
        } else {
            lowering.step(run -> combine(run, kernel, operands));
        }
    }

    private static void combine(StepRun run, BinaryKernel kernel, int operands) {
        Tensor z = run.output(0);
        BinaryLoop.run(kernel, run.input(0), run.input(1), z, run.workers());
        for (int i = 2; i < operands; i++) {
            BinaryLoop.run(kernel, z, run.input(i), z, run.workers());
        }
    }
}
