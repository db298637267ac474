package dev.nereid.models.operators.nn;

import dev.nereid.kernels.reduce.NormKernel;
import dev.nereid.models.ModelFormatException;
import dev.nereid.models.graph.Dim;
import dev.nereid.models.graph.TensorType;
import dev.nereid.models.lowering.Inference;
import dev.nereid.models.lowering.Lowering;
import dev.nereid.models.lowering.StepRun;
import dev.nereid.models.operators.DimChecks;
import dev.nereid.models.operators.Operator;
import dev.nereid.models.operators.elementwise.Parallel;
import dev.nereid.models.operators.elementwise.RealNumbers;
import dev.nereid.tensor.DataType;
import dev.nereid.tensor.Shape;
import dev.nereid.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.function.IntUnaryOperator;

/**
 * ONNX LayerNormalization: the elements from {@code axis} on, brought to a mean of 0 and a variance of 1, times scale
 * plus bias, which broadcast to x. Outputs 1 and 2 are the mean and 1 / deviation.
 *
 * @param residual whether a fourth input is added to x first (an operator that only passes emit)
 */
public record LayerNormalization(boolean residual) implements Operator {
    public static final int SCALE = 1;
    public static final int BIAS = 2;
    private static final int RESIDUAL = 3;

    @Override
    public List<TensorType> outputTypes(Inference inference) {
        TensorType x = inference.type(0);
        if (!x.dataType().isFloat()) {
            throw new ModelFormatException(inference.node().operator() + " takes no elements of " + x.dataType());
        }
        if (x.hasRank()) {
            List<Dim> row = x.dims().orElseThrow().subList(axis(inference, x.rank()), x.rank());
            for (int input : new int[] {SCALE, BIAS}) {
                if (inference.has(input)
                        && inference.type(input).hasRank()
                        && inference.type(input).rank() <= row.size()) {
                    DimChecks.broadcasts("input " + input, inference.type(input), row);
                }
            }
        }
        List<TensorType> types = new ArrayList<>(List.of(x));
        for (int output = 1; output < inference.node().outputs().size(); output++) {
            types.add(statisticsType(x, rank -> axis(inference, rank)));
        }
        return types.stream().toList();
    }

    /** The type of a number for each row, in FP32 or wider; {@code axis} tells from a rank where rows begin. */
    public static TensorType statisticsType(TensorType x, IntUnaryOperator axis) {
        DataType type = x.dataType() == DataType.FP64 ? DataType.FP64 : DataType.FP32;
        if (!x.hasRank()) {
            return TensorType.ofUnknownRank(type);
        }
        List<Dim> dims = new ArrayList<>(x.dims().orElseThrow());
        int first = axis.applyAsInt(x.rank());
        Collections.fill(dims.subList(first, dims.size()), Dim.of(1));
        return TensorType.of(type, dims);
    }

    public static int axis(Inference inference, int rank) {
        return OperatorAxes.of(inference.attributes().integer("axis", -1), rank);
    }

    @Override
    public void lower(Lowering lowering) {
        NormKernel kernel = lowering.kernels().reduce().norm(lowering.type(0).dataType());
        float epsilon = lowering.attributes().real("epsilon", 1e-5f);
        if (lowering.wants(1) || lowering.wants(2)) {
            lowering.step(run -> {
                statistics(lowering, run, kernel, epsilon);
                normalize(lowering, run, kernel, epsilon);
            });
        } else {
            lowering.stepInPlace(0, run -> normalize(lowering, run, kernel, epsilon));
        }
    }

    private void normalize(Inference inference, StepRun run, NormKernel kernel, float epsilon) {
        Tensor x = run.input(0);
        Shape shape = x.shape();
        int axis = axis(inference, shape.rank());
        int columns = Math.toIntExact(shape.elements(axis, shape.rank()));
        DataType type = x.dataType();
        long bytes = (long) type.bytes() * columns;
        NormRows.Operand scale = NormRows.operand(run, SCALE, shape, axis);
        NormRows.Operand bias = run.has(BIAS)
                ? NormRows.operand(run, BIAS, shape, axis)
                : new NormRows.Operand(NormRows.zeros(run, bytes), false);
        MemorySegment y = run.output(0).segment();
        boolean each = scale.each() || bias.each();
        Parallel.rows(run.workers(), shape.elements(0, axis), columns, type, (from, rows) -> {
            int together = each ? 1 : rows;
            for (int row = 0; row < rows; row += together) {
                long at = bytes * (from + row);
                MemorySegment factors = scale.segment();
                long factorsAt = scale.offset(at);
                MemorySegment addends = bias.segment();
                long addendsAt = bias.offset(at);
                if (residual) {
                    MemorySegment other = run.input(RESIDUAL).segment();
                    kernel.layerOfSum(
                            x.segment(),
                            at,
                            other,
                            at,
                            factors,
                            factorsAt,
                            addends,
                            addendsAt,
                            y,
                            at,
                            together,
                            columns,
                            epsilon);
                } else {
                    kernel.layer(
                            x.segment(), at, factors, factorsAt, addends, addendsAt, y, at, together, columns, epsilon);
                }
            }
        });
    }

    private static void statistics(Inference inference, StepRun run, NormKernel kernel, float epsilon) {
        Tensor x = run.input(0);
        Shape shape = x.shape();
        int axis = axis(inference, shape.rank());
        int columns = Math.toIntExact(shape.elements(axis, shape.rank()));
        int rows = Math.toIntExact(shape.elements(0, axis));
        MemorySegment statistics = run.scratch(16L * rows);
        kernel.statistics(x.segment(), 0, statistics, 0, rows, columns, epsilon);
        for (int output = 1; output <= 2; output++) {
            if (run.wants(output)) {
                for (int row = 0; row < rows; row++) {
                    double value = statistics.get(ValueLayout.JAVA_DOUBLE, 16L * row + 8L * (output - 1));
                    RealNumbers.set(run.output(output), row, value);
                }
            }
        }
    }
}
