package dev.nereid.kernels.channelslast;

import dev.nereid.kernels.conv.ConvShape;
import dev.nereid.kernels.conv.Window;
import dev.nereid.kernels.matmul.Activation;
import dev.nereid.kernels.matmul.Clamp;
import dev.nereid.kernels.matmul.Epilogue;
import dev.nereid.kernels.matmul.Epilogues;
import dev.nereid.kernels.matmul.Matrix;
import java.lang.foreign.MemorySegment;
import java.util.Optional;

/** What a convolution over two axes reads and writes beside its input. Output cells are counted within an item. */
record Layer(
        ConvShape shape,
        PackedFilters w,
        Optional<MemorySegment> bias,
        Activation activation,
        Optional<MemorySegment> residual,
        MemorySegment y) {

    Window window() {
        return shape.window();
    }

    /** Address of the element of y where a filter's number for a cell goes. */
    long y(int item, int cell, int filter) {
        long cells = (long) item * window().outputs() + cell;
        return y.address() + (cells * shape.filters() + filter) * Float.BYTES;
    }

    /** Address of the filter's addend; 0 where there is none. */
    long bias(int filter) {
        return bias.isPresent() ? bias.get().address() + (long) filter * Float.BYTES : 0;
    }

    /** What the kernels clamp their sums to. */
    Clamp clamp() {
        return Clamp.of(activation);
    }

    /** Applies what comes after the clamped sums to the cells [from, to) and so many filters. */
    void finish(int item, int from, int to, int filter, int filters) {
        Epilogue epilogue = Epilogue.NONE.withActivation(Clamp.rest(activation));
        boolean all = filters == shape.filters();
        Matrix matrix = matrix(y, item, from, to, all);
        if (residual.isPresent()) {
            epilogue = epilogue.withResidual(matrix(residual.get(), item, from, to, all));
        }
        Epilogues.apply(epilogue, true, matrix, 0, matrix.rows(), filter, all ? matrix.columns() : filters);
    }

    /** Some cells of an item, as a single row where they are wanted with all their filters: long rows are faster. */
    private Matrix matrix(MemorySegment segment, int item, int from, int to, boolean single) {
        long first = ((long) item * window().outputs() + from) * shape.filters();
        int cells = to - from;
        return single
                ? Matrix.of(segment, first, 1, Math.multiplyExact(cells, shape.filters()))
                : Matrix.of(segment, first, cells, shape.filters());
    }
}
