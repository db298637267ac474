package dev.nereid.models.operators.linear;

import dev.nereid.models.ModelFormatException;
import dev.nereid.models.graph.Dim;
import dev.nereid.models.graph.TensorType;
import dev.nereid.tensor.Shape;
import java.util.ArrayList;
import java.util.List;

/**
 * How two tensors multiply as NumPy's matmul has it: the last two axes are matrices, those before them are a batch and
 * broadcast; a tensor of rank 1 is a row on the left and a column on the right, and that axis is left out of the result.
 *
 * @param m rows of a left matrix
 * @param k columns of a left matrix
 * @param n columns of a right matrix
 * @param aOffsets for every product of the batch the element at which its left matrix begins
 * @param bOffsets the same of its right matrix
 */
@SuppressWarnings("ArrayRecordComponent")
public record MatMulShape(int m, int k, int n, long[] aOffsets, long[] bOffsets) {

    /** The type of the product. */
    public static TensorType type(TensorType a, TensorType b) {
        if (a.dataType() != b.dataType()) {
            throw new ModelFormatException("expected matrices of one datatype, got " + a + " and " + b);
        }
        if (!a.hasRank() || !b.hasRank()) {
            return TensorType.ofUnknownRank(a.dataType());
        }
        if (a.rank() == 0 || b.rank() == 0) {
            throw new ModelFormatException("expected matrices, got " + a + " and " + b);
        }
        Dim left = a.dim(-1);
        Dim right = b.dim(b.rank() == 1 ? 0 : -2);
        if (left.isKnown() && right.isKnown() && !left.equals(right)) {
            throw new ModelFormatException("expected as many columns of " + a + " as rows of " + b);
        }
        int batchRank = Math.max(a.rank(), b.rank()) - 2;
        List<Dim> dims = new ArrayList<>();
        for (int axis = -batchRank; axis < 0; axis++) {
            dims.add(Dim.broadcast(batchDim(a, axis), batchDim(b, axis)));
        }
        if (a.rank() > 1) {
            dims.add(a.dim(-2));
        }
        if (b.rank() > 1) {
            dims.add(b.dim(-1));
        }
        return TensorType.of(a.dataType(), dims);
    }

    /** How two tensors of known shapes multiply. */
    public static MatMulShape of(Shape a, Shape b) {
        int m = a.rank() == 1 ? 1 : Math.toIntExact(a.dim(-2));
        int k = Math.toIntExact(a.dim(-1));
        int n = b.rank() == 1 ? 1 : Math.toIntExact(b.dim(-1));
        if (b.dim(b.rank() == 1 ? 0 : -2) != k) {
            throw new IllegalArgumentException("expected as many columns of " + a + " as rows of " + b);
        }
        int batchRank = Math.max(0, Math.max(a.rank(), b.rank()) - 2);
        long[] batch = new long[batchRank];
        int count = 1;
        for (int axis = 0; axis < batchRank; axis++) {
            long left = batchDim(a, axis - batchRank);
            long right = batchDim(b, axis - batchRank);
            if (left != right && left != 1 && right != 1) {
                throw new IllegalArgumentException("expected batches that broadcast, got " + a + " and " + b);
            }
            batch[axis] = left == 1 ? right : left;
            count = Math.toIntExact(count * batch[axis]);
        }
        return new MatMulShape(m, k, n, offsets(a, batch, count, (long) m * k), offsets(b, batch, count, (long) k * n));
    }

    /** For every product the element at which it begins: they lie one behind the other. */
    public long[] cOffsets() {
        return dense(aOffsets.length, (long) m * n);
    }

    private static long[] dense(int count, long matrix) {
        long[] offsets = new long[count];
        for (int i = 0; i < count; i++) {
            offsets[i] = i * matrix;
        }
        return offsets;
    }

    private static long[] offsets(Shape shape, long[] batch, int count, long matrix) {
        if (shape.elements() == count * matrix) {
            return dense(count, matrix);
        }
        long[] offsets = new long[count];
        for (int i = 0; i < count; i++) {
            long rest = i;
            long stride = matrix;
            for (int axis = batch.length - 1; axis >= 0; axis--) {
                long dim = batchDim(shape, axis - batch.length);
                long index = rest % batch[axis];
                rest /= batch[axis];
                offsets[i] += dim == 1 ? 0 : index * stride;
                stride *= dim;
            }
        }
        return offsets;
    }

    private static Dim batchDim(TensorType type, int axis) {
        int index = type.rank() - 2 + axis;
        return index < 0 ? Dim.of(1) : type.dim(index);
    }

    private static long batchDim(Shape shape, int axis) {
        int index = shape.rank() - 2 + axis;
        return index < 0 ? 1 : shape.dim(index);
    }
}
