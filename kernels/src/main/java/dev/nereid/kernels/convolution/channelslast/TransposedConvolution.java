package dev.nereid.kernels.convolution.channelslast;

import dev.nereid.kernels.convolution.ConvShape;
import dev.nereid.kernels.convolution.PackedTransposed;
import dev.nereid.kernels.convolution.PreparedConvolution;
import dev.nereid.kernels.convolution.SegmentChecks;
import dev.nereid.kernels.convolution.TaskSplit;
import dev.nereid.kernels.convolution.TransposedFilters;
import dev.nereid.kernels.convolution.Window;
import dev.nereid.kernels.convolution.channelslast.TransposedPanels.Place;
import dev.nereid.kernels.matmul.Activation;
import dev.nereid.kernels.matmul.Clamp;
import dev.nereid.kernels.matmul.Epilogue;
import dev.nereid.kernels.matmul.Matrix;
import dev.nereid.kernels.matmul.PanelKernel;
import dev.nereid.kernels.parallel.Workers;
import java.lang.foreign.MemorySegment;
import java.util.Optional;

/**
 * A transposed convolution without overlaps: the cells of y at which the same taps meet are made by an ordinary convolution
 * of x, which writes every stride-th cell of y. Products read runs of x as {@link ImplicitGemm} does.
 */
final class TransposedConvolution implements PreparedConvolution {
    private final PanelKernel kernel;
    private final PackedTransposed w;
    private final TransposedPanels panels;
    private final int[] input;
    private final int[] output;
    private final int[] padding;
    private final int batch;
    /** Bands of x's rows, one for as many rows of y as the stride. */
    private final Bands bands;

    /** @param shape over two axes: which convolution makes x from y */
    TransposedConvolution(PanelKernel kernel, ConvShape shape, PackedTransposed w) {
        Window window = shape.window();
        this.kernel = kernel;
        this.w = w;
        this.panels = TransposedPanels.of(w.filters(), kernel);
        this.input = window.output();
        this.output = window.input();
        this.padding = window.padding();
        this.batch = shape.batch();
        check(shape);
        int[] one = {1, 1};
        int[] reach = new int[2];
        int[] before = new int[2];
        int[] steps = new int[2];
        for (int axis = 0; axis < 2; axis++) {
            before[axis] = before(axis);
            reach[axis] = before[axis] + last(axis) + 1;
            steps[axis] = Math.ceilDiv(output[axis], axis(axis).stride());
        }
        Window read = new Window(input, reach, one, one, before, steps);
        TransposedFilters filters = w.filters();
        int written =
                filters.outputs() * filters.rows().stride() * filters.columns().stride();
        this.bands = Bands.of(new ConvShape(batch, filters.inputs(), written, 1, read));
    }

    private void check(ConvShape shape) {
        Window window = shape.window();
        if (shape.groups() != 1 || window.dilation()[0] != 1 || window.dilation()[1] != 1 || padding[0] < 0) {
            throw new IllegalArgumentException("a transposed convolution with the channels last: expected one group, "
                    + "taps next to each other and no negative padding, got " + shape);
        }
        TransposedFilters.Axis columns = w.filters().columns();
        if (padding[1] < 0 || (columns.tiles() && (padding[1] != 0 || output[1] != input[1] * columns.stride()))) {
            throw new IllegalArgumentException("a transposed convolution whose columns tile: expected no padding and "
                    + input[1] * columns.stride() + " columns, got " + padding[1] + " and " + output[1]);
        }
    }

    private TransposedFilters.Axis axis(int axis) {
        return axis == 0 ? w.filters().rows() : w.filters().columns();
    }

    /** The first tap that meets the cells of y at {@code place}, place + stride, ... */
    private int first(int axis, int place) {
        return (place + padding[axis]) % axis(axis).stride();
    }

    /** The cell of x that this tap multiplies for the cell of y at {@code place}. */
    private int cell(int axis, int place) {
        return (place + padding[axis]) / axis(axis).stride();
    }

    /** Cells of padding before x that are read. */
    private int before(int axis) {
        int before = 0;
        for (int place = 0; place < axis(axis).stride(); place++) {
            before = Math.max(before, axis(axis).taps(first(axis, place)) - 1 - cell(axis, place));
        }
        return before;
    }

    /** The last cell of x that the first stride's cells of y are made of. */
    private int last(int axis) {
        return axis == 1 && axis(axis).tiles() ? 0 : cell(axis, axis(axis).stride() - 1);
    }

    /** Bytes of the addends of a cell of x, one for each filter of a place. */
    private long biasBytes() {
        return ((long) w.filters().outputs() * w.filters().columns().stride() * Float.BYTES + 63) & -64;
    }

    private long ownBytes() {
        return bands.scratchBytes() + biasBytes();
    }

    @Override
    public long scratchBytes(int workers) {
        return workers * ownBytes();
    }

    @Override
    public void run(
            MemorySegment x,
            Optional<MemorySegment> bias,
            Activation activation,
            Optional<MemorySegment> residual,
            MemorySegment y,
            MemorySegment scratch,
            Workers workers) {
        long outputs = (long) batch * output[0] * output[1] * w.filters().outputs();
        SegmentChecks.floats(
                "x", x, (long) batch * input[0] * input[1] * w.filters().inputs());
        SegmentChecks.floats("y", y, outputs);
        if (bias.isPresent()) {
            SegmentChecks.floats("bias", bias.get(), w.filters().outputs());
        }
        if (residual.isPresent()) {
            SegmentChecks.floats("residual", residual.get(), outputs);
        }
        SegmentChecks.floats("scratch", scratch, scratchBytes(workers.count()) / Float.BYTES);
        if (outputs == 0) {
            return;
        }
        long work = (long) batch * input[0] * input[1] * w.filters().elements();
        TaskSplit.run(work, batch * bands.count(), scratch, ownBytes(), workers, (task, own) -> {
            int item = task / bands.count();
            int band = task % bands.count();
            MemorySegment memory = own.asSlice(biasBytes());
            long start = bias.isPresent() ? repeated(bias.get(), own) : 0;
            Halo.Cells cells = bands.cells(x, item, band, memory);
            int from = bands.firstRow(band);
            int to = bands.firstRow(band + 1);
            for (int row = 0; row < Math.min(axis(0).stride(), output[0]); row++) {
                rows(cells, item, row, from, to, start, Clamp.of(activation), y);
            }
            finish(item, from, to, activation, residual, y);
        });
    }

    private long repeated(MemorySegment bias, MemorySegment target) {
        long bytes = (long) w.filters().outputs() * Float.BYTES;
        for (int column = 0; column < axis(1).stride(); column++) {
            MemorySegment.copy(bias, 0, target, column * bytes, bytes);
        }
        return target.address();
    }

    /** The rows of y at {@code place} in each stride, of the strides [from, to). */
    private void rows(
            Halo.Cells cells, int item, int place, int from, int to, long bias, Clamp clamp, MemorySegment y) {
        Place[] places = panels.places()[first(0, place)];
        int end = Math.min(to, Math.ceilDiv(output[0] - place, axis(0).stride()));
        int across = Math.min(places.length, output[1]);
        for (int column = 0; column < across; column++) {
            Place own = places[places.length == 1 ? 0 : first(1, column)];
            for (int panel = 0; panel < own.panels().count(); panel++) {
                for (int step = from; step < end; step++) {
                    long a = cells.at(
                            step + cell(0, place) - own.rows() + 1 + before(0),
                            cell(1, column) - own.columns() + 1 + before(1));
                    long row = (long) item * output[0] + (long) step * axis(0).stride() + place;
                    long target = (row * output[1] + column) * w.filters().outputs() * Float.BYTES;
                    multiply(cells, own, panel, a, y.address() + target, column, bias, clamp);
                }
            }
        }
    }

    private void multiply(
            Halo.Cells cells, Place place, int panel, long a, long c, int column, long bias, Clamp clamp) {
        int stride = axis(1).stride();
        int inputs = w.filters().inputs();
        long first = (long) place.panels().first(panel) * Float.BYTES;
        kernel.run(
                axis(1).tiles() ? input[1] : Math.ceilDiv(output[1] - column, stride),
                place.panels().columns(panel),
                place.rows(),
                place.columns() * inputs,
                a,
                inputs,
                (long) cells.columns() * inputs,
                w.segment().address() + place.offset() + place.panels().offset(0, panel),
                0,
                0,
                c + first,
                (long) stride * w.filters().outputs(),
                bias == 0 ? 0 : bias + first,
                0,
                clamp);
    }

    /** Applies what comes after the clamped sums to the rows of y that the strides [from, to) made. */
    private void finish(
            int item, int from, int to, Activation activation, Optional<MemorySegment> residual, MemorySegment y) {
        int stride = axis(0).stride();
        long begin = (long) item * output[0] + (long) from * stride;
        int rows = Math.min(to * stride, output[0]) - from * stride;
        long width = (long) output[1] * w.filters().outputs();
        int count = Math.toIntExact(rows * width);
        Epilogue epilogue = Epilogue.NONE.withActivation(Clamp.rest(activation));
        if (residual.isPresent()) {
            epilogue = epilogue.withResidual(Matrix.of(residual.get(), begin * width, 1, count));
        }
        kernel.epilogue().apply(epilogue, true, Matrix.of(y, begin * width, 1, count), 0, 1, 0, count);
    }
}
