package dev.nereid.models.operators.movement;

import dev.nereid.models.graph.Dim;
import dev.nereid.models.graph.TensorType;
import dev.nereid.models.lowering.Inference;
import dev.nereid.models.lowering.Lowering;
import dev.nereid.models.lowering.StepRun;
import dev.nereid.models.operators.Operator;
import dev.nereid.tensor.Shape;
import dev.nereid.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** ONNX Compress: the slices along {@code axis}, or the elements of the flattened input, whose condition is true. */
final class Compress implements Operator {
    @Override
    public List<TensorType> outputTypes(Inference in) {
        TensorType x = in.type(0);
        Optional<Long> axis = in.attributes().integer("axis");
        if (axis.isEmpty()) {
            return List.of(TensorType.of(x.dataType(), AxisArguments.unknown(in, 1)));
        }
        if (!x.hasRank()) {
            return List.of(x);
        }
        List<Dim> dims = new ArrayList<>(x.dims().orElseThrow());
        dims.set(AxisArguments.of(axis.get(), x.rank()), in.unknownDim());
        return List.of(TensorType.of(x.dataType(), dims));
    }

    @Override
    public void lower(Lowering lowering) {
        ElementMover elements = new ElementMover(lowering.kernels().layout());
        Optional<Long> axis = lowering.attributes().integer("axis");
        lowering.step(run -> {
            Tensor x = run.input(0);
            Shape flat = Shape.of(x.shape().elements());
            if (axis.isPresent()) {
                compress(run, x, AxisArguments.of(axis.get(), x.shape().rank()), elements);
            } else {
                compress(run, x.withShape(flat), 0, elements);
            }
        });
    }

    private static void compress(StepRun run, Tensor x, int axis, ElementMover elements) {
        Tensor condition = run.input(1);
        long extent = x.shape().dim(axis);
        MemorySegment picked = ElementMover.indices(run, extent);
        long count = 0;
        for (long i = 0; i < Math.min(extent, condition.shape().elements()); i++) {
            if (condition.segment().get(ValueLayout.JAVA_BYTE, i) != 0) {
                ElementMover.index(picked, count++, i);
            }
        }
        Tensor y = run.allocate(0, x.shape().withDim(axis, count));
        long block = x.shape().elements(axis + 1, x.shape().rank());
        elements.gather(block, x.shape().elements(0, axis), extent, count, x, picked, y, run.workers());
    }
}
