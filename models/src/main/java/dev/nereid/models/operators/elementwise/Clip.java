package dev.nereid.models.operators.elementwise;

import dev.nereid.kernels.elementwise.BinaryKernel;
import dev.nereid.kernels.elementwise.BinaryOp;
import dev.nereid.kernels.elementwise.UnaryKernel;
import dev.nereid.kernels.elementwise.UnaryOp;
import dev.nereid.models.graph.Attributes;
import dev.nereid.models.graph.TensorType;
import dev.nereid.models.lowering.Inference;
import dev.nereid.models.lowering.Lowering;
import dev.nereid.models.lowering.StepRun;
import dev.nereid.models.operators.Operator;
import dev.nereid.tensor.DataType;
import dev.nereid.tensor.Tensor;
import java.util.List;

/** ONNX Clip: at least a minimum, then at most a maximum; scalar inputs since opset 11, before that attributes. */
public final class Clip implements Operator {
    public static final int MINIMUM = 1;
    public static final int MAXIMUM = 2;

    @Override
    public List<TensorType> outputTypes(Inference inference) {
        DataType type = DatatypeChecks.sameDataType(inference, 0);
        DatatypeChecks.require(BinaryOp.MAX.takes(type), inference, type);
        return List.of(inference.type(0));
    }

    @Override
    public void lower(Lowering lowering) {
        DataType type = lowering.type(0).dataType();
        if (type.isFloat()) {
            lowerReal(lowering, type);
        } else {
            lowerInteger(lowering, type);
        }
    }

    private static void lowerReal(Lowering lowering, DataType type) {
        Attributes attributes = lowering.attributes();
        double lowest = attributes.real("min", Float.NEGATIVE_INFINITY);
        double highest = attributes.real("max", Float.POSITIVE_INFINITY);
        UnaryKernel kernel = lowering.kernels().elementwise().unary(UnaryOp.CLIP, type);
        long bytes = type.bytes();
        lowering.stepInPlace(0, run -> {
            double low = run.has(MINIMUM) ? RealNumbers.first(run.input(MINIMUM)) : lowest;
            double high = run.has(MAXIMUM) ? RealNumbers.first(run.input(MAXIMUM)) : highest;
            Tensor x = run.input(0);
            Tensor y = run.output(0);
            Parallel.elements(
                    run.workers(),
                    x.shape().elements(),
                    type,
                    (from, length) ->
                            kernel.run(x.segment(), bytes * from, y.segment(), bytes * from, length, low, high));
        });
    }

    private static void lowerInteger(Lowering lowering, DataType type) {
        BinaryKernel atLeast = lowering.kernels().elementwise().binary(BinaryOp.MAX, type);
        BinaryKernel atMost = lowering.kernels().elementwise().binary(BinaryOp.MIN, type);
        if (!lowering.has(MINIMUM) && !lowering.has(MAXIMUM)) {
            lowering.alias(0, 0);
            return;
        }
        lowering.stepInPlace(0, run -> {
            Tensor clipped = bound(run, atLeast, run.input(0), MINIMUM);
            bound(run, atMost, clipped, MAXIMUM);
        });
    }

    private static Tensor bound(StepRun run, BinaryKernel kernel, Tensor x, int input) {
        if (!run.has(input)) {
            return x;
        }
        Tensor y = run.output(0);
        Tensor bound = run.input(input);
        long bytes = x.dataType().bytes();
        Parallel.elements(
                run.workers(),
                x.shape().elements(),
                x.dataType(),
                (from, length) -> kernel.rightScalar(
                        x.segment(), bytes * from, bound.segment(), 0, y.segment(), bytes * from, length));
        return y;
    }
}
