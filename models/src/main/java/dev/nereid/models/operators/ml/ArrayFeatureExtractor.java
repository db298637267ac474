package dev.nereid.models.operators.ml;

import dev.nereid.kernels.layout.LayoutKernels;
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
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;

/**
 * ONNX ArrayFeatureExtractor: the elements of the last axis that the indices in input 1, INT64 of any shape, name. A
 * single row [features] gives [1, indices].
 */
final class ArrayFeatureExtractor implements Operator {
    private static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG_UNALIGNED;

    @Override
    public List<TensorType> outputTypes(Inference inference) {
        TensorType x = inference.type(0);
        if (!x.hasRank()) {
            return List.of(x);
        }
        if (x.rank() == 0) {
            throw new ModelFormatException("input 0: expected at least one axis, got a scalar");
        }
        TensorType indices = inference.type(1);
        Dim count = indices.dims().map(Dim::product).orElseGet(inference::unknownDim);
        List<Dim> dims = new ArrayList<>(x.dims().orElseThrow());
        dims.set(x.rank() - 1, count);
        if (x.rank() == 1) {
            dims.addFirst(Dim.of(1));
        }
        return List.of(TensorType.of(x.dataType(), dims));
    }

    @Override
    public void lower(Lowering lowering) {
        LayoutKernels kernels = lowering.kernels().layout();
        lowering.step(run -> extract(run, kernels));
    }

    private static void extract(StepRun run, LayoutKernels kernels) {
        Tensor x = run.input(0);
        Tensor y = run.output(0);
        Shape shape = x.shape();
        long extent = shape.dim(-1);
        long rows = shape.elements(0, shape.rank() - 1);
        MemorySegment indices = run.input(1).segment();
        long count = run.input(1).shape().elements();
        for (long i = 0; i < count; i++) {
            long index = indices.get(LONG, 8 * i);
            if (index < 0 || index >= extent) {
                throw new IllegalArgumentException(
                        "input 1: index " + index + " is outside the last axis of input 0, of shape " + shape);
            }
        }
        if (x.dataType() != DataType.STRING) {
            int bytes = x.dataType().bytes();
            kernels.gather(bytes, rows, extent, count, x.segment(), indices, y.segment(), run.workers());
            return;
        }
        for (long row = 0; row < rows; row++) {
            for (long i = 0; i < count; i++) {
                y.strings()[(int) (row * count + i)] = x.strings()[(int) (row * extent + indices.get(LONG, 8 * i))];
            }
        }
    }
}
