package dev.nereid.models.operators.movement;

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
import java.util.List;

/** ONNX NonZero: the positions of all elements that are not zero, one column each: [rank, count] INT64. */
final class NonZero implements Operator {
    @Override
    public List<TensorType> outputTypes(Inference in) {
        TensorType x = in.type(0);
        Dim rank = x.hasRank() ? Dim.of(Math.max(1, x.rank())) : in.unknownDim();
        return List.of(TensorType.of(DataType.INT64, List.of(rank, in.unknownDim())));
    }

    @Override
    public void lower(Lowering lowering) {
        lowering.step(NonZero::run);
    }

    private static void run(StepRun run) {
        Tensor x = run.input(0);
        long elements = x.shape().elements();
        MemorySegment found = ElementMover.indices(run, elements);
        long count = 0;
        for (long i = 0; i < elements; i++) {
            if (!isZero(x, i)) {
                ElementMover.index(found, count++, i);
            }
        }
        // A scalar is a vector of one.
        Shape shape = x.shape().rank() == 0 ? Shape.of(1) : x.shape();
        int rank = shape.rank();
        long[] strides = shape.strides();
        MemorySegment y = run.allocate(0, Shape.of(rank, count)).segment();
        for (int axis = 0; axis < rank; axis++) {
            for (long i = 0; i < count; i++) {
                long index = ElementMover.index(found, i) / strides[axis] % shape.dim(axis);
                y.set(ValueLayout.JAVA_LONG_UNALIGNED, 8 * (axis * count + i), index);
            }
        }
    }

    private static boolean isZero(Tensor x, long i) {
        return switch (x.dataType()) {
            case STRING -> x.strings()[(int) i].length == 0;
            case FP16, BF16, FP32, FP64 -> ScalarElements.real(x, i) == 0;
            default -> ScalarElements.integer(x, i) == 0;
        };
    }
}
