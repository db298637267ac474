package dev.nereid.models.operators.movement;

import dev.nereid.models.ModelFormatException;
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
import java.util.Arrays;
import java.util.List;

/** ONNX GatherElements: each output element from the same position of x, moved along {@code axis} to its index. */
public final class GatherElements implements Operator {
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
        ElementMover elements = new ElementMover(lowering.kernels().layout());
        long axis = lowering.attributes().integer("axis", 0);
        lowering.step(run -> {
            Tensor x = run.input(0);
            Tensor indices = run.input(1);
            int normal = AxisArguments.of(axis, x.shape().rank());
            if (x.dataType() == DataType.STRING) {
                MemorySegment positions = positions(run, indices, x.shape(), normal);
                long count = indices.shape().elements();
                elements.gather(1, 1, x.shape().elements(), count, x, positions, run.output(0), run.workers());
                return;
            }
            require(indices.shape(), x.shape(), normal);
            elements.kernels()
                    .gatherElements(
                            x.dataType().bytes(),
                            indices.shape().dims(),
                            x.shape().strides(),
                            normal,
                            x.shape().dim(normal),
                            indices.dataType().bytes(),
                            x.segment(),
                            indices.segment(),
                            run.output(0).segment(),
                            run.workers());
        });
    }

    /** Checks that indices lie inside of a shape but for one axis. */
    public static void require(Shape indices, Shape shape, int axis) {
        if (indices.rank() != shape.rank()) {
            throw new IllegalArgumentException("indices of the shape " + indices + " for a shape " + shape);
        }
        for (int i = 0; i < shape.rank(); i++) {
            if (i != axis && indices.elements() > 0 && indices.dim(i) > shape.dim(i)) {
                throw new IllegalArgumentException(
                        "indices of the shape " + indices + " reach beyond the shape " + shape);
            }
        }
    }

    /** For each element of the index tensor the position in {@code shape} that it means. */
    static MemorySegment positions(StepRun run, Tensor indices, Shape shape, int axis) {
        require(indices.shape(), shape, axis);
        long count = indices.shape().elements();
        MemorySegment result = ElementMover.indices(run, count);
        int last = shape.rank() - 1;
        long[] strides = shape.strides();
        long columns = indices.shape().dim(last);
        Row row = new Row(indices, shape.dim(axis), strides[axis], axis == last ? 0 : 1, columns);
        IndexWalk rows = new IndexWalk(Shape.of(Arrays.copyOf(indices.shape().dims(), last)));
        for (long first = 0; first < count; first += columns) {
            long base = 0;
            for (int outer = 0; outer < last; outer++) {
                base += outer == axis ? 0 : rows.at(outer) * strides[outer];
            }
            if (indices.dataType() == DataType.INT32) {
                row.ofInts(first, base, result);
            } else {
                row.ofLongs(first, base, result);
            }
            rows.next();
        }
        return result;
    }

    /**
     * Rows of indices, as positions from the row's base on.
     *
     * @param extent of the axis that the indices are of, {@code stride} apart
     * @param step from a column's position to the next one's
     */
    private record Row(Tensor indices, long extent, long stride, long step, long columns) {
        void ofInts(long first, long base, MemorySegment result) {
            MemorySegment from = indices.segment();
            for (long i = 0; i < columns; i++) {
                long index = from.get(ValueLayout.JAVA_INT_UNALIGNED, 4 * (first + i));
                ElementMover.index(
                        result, first + i, base + ElementMover.normalized(index, extent) * stride + i * step);
            }
        }

        void ofLongs(long first, long base, MemorySegment result) {
            MemorySegment from = indices.segment();
            for (long i = 0; i < columns; i++) {
                long index = from.get(ValueLayout.JAVA_LONG_UNALIGNED, 8 * (first + i));
                ElementMover.index(
                        result, first + i, base + ElementMover.normalized(index, extent) * stride + i * step);
            }
        }
    }
}
