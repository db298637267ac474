package dev.nereid.kernels.recurrent;

import dev.nereid.kernels.matmul.Matrix;
import dev.nereid.kernels.parallel.Workers;
import java.lang.foreign.MemorySegment;
import java.util.Optional;

/** Layers of bytes by an {@link Int8UnitKernel}: workers split the rows, and each takes all steps of its sequences. */
public final class RowwiseInt8Recurrent implements Int8RecurrentKernels {
    /** Multiply-adds that are worth waking a second worker: about 200 microseconds of one. */
    private static final long WORTH_SPLITTING = 48_000_000;

    private final Int8UnitKernel kernel;
    private final long worthSplitting;

    /** Layers by {@code kernel}. */
    public RowwiseInt8Recurrent(Int8UnitKernel kernel) {
        this(kernel, WORTH_SPLITTING);
    }

    /** @param worthSplitting multiply-adds from which a call is for several workers */
    RowwiseInt8Recurrent(Int8UnitKernel kernel, long worthSplitting) {
        this.kernel = kernel;
        this.worthSplitting = worthSplitting;
    }

    @Override
    public long scratchBytes(int rows, Int8GateWeights weights) {
        return rows * kernel.scratchBytes(weights.k());
    }

    @Override
    public void gates(
            Matrix x,
            Int8GateWeights weights,
            Optional<MemorySegment> bias,
            Matrix gates,
            MemorySegment scratch,
            Workers workers) {
        int columns = weights.blocks().columns();
        if (x.columns() != weights.k() || gates.columns() != columns || x.rows() != gates.rows()) {
            throw new IllegalArgumentException("a product of [" + x.rows() + "," + x.columns() + "] and [" + weights.k()
                    + "," + columns + "] into [" + gates.rows() + "," + gates.columns() + "]");
        }
        if (!x.hasContiguousRows() || !gates.hasContiguousRows()) {
            throw new IllegalArgumentException("a product of rows that are not contiguous");
        }
        x.checkBounds();
        gates.checkBounds();
        require(scratch, scratchBytes(x.rows(), weights));
        bias.ifPresent(row -> require(row, (long) Float.BYTES * columns));
        long start = bias.map(MemorySegment::address).orElse(0L);
        split(
                workers,
                x.rows(),
                (long) weights.k() * columns,
                (from, rows) -> kernel.gates(
                        weights,
                        rows,
                        x.address(from, 0),
                        x.rowStride(),
                        start,
                        gates.address(from, 0),
                        gates.rowStride(),
                        scratch.address() + from * kernel.scratchBytes(weights.k())));
    }

    @Override
    public void lstm(
            Int8GateWeights weights, RecurrentSteps steps, MemorySegment c, MemorySegment scratch, Workers workers) {
        GateBlocks blocks = weights.blocks();
        int hidden = blocks.hidden();
        if (steps.steps() == 0 || steps.batch() == 0 || hidden == 0) {
            return;
        }
        steps.check(blocks);
        require(c, (long) Float.BYTES * steps.batch() * hidden);
        require(scratch, scratchBytes(steps.batch(), weights));
        long work = (long) steps.steps() * hidden * blocks.columns();
        split(workers, steps.batch(), work, (from, rows) -> {
            StepRows x = steps.x();
            StepRows h = steps.h();
            StepRows y = steps.y();
            UnitKernel.Units units = new UnitKernel.Units(
                    steps.steps(),
                    rows,
                    hidden,
                    0,
                    blocks.blocks(),
                    0,
                    x.address(0, from),
                    x.step(),
                    x.row(),
                    h.address(0, from),
                    h.row(),
                    y.address(0, from),
                    y.step(),
                    y.row(),
                    scratch.address() + from * kernel.scratchBytes(hidden));
            kernel.lstm(weights, units, c.address() + (long) Float.BYTES * from * hidden);
        });
    }

    /** Some rows. */
    @FunctionalInterface
    private interface Part {
        void run(int from, int rows);
    }

    /** @param work multiply-adds of a row */
    private void split(Workers workers, int rows, long work, Part part) {
        int parts = rows * work < worthSplitting ? 1 : Math.min(workers.count(), rows);
        if (parts == 1) {
            part.run(0, rows);
            return;
        }
        workers.run(parts, number -> {
            int from = (int) ((long) rows * number / parts);
            part.run(from, (int) ((long) rows * (number + 1) / parts) - from);
        });
    }

    private static void require(MemorySegment segment, long bytes) {
        if (segment.byteSize() < bytes) {
            throw new IndexOutOfBoundsException(bytes + " bytes in a segment of " + segment.byteSize() + " bytes");
        }
    }
}
