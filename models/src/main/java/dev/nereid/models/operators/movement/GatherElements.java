package dev.nereid.models.operators.movement;

import dev.nereid.models.ModelFormatException;
import dev.nereid.models.graph.TensorType;
import dev.nereid.models.lowering.Inference;
import dev.nereid.models.lowering.Lowering;
import dev.nereid.models.lowering.StepRun;
import dev.nereid.models.operators.Operator;
import dev.nereid.tensor.Shape;
import dev.nereid.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.util.List;

/** ONNX GatherElements: each output element from the same position of x, moved along {@code axis} to its index. */
final class GatherElements implements Operator {
    @Override
    public List<TensorType> outputTypes(Inference in) {
        TensorType x = in.type(0);
        TensorType indices = in.type(1);
        if (x.hasRank() && indices.hasRank() && x.rank() != indices.rank()) {
            throw new ModelFormatException("indices " + indices + " for a tensor " + x);
        }
        return List.of(indices.withDataType(x.dataType()));
    }

    @Override
    public void lower(Lowering lowering) {
        Elements elements = new Elements(lowering.kernels().layout());
        long axis = lowering.attributes().integer("axis", 0);
        lowering.step(run -> {
            Tensor x = run.input(0);
            Tensor indices = run.input(1);
            MemorySegment positions =
                    positions(run, indices, x.shape(), Axes.of(axis, x.shape().rank()));
            long count = indices.shape().elements();
            elements.gather(1, 1, x.shape().elements(), count, x, positions, run.output(0), run.workers());
        });
    }

    /** For each element of the index tensor the position in {@code shape} that it means. */
    static MemorySegment positions(StepRun run, Tensor indices, Shape shape, int axis) {
        if (indices.shape().rank() != shape.rank()) {
            throw new IllegalArgumentException("indices of the shape " + indices.shape() + " for a shape " + shape);
        }
        long count = indices.shape().elements();
        for (int i = 0; i < shape.rank(); i++) {
            if (i != axis && count > 0 && indices.shape().dim(i) > shape.dim(i)) {
                throw new IllegalArgumentException(
                        "indices of the shape " + indices.shape() + " reach beyond the shape " + shape);
            }
        }
        MemorySegment result = Elements.indices(run, count);
        long[] strides = shape.strides();
        Positions positions = new Positions(indices.shape());
        for (long i = 0; i < count; i++) {
            long target = 0;
            for (int a = 0; a < strides.length; a++) {
                long index =
                        a == axis ? Elements.normalized(Elements.raw(indices, i), shape.dim(axis)) : positions.at(a);
                target += index * strides[a];
            }
            Elements.index(result, i, target);
            positions.next();
        }
        return result;
    }
}
