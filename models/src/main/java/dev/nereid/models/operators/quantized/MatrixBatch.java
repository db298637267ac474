package dev.nereid.models.operators.quantized;

import dev.nereid.models.ModelFormatException;
import dev.nereid.models.graph.Dim;
import dev.nereid.models.graph.TensorType;
import dev.nereid.tensor.DataType;
import dev.nereid.tensor.Shape;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * The matrices that ONNX MatMul multiplies: the last two axes of each operand, the others broadcast; a vector is a row
 * on the left and a column on the right.
 *
 * @param left which matrix of the left operand each product takes
 * @param right which matrix of the right operand each product takes
 */
@SuppressWarnings("ArrayRecordComponent")
record MatrixBatch(int m, int k, int n, int[] left, int[] right) {
    /** The number of products. */
    int count() {
        return left.length;
    }

    /** The batch for operands of these shapes. */
    static MatrixBatch of(Shape a, Shape b) {
        int k = Math.toIntExact(a.dim(-1));
        int m = a.rank() == 1 ? 1 : Math.toIntExact(a.dim(-2));
        int n = b.rank() == 1 ? 1 : Math.toIntExact(b.dim(-1));
        long bRows = b.rank() == 1 ? b.dim(0) : b.dim(-2);
        if (bRows != k) {
            throw new ModelFormatException("expected matrices that fit, got shapes " + a + " and " + b);
        }
        int axes = Math.max(Math.max(a.rank(), b.rank()) - 2, 0);
        long[] extents = new long[axes];
        int count = 1;
        for (int axis = 0; axis < axes; axis++) {
            long aDim = batchDim(a, axes, axis);
            long bDim = batchDim(b, axes, axis);
            if (aDim != bDim && aDim != 1 && bDim != 1) {
                throw new ModelFormatException("expected shapes that broadcast, got " + a + " and " + b);
            }
            extents[axis] = aDim == 1 ? bDim : aDim;
            count = Math.toIntExact(count * extents[axis]);
        }
        return new MatrixBatch(m, k, n, matrices(a, extents, count), matrices(b, extents, count));
    }

    /** The type of the product of operands of these types. */
    static TensorType outputType(TensorType a, TensorType b, DataType dataType) {
        if (!a.hasRank() || !b.hasRank()) {
            return TensorType.ofUnknownRank(dataType);
        }
        if (a.rank() == 0 || b.rank() == 0) {
            throw new ModelFormatException("expected matrices or vectors, got " + a + " and " + b);
        }
        List<Dim> dims = new ArrayList<>();
        int axes = Math.max(Math.max(a.rank(), b.rank()) - 2, 0);
        for (int axis = 0; axis < axes; axis++) {
            dims.add(Dim.broadcast(batchDim(a, axes, axis), batchDim(b, axes, axis)));
        }
        if (a.rank() > 1) {
            dims.add(a.dim(-2));
        }
        if (b.rank() > 1) {
            dims.add(b.dim(-1));
        }
        return new TensorType(dataType, Optional.of(dims));
    }

    /** The one product that all are where they share the right operand: their left rows one below the other. */
    Optional<MatrixBatch> stacked() {
        for (int i = 0; i < count(); i++) {
            if (left[i] != i || right[i] != 0) {
                return Optional.empty();
            }
        }
        return Optional.of(new MatrixBatch(Math.multiplyExact(m, count()), k, n, new int[] {0}, new int[] {0}));
    }

    private static int[] matrices(Shape shape, long[] extents, int count) {
        int[] matrices = new int[count];
        long[] index = new long[extents.length];
        for (int i = 0; i < count; i++) {
            long matrix = 0;
            for (int axis = 0; axis < extents.length; axis++) {
                long dim = batchDim(shape, extents.length, axis);
                matrix = matrix * dim + (dim == 1 ? 0 : index[axis]);
            }
            matrices[i] = (int) matrix;
            for (int axis = extents.length - 1; axis >= 0 && ++index[axis] == extents[axis]; axis--) {
                index[axis] = 0;
            }
        }
        return matrices;
    }

    private static long batchDim(Shape shape, int axes, int axis) {
        int own = axis - (axes - Math.max(shape.rank() - 2, 0));
        return own < 0 ? 1 : shape.dim(own);
    }

    private static Dim batchDim(TensorType type, int axes, int axis) {
        int own = axis - (axes - Math.max(type.rank() - 2, 0));
        return own < 0 ? Dim.of(1) : type.dim(own);
    }
}
