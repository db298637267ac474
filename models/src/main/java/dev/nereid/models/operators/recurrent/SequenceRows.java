package dev.nereid.models.operators.recurrent;

import java.lang.foreign.MemorySegment;

/** Copies between tensors, whose steps are in order of time, and the order in which one pass takes them. */
record SequenceRows(RowMath math, RecurrentSizes sizes, SequenceLengths lengths, int direction, boolean reversed) {
    /** Copies steps of X in the order of the pass: [steps, batch, input]; zeros where a sequence has ended. */
    void order(MemorySegment x, int from, int steps, MemorySegment ordered) {
        int inputs = sizes.weights().input();
        long to = 0;
        for (int step = from; step < from + steps; step++) {
            for (int b = 0; b < sizes.batch(); b++) {
                if (lengths.reaches(b, step)) {
                    math.copy(x, sizes.inputAt(lengths.time(b, step, reversed), b), ordered, to, inputs);
                } else {
                    zero(ordered, to, inputs);
                }
                to += inputs;
            }
        }
    }

    /**
     * Copies the states after a step to Y, of the sequences that reach it.
     *
     * @param states [batch, hidden] from element {@code at} on
     */
    void copyStep(MemorySegment states, long at, int step, MemorySegment y) {
        for (int b = 0; b < sizes.batch(); b++) {
            if (lengths.reaches(b, step)) {
                long to = sizes.outputAt(lengths.time(b, step, reversed), direction, b);
                math.copy(states, at + (long) b * sizes.hidden(), y, to, sizes.hidden());
            }
        }
    }

    /** Copies a state of one sequence to where the last states are. */
    void copyLast(MemorySegment states, long at, int sequence, MemorySegment y) {
        math.copy(states, at, y, sizes.stateAt(direction, sequence), sizes.hidden());
    }

    /** The last state of a sequence without steps. */
    void zeroLast(int sequence, MemorySegment y) {
        zero(y, sizes.stateAt(direction, sequence), sizes.hidden());
    }

    private void zero(MemorySegment segment, long at, int length) {
        segment.asSlice(at * math.bytes(), (long) length * math.bytes()).fill((byte) 0);
    }
}
