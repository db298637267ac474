package dev.nereid.models.operators.recurrent;

import dev.nereid.kernels.matmul.Matrix;
import dev.nereid.kernels.parallel.Workers;
import dev.nereid.kernels.recurrent.GateBlocks;
import dev.nereid.kernels.recurrent.RecurrentSteps;
import dev.nereid.kernels.recurrent.StepRows;
import dev.nereid.models.lowering.StepRun;
import java.lang.foreign.MemorySegment;
import java.util.Optional;

/**
 * One pass over all sequences of a batch by {@link PassSteps}, forward or from their ends. The part of the gates
 * that comes from X is computed for many steps at a time. Where all sequences have all steps, nothing is copied: the
 * kernels read and write the steps in the order of the pass where they lie.
 */
final class FusedPass {
    /** As many elements of the gates are computed ahead: few enough to stay in the L2 cache beside the weights. */
    private static final int AHEAD = 1 << 16;

    /** Where all states, the last hidden ones and the last cells go, if anywhere. */
    record Outputs(
            Optional<MemorySegment> sequence, Optional<MemorySegment> lastHidden, Optional<MemorySegment> lastCell) {}

    /**
     * The states before the first step.
     *
     * @param hidden overwritten: [batch, hidden]
     * @param cells replaced by those after the last step: [batch, hidden]; no bytes where the kind has none
     */
    record States(MemorySegment hidden, MemorySegment cells) {}

    private final GateBlocks blocks;
    private final FusedWeights.Pass weights;
    private final SequenceRows rows;
    private final States states;
    private final Outputs outputs;
    private final int ahead;
    private final boolean direct;
    private final Gates gates;
    private final MemorySegment scratch;
    private final MemorySegment kept;

    /** Takes all the memory of a pass from {@code run}, whose threads need not be those that {@link #run} gets. */
    FusedPass(
            StepRun run,
            GateBlocks blocks,
            FusedWeights.Pass weights,
            SequenceRows rows,
            States states,
            Outputs outputs) {
        this.blocks = blocks;
        this.weights = weights;
        this.rows = rows;
        this.states = states;
        this.outputs = outputs;
        int batch = rows.sizes().batch();
        this.ahead = Math.clamp(
                AHEAD / Math.max((long) batch * blocks.columns(), 1),
                1,
                Math.max(rows.lengths().most(), 1));
        this.direct = rows.lengths().whole() && outputs.sequence().isPresent();
        this.gates = new Gates(run);
        this.scratch =
                run.scratch(weights.steps().scratchBytes(batch, run.workers().count()));
        this.kept = direct
                ? MemorySegment.NULL
                : run.scratch((long) ahead * batch * rows.sizes().hidden() * Float.BYTES);
    }

    /** Takes all steps. */
    void run(MemorySegment x, Workers workers) {
        RecurrentSizes sizes = rows.sizes();
        int batch = sizes.batch();
        int hidden = sizes.hidden();
        for (int b = 0; b < batch; b++) {
            if (!rows.lengths().reaches(b, 0)) {
                int sequence = b;
                outputs.lastHidden().ifPresent(y -> rows.zeroLast(sequence, y));
                outputs.lastCell().ifPresent(y -> rows.zeroLast(sequence, y));
            }
        }
        int steps = rows.lengths().most();
        if (steps == 0 || hidden == 0) {
            return;
        }
        MemorySegment initial = states.hidden();
        StepRows state = new StepRows(initial, 0, 0, hidden);
        for (int from = 0; from < steps; from += ahead) {
            int to = Math.min(from + ahead, steps);
            StepRows input = gates.compute(x, from, to - from, workers);
            StepRows y = direct ? output(from) : new StepRows(kept, 0, (long) batch * hidden, hidden);
            for (int step = from; step < to; ) {
                int end = Math.min(to, rows.lengths().nextEnd(step));
                RecurrentSteps taken =
                        new RecurrentSteps(end - step, batch, later(input, step - from), state, later(y, step - from));
                weights.steps().take(taken, states.cells(), scratch, workers);
                state = later(y, end - 1 - from);
                keepLast(end, state);
                step = end;
            }
            if (!direct) {
                int first = from;
                outputs.sequence().ifPresent(all -> {
                    for (int step = first; step < to; step++) {
                        rows.copyStep(kept, y.index(step - first, 0), step, all);
                    }
                });
                // The next steps overwrite what they start from.
                MemorySegment.copy(kept, state.offset() * Float.BYTES, initial, 0, (long) batch * hidden * Float.BYTES);
                state = new StepRows(initial, 0, 0, hidden);
            }
        }
    }

    /** Copies the states of the sequences that end with as many steps. */
    private void keepLast(int steps, StepRows state) {
        for (int b = 0; b < rows.sizes().batch(); b++) {
            if (rows.lengths().lengths()[b] == steps) {
                int sequence = b;
                outputs.lastHidden()
                        .ifPresent(y -> rows.copyLast(state.segment(), state.index(0, sequence), sequence, y));
                outputs.lastCell()
                        .ifPresent(y -> rows.copyLast(
                                states.cells(), (long) sequence * rows.sizes().hidden(), sequence, y));
            }
        }
    }

    private static StepRows later(StepRows rows, int steps) {
        return new StepRows(rows.segment(), rows.index(steps, 0), rows.step(), rows.row());
    }

    /** Where a whole batch's steps from number {@code first} on are in Y. */
    private StepRows output(int first) {
        RecurrentSizes sizes = rows.sizes();
        int direction = rows.direction();
        int time = rows.lengths().time(0, first, rows.reversed());
        long step = sizes.outputAt(1, direction, 0) - sizes.outputAt(0, direction, 0);
        return new StepRows(
                outputs.sequence().orElseThrow(),
                sizes.outputAt(time, direction, 0),
                rows.reversed() ? -step : step,
                sizes.outputAt(0, direction, 1) - sizes.outputAt(0, direction, 0));
    }

    /** The part of the gates that comes from X. */
    private final class Gates {
        private final boolean ordered;
        private final MemorySegment gates;
        private final MemorySegment scratch;
        private final MemorySegment copy;

        Gates(StepRun run) {
            RecurrentSizes sizes = rows.sizes();
            int batch = sizes.batch();
            // Some steps of all sequences lie next to each other unless the batch comes first.
            boolean together = !sizes.batchFirst() || batch == 1 || ahead == sizes.steps();
            ordered = !rows.lengths().whole() || !together;
            gates = run.scratch((long) ahead * batch * blocks.columns() * Float.BYTES);
            scratch = run.scratch(weights.input().scratchBytes(ahead * batch));
            copy = ordered
                    ? run.scratch((long) ahead * batch * sizes.weights().input() * Float.BYTES)
                    : MemorySegment.NULL;
        }

        /** Of the steps from number {@code from} on. */
        StepRows compute(MemorySegment x, int from, int steps, Workers workers) {
            RecurrentSizes sizes = rows.sizes();
            int batch = sizes.batch();
            int columns = blocks.columns();
            int inputs = sizes.weights().input();
            int count = steps * batch;
            Matrix rowsOfX;
            if (ordered) {
                rows.order(x, from, steps, copy);
                rowsOfX = Matrix.of(copy, count, inputs);
            } else {
                int first = rows.reversed() ? sizes.steps() - from - steps : from;
                rowsOfX = Matrix.of(x, sizes.inputAt(first, 0), count, inputs);
            }
            Optional<Matrix> bias = weights.bias().map(row -> Matrix.repeatedRow(row, 0, count, columns));
            weights.input().run(rowsOfX, Matrix.of(gates, count, columns), bias, scratch, workers);
            boolean batchFirst = !ordered && sizes.batchFirst();
            long step = batchFirst ? columns : (long) batch * columns;
            long row = batchFirst ? (long) steps * columns : columns;
            boolean backwards = !ordered && rows.reversed();
            return new StepRows(gates, backwards ? (steps - 1) * step : 0, backwards ? -step : step, row);
        }
    }
}
