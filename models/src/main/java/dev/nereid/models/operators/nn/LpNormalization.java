package dev.nereid.models.operators.nn;

import dev.nereid.kernels.elementwise.BinaryKernel;
import dev.nereid.kernels.elementwise.BinaryOp;
import dev.nereid.kernels.elementwise.UnaryKernel;
import dev.nereid.kernels.elementwise.UnaryOp;
import dev.nereid.kernels.reduce.ReduceOp;
import dev.nereid.kernels.reduce.Reduction;
import dev.nereid.models.ModelFormatException;
import dev.nereid.models.graph.TensorType;
import dev.nereid.models.lowering.Inference;
import dev.nereid.models.lowering.Lowering;
import dev.nereid.models.operators.Operator;
import dev.nereid.models.operators.elementwise.BinaryLoop;
import dev.nereid.tensor.DataType;
import dev.nereid.tensor.Shape;
import dev.nereid.tensor.Tensor;
import java.util.List;

/** ONNX LpNormalization: x divided by its norm along an axis, the sum of magnitudes or the root of squares; 0 stays 0. */
final class LpNormalization implements Operator {
    @Override
    public List<TensorType> outputTypes(Inference inference) {
        TensorType x = inference.type(0);
        if (!x.dataType().isFloat()) {
            throw new ModelFormatException("LpNormalization takes no elements of " + x.dataType());
        }
        return List.of(x);
    }

    @Override
    public void lower(Lowering lowering) {
        DataType type = lowering.type(0).dataType();
        long p = lowering.attributes().integer("p", 2);
        if (p != 1 && p != 2) {
            throw new ModelFormatException("p: expected 1 or 2, got " + p);
        }
        long axisAttribute = lowering.attributes().integer("axis", -1);
        Reduction norm = lowering.kernels().reduce().reduction(p == 1 ? ReduceOp.L1 : ReduceOp.L2, type);
        UnaryKernel atLeast = lowering.kernels().elementwise().unary(UnaryOp.CLIP, type);
        BinaryKernel divide = lowering.kernels().elementwise().binary(BinaryOp.DIV, type);
        double least = least(type);
        lowering.stepInPlace(0, run -> {
            Tensor x = run.input(0);
            int rank = x.shape().rank();
            int axis = OperatorAxes.of(axisAttribute, rank);
            Shape shape = x.shape().withDim(axis, 1);
            Tensor norms = Tensor.of(type, shape, run.scratch(type.bytes() * shape.elements()));
            Reductions.run(norm, run, x, OperatorAxes.flags(new long[] {axis}, rank), norms);
            atLeast.run(
                    norms.segment(),
                    0,
                    norms.segment(),
                    0,
                    Math.toIntExact(shape.elements()),
                    least,
                    Double.POSITIVE_INFINITY);
            BinaryLoop.run(divide, x, norms, run.output(0), run.workers());
        });
    }

    /** The least positive number of a type, by which zeros may be divided. */
    private static double least(DataType type) {
        return switch (type) {
            case FP16 -> 0x1p-24;
            case BF16 -> 0x1p-133;
            case FP32 -> Float.MIN_VALUE;
            default -> Double.MIN_VALUE;
        };
    }
}
