package dev.nereid.models.operators.recurrent;

import dev.nereid.kernels.matmul.Matrix;
import java.lang.foreign.MemorySegment;
import java.util.function.IntPredicate;

/** The states of a batch of sequences in one pass, and how one step changes them. Used by one run. */
interface Cell {
    /** The hidden states: [batch, hidden]. */
    MemorySegment hidden();

    /**
     * Takes one step.
     *
     * @param input the part of the gates that comes from X, biases included: [batch, gates * hidden]
     * @param active which sequences of the batch take the step; the states of others stay
     */
    void step(Matrix input, IntPredicate active);
}
