package dev.nereid.models.operators.contrib;

import dev.nereid.models.graph.Dim;
import dev.nereid.models.graph.TensorType;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;

/** The way from tensors whose channels are the last axis to those that have them second, and back. */
final class NhwcLayout {
    private NhwcLayout() {}

    /** The same type with the channels second. */
    static TensorType channelsFirst(TensorType x) {
        List<Dim> dims = new ArrayList<>(x.dims().orElseThrow());
        dims.add(1, dims.removeLast());
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
