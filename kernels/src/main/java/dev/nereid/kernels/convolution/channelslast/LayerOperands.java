package dev.nereid.kernels.convolution.channelslast;

import dev.nereid.kernels.convolution.ConvShape;
import dev.nereid.kernels.convolution.PackedFilters;
import dev.nereid.kernels.convolution.Window;
import dev.nereid.kernels.matmul.Activation;
import dev.nereid.kernels.matmul.Clamp;
import dev.nereid.kernels.matmul.Epilogue;
import dev.nereid.kernels.matmul.EpilogueKernel;
import dev.nereid.kernels.matmul.Matrix;
import java.lang.foreign.MemorySegment;
import java.util.Optional;

/**
 * What a 2-D convolution reads and writes beside its input: filters, bias, residual and result. Output cells are counted
 * within an item.
 *
 * @param residual laid out as all of y is, whose rows then follow each other
 * @param first element of y where the first cell of the first item is, or would be if y held it
 * @param columns cells of y from one row to the next
 * @param kernel computes what comes after the sums
 */
record LayerOperands(
        ConvShape shape,
        PackedFilters w,
        Optional<MemorySegment> bias,
        Activation activation,
        Optional<MemorySegment> residual,
        MemorySegment y,
        long first,
        int columns,
        EpilogueKernel kernel) {

    /** A layer that writes all of y. */
    static LayerOperands whole(
            ConvShape shape,
            PackedFilters w,
            Optional<MemorySegment> bias,
            Activation activation,
            Optional<MemorySegment> residual,
            MemorySegment y,
            EpilogueKernel kernel) {
        return new LayerOperands(
                shape, w, bias, activation, residual, y, 0, shape.window().output()[1], kernel);
    }

    Window window() {
        return shape.window();
    }

    /** Address of the element of y where a filter's number for a cell goes. */
    long y(int item, int cell, int filter) {
        return y.address() + (element(item, cell) + filter) * Float.BYTES;
    }

    private long element(int item, int cell) {
        int width = window().output()[1];
        long cells = columns == width
                ? (long) item * window().outputs() + cell
                : ((long) item * window().output()[0] + cell / width) * columns + cell % width;
        return first + cells * shape.filters();
    }

    /** Bytes of y from one row to the next. */
    long rowBytes() {
        return (long) columns * shape.filters() * Float.BYTES;
    }

    /** Whether the rows of y follow each other, so that all cells of an item do. */
    boolean hasWholeRows() {
        return columns == window().output()[1];
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
        finish(Epilogue.NONE.withActivation(Clamp.rest(activation)), item, from, to, filter, filters);
    }

    /** The same where the sums have neither been clamped nor got their bias. */
    void finishSums(int item, int from, int to, int filter, int filters) {
        Epilogue epilogue = Epilogue.NONE.withActivation(activation);
        if (bias.isPresent()) {
            epilogue = epilogue.withAddend(Matrix.repeatedRow(bias.get(), 0, to - from, shape.filters()));
        }
        finish(epilogue, item, from, to, filter, filters);
    }

    private void finish(Epilogue epilogue, int item, int from, int to, int filter, int filters) {
        boolean all = filters == shape.filters() && epilogue.addend().isEmpty();
        if (residual.isEmpty() && epilogue.equals(Epilogue.NONE)) {
            return;
        }
        int step = hasWholeRows() ? to - from : window().output()[1];
        for (int at = from; at < to; at += step) {
            int end = Math.min(to, at - at % step + step);
            finish(epilogue, item, at, hasWholeRows() ? to : end, filter, all ? shape.filters() : filters, all);
        }
    }

    private void finish(Epilogue activating, int item, int from, int to, int filter, int filters, boolean all) {
        Matrix matrix = matrix(y, item, from, to, all);
        Epilogue epilogue = residual.isPresent()
                ? activating.withResidual(matrix(residual.get(), item, from, to, all))
                : activating;
        kernel.apply(epilogue, false, matrix, 0, matrix.rows(), filter, all ? matrix.columns() : filters);
    }

    /** Some cells of an item, as a single row where they are wanted with all their filters: long rows are faster. */
    private Matrix matrix(MemorySegment segment, int item, int from, int to, boolean single) {
        int cells = to - from;
        return single
                ? Matrix.of(segment, element(item, from), 1, Math.multiplyExact(cells, shape.filters()))
                : Matrix.of(segment, element(item, from), cells, shape.filters());
    }
}
