package dev.nereid.models.operators.ml;

import dev.nereid.kernels.elementwise.CastRule;
import dev.nereid.kernels.elementwise.UnaryKernel;
import dev.nereid.models.ModelFormatException;
import dev.nereid.models.graph.Dim;
import dev.nereid.models.graph.TensorType;
import dev.nereid.models.lowering.Inference;
import dev.nereid.models.lowering.Lowering;
import dev.nereid.models.lowering.StepRun;
import dev.nereid.models.operators.Operator;
import dev.nereid.tensor.DataType;
import dev.nereid.tensor.Shape;
import dev.nereid.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * ONNX FeatureVectorizer: the rows of several inputs side by side as FP32. Each input [rows, ...] or [features] is as wide
 * as {@code inputdimensions} says, what it has beyond is left out, and what it lacks is 0.
 */
final class FeatureVectorizer implements Operator {
    @Override
    public List<TensorType> outputTypes(Inference inference) {
        long[] widths = widths(inference);
        TensorType first = inference.type(0);
        Dim rows = !first.hasRank() ? inference.unknownDim() : first.rank() < 2 ? Dim.of(1) : first.dim(0);
        return List.of(TensorType.of(
                DataType.FP32, List.of(rows, Dim.of(Arrays.stream(widths).sum()))));
    }

    @Override
    public void lower(Lowering lowering) {
        long[] widths = widths(lowering);
        List<UnaryKernel> casts = new ArrayList<>();
        for (int i = 0; i < widths.length; i++) {
            casts.add(lowering.kernels()
                    .elementwise()
                    .cast(lowering.type(i).dataType(), DataType.FP32, CastRule.DEFAULT));
        }
        lowering.step(run -> join(run, widths, casts));
    }

    private static void join(StepRun run, long[] widths, List<UnaryKernel> casts) {
        Tensor y = run.output(0);
        MemorySegment memory = y.segment();
        memory.asSlice(0, y.byteSize()).fill((byte) 0);
        long rows = y.shape().dim(0);
        long total = y.shape().dim(1);
        long column = 0;
        for (int i = 0; i < widths.length; i++) {
            Tensor x = run.input(i);
            Shape shape = x.shape();
            long features = shape.rank() < 2 ? shape.elements() : shape.elements(1, shape.rank());
            if ((shape.rank() < 2 ? 1 : shape.dim(0)) != rows) {
                throw new IllegalArgumentException("input " + i + ": expected " + rows + " rows, got shape " + shape);
            }
            int length = Math.toIntExact(Math.min(features, widths[i]));
            for (long row = 0; row < rows; row++) {
                long from = row * features * x.dataType().bytes();
                casts.get(i).run(x.segment(), from, memory, 4 * (row * total + column), length);
            }
            column += widths[i];
        }
    }

    private static long[] widths(Inference inference) {
        long[] widths = inference.attributes().integers("inputdimensions").orElse(new long[0]);
        if (widths.length != inference.inputs()) {
            throw new ModelFormatException("attribute 'inputdimensions': expected a number for each of "
                    + inference.inputs() + " inputs, got " + widths.length);
        }
        for (int i = 0; i < widths.length; i++) {
            if (widths[i] < 0) {
                throw new ModelFormatException("attribute 'inputdimensions': " + widths[i] + " is negative");
            }
            if (!MlOperators.FEATURES.contains(inference.type(i).dataType())) {
                throw new ModelFormatException("input " + i + ": expected one of " + MlOperators.FEATURES + ", got "
                        + inference.type(i).dataType());
            }
        }
        return widths;
    }
}
