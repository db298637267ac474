package dev.nereid.models.operators.elementwise;

import dev.nereid.kernels.elementwise.BinaryKernel;
import dev.nereid.kernels.elementwise.BinaryOp;
import dev.nereid.kernels.elementwise.CastRule;
import dev.nereid.kernels.elementwise.ElementwiseKernels;
import dev.nereid.kernels.elementwise.UnaryKernel;
import dev.nereid.models.graph.TensorType;
import dev.nereid.models.lowering.Inference;
import dev.nereid.models.lowering.Lowering;
import dev.nereid.models.lowering.StepRun;
import dev.nereid.models.operators.IntegerTensors;
import dev.nereid.models.operators.Operator;
import dev.nereid.tensor.DataType;
import dev.nereid.tensor.Tensor;
import java.util.List;
import java.util.Optional;

/**
 * ONNX Pow: powers of the base's type. Since opset 12 the exponent may have a type of its own; unless both are
 * integers, such powers are computed as FP64. Squares, the most common powers, are products.
 */
public final class Pow implements Operator {
    @Override
    public List<TensorType> outputTypes(Inference inference) {
        DataType type = inference.type(0).dataType();
        DatatypeChecks.require(BinaryOp.POW.takes(type), inference, type);
        DatatypeChecks.require(
                BinaryOp.POW.takes(inference.type(1).dataType()),
                inference,
                inference.type(1).dataType());
        return List.of(Broadcasting.type(type, List.of(inference.type(0), BroadcastBeforeOpset7.right(inference))));
    }

    @Override
    public void lower(Lowering lowering) {
        DataType base = lowering.type(0).dataType();
        DataType exponent = lowering.type(1).dataType();
        ElementwiseKernels kernels = lowering.kernels().elementwise();
        if (base.isFloat() && isSquare(lowering)) {
            BinaryKernel product = kernels.binary(BinaryOp.MUL, base);
            lowering.stepInPlace(0, run -> {
                Tensor x = run.input(0);
                BinaryLoop.run(product, x, x, run.output(0), run.workers());
            });
        } else if (base == exponent) {
            BinaryKernel kernel = kernels.binary(BinaryOp.POW, base);
            BinaryOperator.inPlaceWhereAlike(
                    lowering, run -> power(lowering, run, kernel, run.input(0), run.input(1), run.output(0)));
        } else {
            DataType common = base.isInteger() && exponent.isInteger() ? DataType.INT64 : DataType.FP64;
            UnaryKernel baseCast = kernels.cast(base, common, CastRule.DEFAULT);
            UnaryKernel exponentCast = kernels.cast(exponent, common, CastRule.DEFAULT);
            BinaryKernel kernel = kernels.binary(BinaryOp.POW, common);
            UnaryKernel resultCast = kernels.cast(common, base, CastRule.DEFAULT);
            lowering.step(run -> {
                Tensor z = run.output(0);
                Tensor wide = Tensor.of(
                        common,
                        z.shape(),
                        run.scratch(common.bytes() * z.shape().elements()));
                Tensor x = widened(run, baseCast, run.input(0), common);
                Tensor y = widened(run, exponentCast, run.input(1), common);
                power(lowering, run, kernel, x, y, wide);
                Casts.run(resultCast, wide, z, run.workers());
            });
        }
    }

    /** Whether the exponent is the one number 2, in no more dims than the base has. */
    public static boolean isSquare(Inference node) {
        Optional<Tensor> exponent = node.constant(1);
        return exponent.isPresent()
                && exponent.get().shape().elements() == 1
                && node.type(0).hasRank()
                && exponent.get().shape().rank() <= node.type(0).rank()
                && isTwo(exponent.get());
    }

    private static boolean isTwo(Tensor exponent) {
        return exponent.dataType().isFloat()
                ? RealNumbers.first(exponent) == 2
                : IntegerTensors.read(exponent).orElseThrow()[0] == 2;
    }

    private static void power(Lowering lowering, StepRun run, BinaryKernel kernel, Tensor x, Tensor y, Tensor z) {
        BinaryLoop.run(
                kernel, x, x.shape(), y, BroadcastBeforeOpset7.right(lowering, x.shape(), y.shape()), z, run.workers());
    }

    private static Tensor widened(StepRun run, UnaryKernel cast, Tensor x, DataType common) {
        Tensor wide = Tensor.of(
                common, x.shape(), run.scratch(common.bytes() * x.shape().elements()));
        Casts.run(cast, x, wide, run.workers());
        return wide;
    }
}
