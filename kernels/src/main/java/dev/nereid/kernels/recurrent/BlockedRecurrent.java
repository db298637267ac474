package dev.nereid.kernels.recurrent;

import dev.nereid.kernels.parallel.Workers;
import dev.nereid.kernels.recurrent.UnitKernel.Units;
import java.lang.foreign.MemorySegment;
import java.util.Optional;
import java.util.function.Consumer;

/** Recurrent layers by a {@link UnitKernel}: all steps at once, or, where a step is long, step by step on all workers. */
public final class BlockedRecurrent implements RecurrentKernels {
    /** Multiply-adds of a step that are worth waking a second worker: about 200 microseconds of one. */
    private static final long WORTH_SPLITTING = 12_000_000;

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

    /** @param worthSplitting multiply-adds from which a step is for several workers */
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
        run(weights, steps, scratch, workers, units -> kernel.lstm(units, cells));
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
            require(bias, (long) weights.blocks().blocks() * GateBlocks.UNITS);
        }
        long address = biased ? bias.address() : 0;
        run(weights, steps, scratch, workers, units -> kernel.gru(units, address));
    }

    private void run(
            RecurrentWeights weights,
            RecurrentSteps steps,
            MemorySegment scratch,
            Workers workers,
            Consumer<Units> kernelOf) {
        GateBlocks blocks = weights.blocks();
        if (weights.panelColumns() != panelColumns(blocks.blockColumns())) {
            throw new IllegalArgumentException("weights in panels of " + weights.panelColumns() + " columns: expected "
                    + panelColumns(blocks.blockColumns()));
        }
        if (steps.steps() == 0 || steps.batch() == 0 || blocks.hidden() == 0) {
            return;
        }
        steps.check(blocks);
        long work = (long) steps.batch() * blocks.columns() * blocks.hidden();
        int parts = work < worthSplitting ? 1 : Math.min(workers.count(), blocks.blocks());
        require(scratch, parts * scratchOfOne(blocks, steps.batch()) / Float.BYTES);
        if (parts == 1) {
            kernelOf.accept(units(weights, steps, 0, steps.steps(), 0, blocks.blocks(), scratch.address()));
            return;
        }
        for (int t = 0; t < steps.steps(); t++) {
            int step = t;
            workers.run(parts, part -> {
                int from = blocks.blocks() * part / parts;
                int to = blocks.blocks() * (part + 1) / parts;
                long own = scratch.address() + part * scratchOfOne(blocks, steps.batch());
                kernelOf.accept(units(weights, steps, step, 1, from, to, own));
            });
        }
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
