package dev.nereid.kernels.recurrent;

/**
 * Some steps of a batch of sequences that all take them.
 *
 * @param x the gates' part from the input, biases included: [steps, batch, columns of the layer's {@link GateBlocks}]
 * @param h the hidden states before the first step, a single step: [1, batch, hidden]
 * @param y the hidden states after each step: [steps, batch, hidden]; overlaps none of the others
 */
public record RecurrentSteps(int steps, int batch, StepRows x, StepRows h, StepRows y) {
    /** The same steps of the sequences [from, to) alone. */
    RecurrentSteps rows(int from, int to) {
        return new RecurrentSteps(steps, to - from, x.later(from), h.later(from), y.later(from));
    }

    /**
     * Checks that everything lies in its segment.
     *
     * @throws IndexOutOfBoundsException if it does not
     */
    void check(GateBlocks blocks) {
        x.check(steps, batch, blocks.columns());
        h.check(1, batch, blocks.hidden());
        y.check(steps, batch, blocks.hidden());
    }
}
