package dev.nereid.kernels.recurrent;

import dev.nereid.kernels.parallel.Workers;
import dev.nereid.kernels.recurrent.UnitKernel.Units;
import java.lang.foreign.MemorySegment;
import java.util.Optional;

/**
 * Recurrent layers by a {@link UnitKernel}. Workers split the sequences of a batch, and each takes all steps of its own;
 * weights that are larger than a processor's cache, and a single sequence, they split by units, and meet after every step.
 */
public final class BlockedRecurrent implements RecurrentKernels {
    /** Multiply-adds of all steps that are worth a second worker: about 50 microseconds of one. */
    private static final long WORTH_SPLITTING = 3_000_000;

    /** How many times fewer of a single step: the worker has just been awake. */
    private static final int STEPS_APART = 3;

    /** Rows of a worker that use the weights often enough to read all of them from beyond its cache. */
    private static final int TALL = 8;

    /** Weights that stay in a processor's own cache from step to step. */
    private static final long CACHED_BYTES = 1 << 20;

    private static final int ALIGNMENT = 64;

    private final UnitKernel kernel;
    private final Optional<Int8RecurrentKernels> ofBytes;
    private final long worthSplitting;

    /** Layers by {@code kernel}. */
    public BlockedRecurrent(UnitKernel kernel) {
        this(kernel, Optional.empty());
    }

    /** Layers by {@code kernel}, and those whose weights are bytes by {@code ofBytes}. */
    public BlockedRecurrent(UnitKernel kernel, Optional<Int8RecurrentKernels> ofBytes) {
        this(kernel, ofBytes, WORTH_SPLITTING);
    }

    /** @param worthSplitting multiply-adds from which a layer is for several workers */
    BlockedRecurrent(UnitKernel kernel, long worthSplitting) {
        this(kernel, Optional.empty(), worthSplitting);
    }

    private BlockedRecurrent(UnitKernel kernel, Optional<Int8RecurrentKernels> ofBytes, long worthSplitting) {
        this.kernel = kernel;
        this.ofBytes = ofBytes;
        this.worthSplitting = worthSplitting;
    }

    @Override
    public Optional<Int8RecurrentKernels> ofBytes() {
        return ofBytes;
    }

    @Override
    public int units() {
        return kernel.units();
    }

    @Override
    public int panelColumns(int blockColumns) {
        return kernel.panelColumns(blockColumns);
    }

    @Override
    public long scratchBytes(GateBlocks blocks, int batch, int workers) {
        return scratchOfOne(blocks, batch) * workers;
    }

    private long scratchOfOne(GateBlocks blocks, int batch) {
        long bytes = kernel.scratchBytes(blocks.blockColumns(), batch);
        return (bytes + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
    }

    @Override
    public void lstm(
            RecurrentWeights weights, RecurrentSteps steps, MemorySegment c, MemorySegment scratch, Workers workers) {
        require(c, (long) steps.batch() * weights.blocks().hidden());
        long cells = c.address();
        long row = (long) weights.blocks().hidden() * Float.BYTES;
        run(weights, steps, scratch, workers, (units, first) -> kernel.lstm(units, cells + first * row));
    }

    @Override
    public void gru(
            RecurrentWeights weights,
            RecurrentSteps steps,
            MemorySegment bias,
            MemorySegment scratch,
            Workers workers) {
        boolean biased = bias.byteSize() > 0;
        if (biased) {
            require(bias, (long) weights.blocks().blocks() * weights.blocks().units());
        }
        long address = biased ? bias.address() : 0;
        run(weights, steps, scratch, workers, (units, _) -> kernel.gru(units, address));
    }

    private void run(
            RecurrentWeights weights, RecurrentSteps steps, MemorySegment scratch, Workers workers, Part kernel) {
        GateBlocks blocks = weights.blocks();
        if (blocks.units() != units()) {
            throw new IllegalArgumentException(
                    "weights in blocks of " + blocks.units() + " units: expected " + units());
        }
        if (weights.panelColumns() != panelColumns(blocks.blockColumns())) {
            throw new IllegalArgumentException("weights in panels of " + weights.panelColumns() + " columns: expected "
                    + panelColumns(blocks.blockColumns()));
        }
        if (steps.steps() == 0 || steps.batch() == 0 || blocks.hidden() == 0) {
            return;
        }
        steps.check(blocks);
        int count = workers.count();
        long row = (long) blocks.columns() * blocks.hidden();
        boolean byRows = steps.batch() > 1 && (row * Float.BYTES <= CACHED_BYTES || steps.batch() >= count * TALL);
        long work = row * steps.batch() * (byRows ? steps.steps() : STEPS_APART);
        int parts = work < worthSplitting ? 1 : Math.min(count, byRows ? steps.batch() : blocks.blocks());
        require(scratch, parts * scratchOfOne(blocks, steps.batch()) / Float.BYTES);
        if (parts == 1) {
            kernel.take(units(weights, steps, 0, steps.steps(), 0, blocks.blocks(), scratch.address()), 0);
        } else if (byRows) {
            byRows(weights, steps, parts, scratch, workers, kernel);
        } else {
            byUnits(weights, steps, parts, scratch, workers, kernel);
        }
    }

    private void byRows(
            RecurrentWeights weights,
            RecurrentSteps steps,
            int parts,
            MemorySegment scratch,
            Workers workers,
            Part kernel) {
        workers.run(parts, part -> {
            int from = steps.batch() * part / parts;
            int to = steps.batch() * (part + 1) / parts;
            long own = scratch.address() + part * scratchOfOne(weights.blocks(), steps.batch());
            RecurrentSteps some = steps.rows(from, to);
            kernel.take(
                    units(weights, some, 0, steps.steps(), 0, weights.blocks().blocks(), own), from);
        });
    }

    private void byUnits(
            RecurrentWeights weights,
            RecurrentSteps steps,
            int parts,
            MemorySegment scratch,
            Workers workers,
            Part kernel) {
        int blocks = weights.blocks().blocks();
        for (int t = 0; t < steps.steps(); t++) {
            int step = t;
            workers.run(parts, part -> {
                long own = scratch.address() + part * scratchOfOne(weights.blocks(), steps.batch());
                int from = blocks * part / parts;
                int to = blocks * (part + 1) / parts;
                kernel.take(units(weights, steps, step, 1, from, to, own), 0);
            });
        }
    }

    /** What a worker does. */
    @FunctionalInterface
    private interface Part {
        /** @param first the row of the batch that is the first of the units' */
        void take(Units units, int first);
    }

    private static Units units(
            RecurrentWeights weights, RecurrentSteps steps, int first, int count, int from, int to, long scratch) {
        StepRows x = steps.x();
        StepRows y = steps.y();
        return new Units(
                count,
                steps.batch(),
                weights.blocks().hidden(),
                from,
                to,
                weights.segment().address(),
                x.address(first, 0),
                x.step(),
                x.row(),
                first == 0 ? steps.h().address(0, 0) : y.address(first - 1, 0),
                first == 0 ? steps.h().row() : y.row(),
                y.address(first, 0),
                y.step(),
                y.row(),
                scratch);
    }

    private static void require(MemorySegment segment, long elements) {
        if (segment.byteSize() < elements * Float.BYTES) {
            throw new IndexOutOfBoundsException(
                    elements + " elements in a segment of " + segment.byteSize() + " bytes");
        }
    }
}
