package dev.nereid.models.operators.recurrent;

import dev.nereid.kernels.matmul.Matrix;
import java.lang.foreign.MemorySegment;
import java.util.Optional;
import java.util.function.IntPredicate;

/** {@code h = f(x W' + h R' + b)}. */
final class RnnCell implements Cell {
    private final CellContext context;
    private final MemorySegment state;
    private final MemorySegment next;
    private final MemorySegment scratch;

    RnnCell(CellContext context, MemorySegment state) {
        this.context = context;
        this.state = state;
        this.next = context.rows(context.hidden());
        this.scratch = context.productScratch(0);
    }

    @Override
    public MemorySegment hidden() {
        return state;
    }

    @Override
    public void step(Matrix input, IntPredicate active) {
        int hidden = context.hidden();
        context.multiply(0, context.matrix(state, hidden), context.matrix(next, hidden), Optional.of(input), scratch);
        context.forEach(active, row -> {
            long at = (long) row * hidden;
            context.functions().getFirst().run(next, at, hidden);
            context.math().copy(next, at, state, at, hidden);
        });
    }
}
