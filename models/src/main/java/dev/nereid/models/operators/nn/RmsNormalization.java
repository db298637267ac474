package dev.nereid.models.operators.nn;

import dev.nereid.kernels.elementwise.CastRule;
import dev.nereid.kernels.elementwise.ElementwiseKernels;
import dev.nereid.kernels.elementwise.UnaryKernel;
import dev.nereid.kernels.reduce.NormKernel;
import dev.nereid.models.ModelFormatException;
import dev.nereid.models.graph.TensorType;
import dev.nereid.models.lowering.Inference;
import dev.nereid.models.lowering.Lowering;
import dev.nereid.models.lowering.StepRun;
import dev.nereid.models.operators.Operator;
import dev.nereid.models.operators.elementwise.Casts;
import dev.nereid.models.operators.elementwise.Parallel;
import dev.nereid.tensor.DataType;
import dev.nereid.tensor.Shape;
import dev.nereid.tensor.Tensor;
import java.util.List;

/**
 * ONNX RMSNormalization: the elements from {@code axis} on, divided by the root of their mean square, times a scale
 * that broadcasts to them.
 */
public final class RmsNormalization implements Operator {
    public static final int SCALE = 1;

    @Override
    public List<TensorType> outputTypes(Inference inference) {
        TensorType x = inference.type(0);
        if (!x.dataType().isFloat()) {
            throw new ModelFormatException("RMSNormalization takes no elements of " + x.dataType());
        }
        return List.of(x.withDataType(inference.type(SCALE).dataType()));
    }

    @Override
    public void lower(Lowering lowering) {
        DataType type = lowering.type(0).dataType();
        NormKernel kernel = lowering.kernels().reduce().norm(type);
        float epsilon = lowering.attributes().real("epsilon", 1e-5f);
        long axisAttribute = lowering.attributes().integer("axis", -1);
        if (lowering.type(SCALE).dataType() != type) {
            lowerMixed(lowering, epsilon, axisAttribute);
            return;
        }
        lowering.stepInPlace(0, run -> {
            Tensor x = run.input(0);
            int axis = OperatorAxes.of(axisAttribute, x.shape().rank());
            NormRows.Operand scale = NormRows.operand(run, SCALE, x.shape(), axis);
            normalize(run, kernel, epsilon, axis, x, scale, run.output(0));
        });
    }

    private static void normalize(
            StepRun run, NormKernel kernel, float epsilon, int axis, Tensor x, NormRows.Operand scale, Tensor y) {
        Shape shape = x.shape();
        int columns = Math.toIntExact(shape.elements(axis, shape.rank()));
        long bytes = (long) x.dataType().bytes() * columns;
        Parallel.rows(run.workers(), shape.elements(0, axis), columns, x.dataType(), (from, rows) -> {
            int together = scale.each() ? 1 : rows;
            for (int row = 0; row < rows; row += together) {
                long at = bytes * (from + row);
                kernel.rootMeanSquare(
                        x.segment(),
                        at,
                        scale.segment(),
                        scale.offset(at),
                        y.segment(),
                        at,
                        together,
                        columns,
                        epsilon);
            }
        });
    }

    /** A scale of another type than x, which then is that of y: all is computed in FP64. */
    private static void lowerMixed(Lowering lowering, float epsilon, long axisAttribute) {
        ElementwiseKernels kernels = lowering.kernels().elementwise();
        NormKernel kernel = lowering.kernels().reduce().norm(DataType.FP64);
        UnaryKernel widenX = kernels.cast(lowering.type(0).dataType(), DataType.FP64, CastRule.DEFAULT);
        DataType type = lowering.type(SCALE).dataType();
        UnaryKernel widenScale = kernels.cast(type, DataType.FP64, CastRule.DEFAULT);
        UnaryKernel narrow = kernels.cast(DataType.FP64, type, CastRule.DEFAULT);
        lowering.step(run -> {
            Tensor x = wide(run, run.input(0).shape());
            Casts.run(widenX, run.input(0), x, run.workers());
            int axis = OperatorAxes.of(axisAttribute, x.shape().rank());
            NormRows.Operand own = NormRows.operand(run, SCALE, x.shape(), axis);
            long elements = own.each()
                    ? x.shape().elements()
                    : x.shape().elements(axis, x.shape().rank());
            Tensor scale = wide(run, Shape.of(elements));
            Casts.run(widenScale, Tensor.of(type, Shape.of(elements), own.segment()), scale, run.workers());
            normalize(run, kernel, epsilon, axis, x, new NormRows.Operand(scale.segment(), own.each()), x);
            Casts.run(narrow, x, run.output(0), run.workers());
        });
    }

    private static Tensor wide(StepRun run, Shape shape) {
        return Tensor.of(DataType.FP64, shape, run.scratch(8 * shape.elements()));
    }
}
