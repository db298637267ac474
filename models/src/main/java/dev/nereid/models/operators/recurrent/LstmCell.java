package dev.nereid.models.operators.recurrent;

import dev.nereid.kernels.matmul.Matrix;
import java.lang.foreign.MemorySegment;
import java.util.Optional;
import java.util.function.IntPredicate;

/**
 * {@code i = f(x Wi' + h Ri' + pi * c + bi)}, {@code s = f(x Wf' + h Rf' + pf * c + bf)} or, if coupled, {@code s = 1 -
 * i}; {@code c = s * c + i * g(x Wc' + h Rc' + bc)}; {@code o = f(x Wo' + h Ro' + po * c + bo)}, {@code h = o * h(c)}.
 */
final class LstmCell implements Cell {
    private final CellContext context;
    private final MemorySegment state;
    private final MemorySegment cells;
    private final Optional<Peepholes> peepholes;
    private final boolean coupled;
    private final RowMath.Function complement;

    /** Input, output, forget and cell gates: [batch, 4 * hidden]. */
    private final MemorySegment gates;

    private final MemorySegment scratch;
    private final MemorySegment temporary;

    /**
     * The weights by which the gates see the cell state.
     *
     * @param at element at which those of input, output and forget begin, hidden each
     */
    record Peepholes(MemorySegment weights, long at) {}

    LstmCell(
            CellContext context,
            MemorySegment state,
            MemorySegment cells,
            Optional<Peepholes> peepholes,
            boolean coupled) {
        this.context = context;
        this.state = state;
        this.cells = cells;
        this.peepholes = peepholes;
        this.coupled = coupled;
        this.complement = context.math().complement();
        this.gates = context.rows(4 * context.hidden());
        this.temporary = context.rows(context.hidden());
        this.scratch = context.productScratch(0);
    }

    @Override
    public MemorySegment hidden() {
        return state;
    }

    @Override
    public void step(Matrix input, IntPredicate active) {
        int hidden = context.hidden();
        Matrix states = context.matrix(state, hidden);
        context.multiply(0, states, context.matrix(gates, 4 * hidden), Optional.of(input), scratch);
        context.forEach(active, this::update);
    }

    private void update(int row) {
        RowMath math = context.math();
        int hidden = context.hidden();
        long at = (long) row * hidden;
        long in = 4 * at;
        long out = in + hidden;
        long forget = out + hidden;
        long fresh = forget + hidden;
        if (peepholes.isEmpty()) {
            context.functions().get(0).run(gates, in, 3 * hidden);
        } else {
            peep(in, 0, at);
            peep(forget, 2, at);
            context.functions().get(0).run(gates, in, hidden);
            context.functions().get(0).run(gates, forget, hidden);
        }
        context.functions().get(1).run(gates, fresh, hidden);
        if (coupled) {
            math.copy(gates, in, gates, forget, hidden);
            complement.run(gates, forget, hidden);
        }
        math.multiply(gates, forget, cells, at, cells, at, hidden);
        math.multiply(gates, in, gates, fresh, gates, fresh, hidden);
        math.add(cells, at, gates, fresh, cells, at, hidden);
        if (peepholes.isPresent()) {
            peep(out, 1, at);
            context.functions().get(0).run(gates, out, hidden);
        }
        math.copy(cells, at, temporary, at, hidden);
        context.functions().get(2).run(temporary, at, hidden);
        math.multiply(gates, out, temporary, at, state, at, hidden);
    }

    /** Adds what gate {@code index} of the peephole weights sees of the cell state. */
    private void peep(long gate, int index, long cell) {
        Peepholes weights = peepholes.orElseThrow();
        int hidden = context.hidden();
        context.math()
                .multiply(
                        weights.weights(), weights.at() + (long) index * hidden, cells, cell, temporary, cell, hidden);
        context.math().add(gates, gate, temporary, cell, gates, gate, hidden);
    }
}
