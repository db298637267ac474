package dev.nereid.models.operators.nn;

import dev.nereid.kernels.elementwise.UnaryKernel;
import dev.nereid.kernels.elementwise.UnaryOp;
import dev.nereid.kernels.reduce.NormKernel;
import dev.nereid.models.ModelFormatException;
import dev.nereid.models.graph.TensorType;
import dev.nereid.models.lowering.Inference;
import dev.nereid.models.lowering.Lowering;
import dev.nereid.models.operators.Operator;
import dev.nereid.tensor.DataType;
import dev.nereid.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;

/** ONNX MeanVarianceNormalization: {@code (x - mean) / (deviation + 1e-9)} along the named axes. */
final class MeanVarianceNormalization implements Operator {
    private static final long[] WHEN_ABSENT = {0, 2, 3};
    private static final double EPSILON = 1e-9;

    @Override
    public List<TensorType> outputTypes(Inference inference) {
        TensorType x = inference.type(0);
        if (!x.dataType().isFloat()) {
            throw new ModelFormatException("MeanVarianceNormalization takes no elements of " + x.dataType());
        }
        return List.of(x);
    }

    @Override
    public void lower(Lowering lowering) {
        DataType type = lowering.type(0).dataType();
        int bytes = type.bytes();
        long[] axes = lowering.attributes().integers("axes").orElse(WHEN_ABSENT);
        NormKernel norm = lowering.kernels().reduce().norm(type);
        UnaryKernel affine = lowering.kernels().elementwise().unary(UnaryOp.AFFINE, type);
        lowering.step(run -> {
            Tensor x = run.input(0);
            AxisGroups rows = AxisGroups.rows(
                    x.shape(), OperatorAxes.flags(axes, x.shape().rank()));
            int columns = rows.reduced();
            MemorySegment source = rows.gather(run, x.segment(), bytes);
            MemorySegment y = run.output(0).segment();
            MemorySegment target = rows.needsGathering() ? source : y;
            MemorySegment statistics = run.scratch(16L * rows.outer());
            norm.statistics(source, 0, statistics, 0, rows.outer(), columns, 0);
            for (int row = 0; row < rows.outer(); row++) {
                double mean = statistics.get(ValueLayout.JAVA_DOUBLE, 16L * row);
                double deviation = 1 / statistics.get(ValueLayout.JAVA_DOUBLE, 16L * row + 8);
                double factor = 1 / (deviation + EPSILON);
                long at = (long) bytes * row * columns;
                affine.run(source, at, target, at, columns, factor, -mean * factor);
            }
            if (rows.needsGathering()) {
                rows.scatter(target, y, bytes);
            }
        });
    }
}
