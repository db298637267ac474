package dev.nereid.models.operators;

import dev.nereid.models.ModelFormatException;
import dev.nereid.tensor.DataType;
import dev.nereid.tensor.Shape;
import dev.nereid.tensor.Tensor;
import java.lang.foreign.MemorySegment;

/**
 * Pieces of a tensor along one axis, seen as [outer, extent, inner]: how tensors are taken apart for, and put together
 * from, the elements of sequences and the steps of loops.
 */
public final class AxisPieces {
    private AxisPieces() {}

    /**
     * Copies {@code count} places of an axis from one tensor to another.
     *
     * @param from x: [outer, from extent, inner]
     * @param to y: [outer, to extent, inner]
     * @throws IllegalArgumentException if datatypes, outer or inner sizes differ or the places are not there
     */
    public static void copy(
            Tensor from, int fromAxis, long fromPlace, Tensor to, int toAxis, long toPlace, long count) {
        Shape x = from.shape();
        Shape y = to.shape();
        long outer = x.elements(0, fromAxis);
        long inner = x.elements(fromAxis + 1, x.rank());
        boolean fits = from.dataType() == to.dataType()
                && outer == y.elements(0, toAxis)
                && inner == y.elements(toAxis + 1, y.rank())
                && isInside(fromPlace, count, x.dim(fromAxis))
                && isInside(toPlace, count, y.dim(toAxis));
        if (!fits) {
            throw new IllegalArgumentException(count + " places from " + fromPlace + " at axis " + fromAxis + " of "
                    + from.dataType() + x + " do not fit place " + toPlace + " at axis " + toAxis + " of "
                    + to.dataType() + y);
        }
        long fromRow = x.dim(fromAxis) * inner;
        long toRow = y.dim(toAxis) * inner;
        for (long row = 0; row < outer; row++) {
            copyElements(from, row * fromRow + fromPlace * inner, to, row * toRow + toPlace * inner, count * inner);
        }
    }

    /** Copies {@code count} elements; the callers have checked that they are there. */
    private static void copyElements(Tensor from, long fromElement, Tensor to, long toElement, long count) {
        if (from.dataType() == DataType.STRING) {
            System.arraycopy(from.strings(), (int) fromElement, to.strings(), (int) toElement, (int) count);
        } else {
            int bytes = from.dataType().bytes();
            MemorySegment.copy(from.segment(), fromElement * bytes, to.segment(), toElement * bytes, count * bytes);
        }
    }

    /** Copies a whole tensor over one place of an axis of another one, which has one axis more. */
    public static void place(Tensor element, Tensor to, int axis, long place) {
        copy(element.withShape(with(element.shape(), axis, 1)), axis, 0, to, axis, place, 1);
    }

    /** The shape with a further axis. */
    public static Shape with(Shape shape, int axis, long extent) {
        long[] dims = new long[shape.rank() + 1];
        for (int i = 0; i < dims.length; i++) {
            dims[i] = i < axis ? shape.dim(i) : i == axis ? extent : shape.dim(i - 1);
        }
        return Shape.of(dims);
    }

    /** The shape without an axis. */
    public static Shape without(Shape shape, int axis) {
        long[] dims = new long[shape.rank() - 1];
        for (int i = 0; i < dims.length; i++) {
            dims[i] = shape.dim(i < axis ? i : i + 1);
        }
        return Shape.of(dims);
    }

    /** The axis in [0, rank); negative ones count from the end. */
    public static int axis(long axis, int rank) {
        if (axis < -rank || axis >= rank) {
            throw new ModelFormatException("axis " + axis + " is outside a tensor of rank " + rank);
        }
        return (int) (axis < 0 ? axis + rank : axis);
    }

    private static boolean isInside(long place, long count, long extent) {
        return place >= 0 && count >= 0 && place <= extent && count <= extent - place;
    }
}
