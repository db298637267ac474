package dev.nereid.models.operators.elementwise;

import dev.nereid.kernels.elementwise.BinaryKernel;
import dev.nereid.kernels.elementwise.BinaryOp;
import dev.nereid.models.graph.TensorType;
import dev.nereid.models.lowering.Inference;
import dev.nereid.models.lowering.Lowering;
import dev.nereid.models.operators.Operator;
import dev.nereid.tensor.DataType;
import dev.nereid.tensor.Shape;
import dev.nereid.tensor.Tensor;
import java.util.Arrays;
import java.util.List;

/**
 * ONNX PRelu: x, below zero x * slope. The slope broadcasts to x: [batch, channels, ...], or, as ONNX Runtime has it, both to
 * a shape that they have in common; before opset 7 it has an element a channel, or one.
 */
public final class PRelu implements Operator {
    public static final int BROADCAST_OPSET = 7;

    @Override
    public List<TensorType> outputTypes(Inference inference) {
        DataType type = DatatypeChecks.sameDataType(inference, 0);
        DatatypeChecks.require(type.isFloat() || type.isInteger(), inference, type);
        return List.of(
                inference.opset() < BROADCAST_OPSET
                        ? inference.type(0)
                        : Broadcasting.type(type, List.of(inference.type(0), inference.type(1))));
    }

    @Override
    public void lower(Lowering lowering) {
        BinaryKernel kernel = lowering.kernels()
                .elementwise()
                .binary(BinaryOp.PRELU, lowering.type(0).dataType());
        boolean perChannel = lowering.opset() < BROADCAST_OPSET;
        BinaryOperator.inPlaceWhereAlike(lowering, run -> {
            Tensor x = run.input(0);
            Tensor slope = run.input(1);
            Shape shape = perChannel ? channels(slope.shape(), x.shape().rank()) : slope.shape();
            BinaryLoop.run(kernel, x, x.shape(), slope, shape, run.output(0), run.workers());
        });
    }

    public static Shape channels(Shape slope, int rank) {
        long[] dims = new long[Math.max(rank - 1, 1)];
        Arrays.fill(dims, 1);
        dims[0] = slope.elements();
        return Shape.of(dims);
    }
}
