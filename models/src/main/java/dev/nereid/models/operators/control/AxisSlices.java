package dev.nereid.models.operators.control;

import dev.nereid.models.operators.AxisPieces;
import dev.nereid.tensor.DataType;
import dev.nereid.tensor.Shape;
import dev.nereid.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.util.Objects;

/**
 * The slices of a tensor along one axis, for loops that read or write one an iteration: their addresses are computed once.
 *
 * @param all [rows, extent, element]
 * @param element the shape of one place
 * @param width elements of one place in a row
 */
record AxisSlices(Tensor all, Shape element, long rows, long extent, long width) {
    static AxisSlices of(Tensor all, int axis) {
        Shape shape = all.shape();
        return new AxisSlices(
                all,
                AxisPieces.without(shape, axis),
                shape.elements(0, axis),
                shape.dim(axis),
                shape.elements(axis + 1, shape.rank()));
    }

    /** Copies a slice to a tensor of the element's size. */
    void read(long place, Tensor to) {
        Objects.checkIndex(place, extent);
        for (long row = 0; row < rows; row++) {
            copy(all, (row * extent + place) * width, to, row * width);
        }
    }

    /** Copies a tensor of the element's size to a slice. */
    void write(Tensor from, long place) {
        Objects.checkIndex(place, extent);
        for (long row = 0; row < rows; row++) {
            copy(from, row * width, all, (row * extent + place) * width);
        }
    }

    private void copy(Tensor from, long fromElement, Tensor to, long toElement) {
        if (all.dataType() == DataType.STRING) {
            System.arraycopy(from.strings(), (int) fromElement, to.strings(), (int) toElement, (int) width);
        } else {
            long bytes = all.dataType().bytes();
            MemorySegment.copy(from.segment(), fromElement * bytes, to.segment(), toElement * bytes, width * bytes);
        }
    }
}
