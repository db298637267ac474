package dev.nereid.models.operators.contrib;

import dev.nereid.models.graph.Dim;
import dev.nereid.models.graph.TensorType;
import dev.nereid.tensor.Shape;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;

/** Tensors whose channels are the last axis, x: [batch, spatial..., channels], and the way to those that have them second. */
final class NhwcLayout {
    private NhwcLayout() {}

    /** The extents of the spatial axes. */
    static int[] spatial(Shape x) {
        int[] spatial = new int[x.rank() - 2];
        for (int axis = 0; axis < spatial.length; axis++) {
            spatial[axis] = Math.toIntExact(x.dim(axis + 1));
        }
        return spatial;
    }

    /** The same type with the channels second. */
    static TensorType channelsFirst(TensorType x) {
        List<Dim> dims = new ArrayList<>(x.dims().orElseThrow());
        dims.add(1, dims.removeLast());
        return TensorType.of(x.dataType(), dims);
    }

    /** The same type with the channels last. */
    static TensorType channelsLast(TensorType x) {
        List<Dim> dims = new ArrayList<>(x.dims().orElseThrow());
        dims.add(dims.remove(1));
        return TensorType.of(x.dataType(), dims);
    }

    /** Copies [batch, cells, channels] to [batch, channels, cells]. */
    static void toChannelsFirst(
            MemorySegment from, MemorySegment to, long batch, long channels, long cells, int elementBytes) {
        transpose(from, to, batch, cells, channels, elementBytes);
    }

    /** Copies [batch, channels, cells] to [batch, cells, channels]. */
    static void toChannelsLast(
            MemorySegment from, MemorySegment to, long batch, long channels, long cells, int elementBytes) {
        transpose(from, to, batch, channels, cells, elementBytes);
    }

    private static void transpose(
            MemorySegment from, MemorySegment to, long batch, long rows, long columns, int elementBytes) {
        for (long item = 0; item < batch; item++) {
            for (long row = 0; row < rows; row++) {
                for (long column = 0; column < columns; column++) {
                    long source = (item * rows + row) * columns + column;
                    long target = (item * columns + column) * rows + row;
                    MemorySegment.copy(from, source * elementBytes, to, target * elementBytes, elementBytes);
                }
            }
        }
    }
}
