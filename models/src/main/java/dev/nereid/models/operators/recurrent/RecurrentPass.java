package dev.nereid.models.operators.recurrent;

import dev.nereid.kernels.matmul.Matrix;
import dev.nereid.models.lowering.StepRun;
import java.lang.foreign.MemorySegment;
import java.util.Optional;

/**
 * One pass over all sequences of a batch, forward or from their ends. The part of the gates that comes from X is
 * computed for many steps at a time.
 */
record RecurrentPass(
        StepRun run, RowMath math, RecurrentSizes sizes, SequenceLengths lengths, int direction, boolean reversed) {
    /** As many elements of the gates are computed ahead: few enough to stay in a processor's cache. */
    private static final int AHEAD = 1 << 18;

    /**
     * Takes all steps.
     *
     * @param bias added to the gates: [1, gates * hidden]
     * @param sequence where the hidden state of every step goes, if anywhere
     */
    void run(MemorySegment x, GateProduct input, Optional<Matrix> bias, Cell cell, Optional<MemorySegment> sequence) {
        int batch = sizes.batch();
        int width = input.columns();
        int inputs = sizes.weights().input();
        if (batch == 0 || sizes.steps() == 0 || sizes.hidden() == 0) {
            return;
        }
        int ahead = Math.clamp(AHEAD / ((long) batch * width), 1, sizes.steps());
        MemorySegment gates = run.scratch((long) ahead * batch * width * math.bytes());
        MemorySegment scratch = run.scratch(input.scratchBytes(ahead * batch));
        boolean inOrder = !reversed && !sizes.batchFirst();
        MemorySegment ordered = inOrder ? x : run.scratch((long) ahead * batch * inputs * math.bytes());
        for (int from = 0; from < sizes.steps(); from += ahead) {
            int steps = Math.min(ahead, sizes.steps() - from);
            int rows = steps * batch;
            if (!inOrder) {
                rows().order(x, from, steps, ordered);
            }
            Matrix rowsOfX = Matrix.of(ordered, inOrder ? sizes.inputAt(from, 0) : 0, rows, inputs);
            Optional<Matrix> addend = bias.map(row -> Matrix.repeatedRow(row.segment(), row.offset(), rows, width));
            input.run(rowsOfX, Matrix.of(gates, rows, width), addend, scratch, run.workers());
            for (int step = from; step < from + steps; step++) {
                int number = step;
                Matrix part = Matrix.of(gates, (long) (step - from) * batch * width, batch, width);
                cell.step(part, row -> lengths.reaches(row, number));
                sequence.ifPresent(y -> rows().copyStep(cell.hidden(), 0, number, y));
            }
        }
    }

    /** Copies the states after the last step of each sequence; zeros where a sequence has none. */
    void copyLast(MemorySegment states, MemorySegment y) {
        for (int b = 0; b < sizes.batch(); b++) {
            if (lengths.reaches(b, 0)) {
                rows().copyLast(states, (long) b * sizes.hidden(), b, y);
            } else {
                rows().zeroLast(b, y);
            }
        }
    }

    private SequenceRows rows() {
        return new SequenceRows(math, sizes, lengths, direction, reversed);
    }
}
