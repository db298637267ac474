package dev.nereid.kernels.convolution;

import dev.nereid.kernels.matmul.Activation;
import dev.nereid.kernels.matmul.Epilogue;
import dev.nereid.kernels.matmul.Matrix;
import dev.nereid.kernels.matmul.VectorEpilogue;
import dev.nereid.kernels.parallel.Workers;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Transposed convolution as one ordinary convolution for each place in the stride (polyphase decomposition), whose outputs
 * are interleaved.
 */
final class PhasedTransposedConvolution implements PreparedConvolution {
    private static final long ALIGNMENT = 64;

    /** Floats that are worth waking a second worker to copy. */
    private static final long WORTH_SPLITTING = 1 << 18;

    private final ConvShape shape;
    private final List<Part> parts = new ArrayList<>();
    private final long planeBytes;

    /**
     * The cells of y at one place.
     *
     * @param place the first of them along each axis
     * @param cells how many there are along each axis
     * @param convolution what makes them; empty where nothing but the bias meets
     */
    @SuppressWarnings("ArrayRecordComponent")
    private record Part(int[] place, int[] cells, Optional<PreparedConvolution> convolution) {
        long rows() {
            long rows = 1;
            for (int axis = 0; axis < cells.length - 1; axis++) {
                rows *= cells[axis];
            }
            return rows;
        }

        int columns() {
            return cells[cells.length - 1];
        }
    }

    /** @param shape which convolution makes x from y */
    PhasedTransposedConvolution(
            ConvShape shape, PhasedTransposedFilters filters, List<Optional<PackedFilters>> packed) {
        this.shape = shape;
        long most = 1;
        for (int number = 0; number < filters.count(); number++) {
            int[] place = place(number);
            int[] cells = cells(place);
            List<Phase> phases = filters.phases(combination(place));
            Optional<PreparedConvolution> convolution = packed.get(combination(place))
                    .map(own -> filters.prepare(phases, own, ordinary(place, cells, phases)));
            Part part = new Part(place, cells, convolution);
            if (part.rows() > 0 && part.columns() > 0) {
                parts.add(part);
                most = Math.max(most, part.rows() * part.columns());
            }
        }
        this.planeBytes = (most * shape.channels() * Float.BYTES + ALIGNMENT - 1) & -ALIGNMENT;
    }

    private int[] place(int number) {
        int[] stride = shape.window().stride();
        int[] place = new int[stride.length];
        int rest = number;
        for (int axis = stride.length - 1; axis >= 0; axis--) {
            place[axis] = rest % stride[axis];
            rest /= stride[axis];
        }
        return place;
    }

    /** The number of the phases that meet at a place. */
    private int combination(int[] place) {
        Window window = shape.window();
        int number = 0;
        for (int axis = 0; axis < place.length; axis++) {
            int residue = Math.floorMod(place[axis] + window.padding()[axis], window.stride()[axis]);
            number = number * window.stride()[axis] + residue;
        }
        return number;
    }

    private int[] cells(int[] place) {
        Window window = shape.window();
        int[] cells = new int[place.length];
        for (int axis = 0; axis < cells.length; axis++) {
            cells[axis] = Math.max(0, Math.ceilDiv(window.input()[axis] - place[axis], window.stride()[axis]));
        }
        return cells;
    }

    private ConvShape ordinary(int[] place, int[] cells, List<Phase> phases) {
        Window window = shape.window();
        int rank = place.length;
        int[] kernel = new int[rank];
        int[] stride = new int[rank];
        int[] dilation = new int[rank];
        int[] padding = new int[rank];
        for (int axis = 0; axis < rank; axis++) {
            Phase phase = phases.get(axis);
            int reached = place[axis] + window.padding()[axis] - phase.first() * window.dilation()[axis];
            kernel[axis] = phase.taps();
            stride[axis] = 1;
            dilation[axis] = phase.taps() > 1 ? phase.spread() : 1;
            padding[axis] = (phase.taps() - 1) * phase.spread() - Math.floorDiv(reached, window.stride()[axis]);
        }
        return new ConvShape(
                1,
                shape.filters(),
                shape.channels(),
                shape.groups(),
                new Window(window.output(), kernel, stride, dilation, padding, cells));
    }

    @Override
    public long scratchBytes(int workers) {
        return planeBytes
                + parts.stream()
                        .flatMap(part -> part.convolution().stream())
                        .mapToLong(convolution -> convolution.scratchBytes(workers))
                        .max()
                        .orElse(0);
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
        Window window = shape.window();
        long read = (long) window.outputs() * shape.filters() * Float.BYTES;
        long made = (long) window.inputs() * shape.channels() * Float.BYTES;
        SegmentChecks.floats("x", x, shape.batch() * read / Float.BYTES);
        SegmentChecks.floats("y", y, shape.batch() * made / Float.BYTES);
        SegmentChecks.floats("scratch", scratch, scratchBytes(workers.count()) / Float.BYTES);
        MemorySegment plane = scratch.asSlice(0, planeBytes);
        MemorySegment memory = scratch.asSlice(planeBytes);
        for (int item = 0; item < shape.batch(); item++) {
            MemorySegment own = x.asSlice(item * read, read);
            long target = y.address() + item * made;
            for (Part part : parts) {
                if (part.convolution().isPresent()) {
                    part.convolution().get().run(own, bias, activation, Optional.empty(), plane, memory, workers);
                } else {
                    fill(part, bias, activation, plane);
                }
                spread(part, plane.address(), target, workers);
            }
        }
        if (residual.isPresent()) {
            int count = Math.toIntExact(shape.batch() * made / Float.BYTES);
            Epilogue epilogue = Epilogue.NONE.withResidual(Matrix.of(residual.get(), 1, count));
            VectorEpilogue.INSTANCE.apply(epilogue, true, Matrix.of(y, 1, count), 0, 1, 0, count);
        }
    }

    /** What cells are that no tap reaches. */
    private void fill(Part part, Optional<MemorySegment> bias, Activation activation, MemorySegment plane) {
        long bytes = (long) shape.channels() * Float.BYTES;
        long cells = part.rows() * part.columns();
        for (long cell = 0; cell < cells; cell++) {
            if (bias.isPresent()) {
                MemorySegment.copy(bias.get(), 0, plane, cell * bytes, bytes);
            } else {
                plane.asSlice(cell * bytes, bytes).fill((byte) 0);
            }
        }
        int count = Math.toIntExact(cells * shape.channels());
        Epilogue epilogue = Epilogue.NONE.withActivation(activation);
        VectorEpilogue.INSTANCE.apply(epilogue, true, Matrix.of(plane, 1, count), 0, 1, 0, count);
    }

    private void spread(Part part, long plane, long target, Workers workers) {
        int rows = Math.toIntExact(part.rows());
        long floats = part.rows() * part.columns() * shape.channels();
        int shares = floats < WORTH_SPLITTING ? 1 : Math.min(workers.count(), rows);
        (shares == 1 ? Workers.single() : workers).run(shares, share -> {
            for (int row = TaskSplit.first(rows, share, shares);
                    row < TaskSplit.first(rows, share + 1, shares);
                    row++) {
                spreadRow(part, row, plane, target);
            }
        });
    }

    private void spreadRow(Part part, int row, long plane, long target) {
        Window window = shape.window();
        int columns = part.columns();
        int last = window.rank() - 1;
        long bytes = (long) shape.channels() * Float.BYTES;
        long step = window.stride()[last] * bytes;
        long from = plane + (long) row * columns * bytes;
        long to = target + (line(part, row) * window.input()[last] + part.place()[last]) * bytes;
        if (window.stride()[last] == 1) {
            RowCopies.copy(from, to, to + columns * bytes);
            return;
        }
        for (int column = 0; column < columns; column++) {
            RowCopies.copy(from, to, to + bytes);
            from += bytes;
            to += step;
        }
    }

    /** The row of y that a row of a part becomes, counted over all axes but the last. */
    private long line(Part part, int row) {
        Window window = shape.window();
        long line = 0;
        long size = 1;
        int rest = row;
        for (int axis = window.rank() - 2; axis >= 0; axis--) {
            int at = rest % part.cells()[axis] * window.stride()[axis] + part.place()[axis];
            line += at * size;
            size *= window.input()[axis];
            rest /= part.cells()[axis];
        }
        return line;
    }
}
