package dev.nereid.models.operators.recurrent;

import dev.nereid.kernels.matmul.Matrix;
import java.lang.foreign.MemorySegment;
import java.util.Optional;
import java.util.function.IntPredicate;

/**
 * {@code z = f(x Wz' + h Rz' + bz)}, {@code r = f(x Wr' + h Rr' + br)}, {@code n = g(x Wn' + (r * h) Rn' + bn)} or, if
 * linear before reset, {@code n = g(x Wn' + wn + r * (h Rn' + rn))}; then {@code h = (1 - z) * n + z * h}.
 */
final class GruCell implements Cell {
    private final CellContext context;
    private final MemorySegment state;
    private final Optional<Matrix> recurrentBias;
    private final boolean linearBeforeReset;
    private final RowMath.Function complement;

    /** Update and reset gates: [batch, 2 * hidden]. */
    private final MemorySegment gates;
    /** The hidden state after reset: [batch, hidden]. */
    private final MemorySegment reset;
    /** The new candidate: [batch, hidden]. */
    private final MemorySegment candidate;

    private final MemorySegment gateScratch;
    private final MemorySegment candidateScratch;

    /**
     * A cell.
     *
     * @param recurrentBias rn, if linear before reset and there are biases: a repeated row of [batch, hidden]
     */
    GruCell(CellContext context, MemorySegment state, boolean linearBeforeReset, Optional<Matrix> recurrentBias) {
        this.context = context;
        this.state = state;
        this.linearBeforeReset = linearBeforeReset;
        this.recurrentBias = recurrentBias;
        this.complement = context.math().complement();
        this.gates = context.rows(2 * context.hidden());
        this.reset = context.rows(context.hidden());
        this.candidate = context.rows(context.hidden());
        this.gateScratch = context.productScratch(0);
        this.candidateScratch = context.productScratch(1);
    }

    @Override
    public MemorySegment hidden() {
        return state;
    }

    @Override
    public void step(Matrix input, IntPredicate active) {
        int hidden = context.hidden();
        Matrix states = context.matrix(state, hidden);
        Matrix candidates = context.matrix(candidate, hidden);
        Matrix gateInput = columns(input, 0, 2 * hidden);
        Matrix candidateInput = columns(input, 2 * hidden, hidden);
        context.multiply(0, states, context.matrix(gates, 2 * hidden), Optional.of(gateInput), gateScratch);
        if (linearBeforeReset) {
            context.multiply(1, states, candidates, recurrentBias, candidateScratch);
            context.forEach(active, row -> {
                activateGates(row);
                long at = (long) row * hidden;
                context.math().multiply(gates, resetAt(row), candidate, at, candidate, at, hidden);
                context.math()
                        .add(
                                candidate,
                                at,
                                candidateInput.segment(),
                                candidateInput.index(row, 0),
                                candidate,
                                at,
                                hidden);
                finish(row);
            });
        } else {
            context.forEach(_ -> true, row -> {
                activateGates(row);
                long at = (long) row * hidden;
                context.math().multiply(gates, resetAt(row), state, at, reset, at, hidden);
            });
            context.multiply(
                    1, context.matrix(reset, hidden), candidates, Optional.of(candidateInput), candidateScratch);
            context.forEach(active, this::finish);
        }
    }

    private void activateGates(int row) {
        context.functions().get(0).run(gates, 2L * row * context.hidden(), 2 * context.hidden());
    }

    private long resetAt(int row) {
        return (2L * row + 1) * context.hidden();
    }

    private void finish(int row) {
        int hidden = context.hidden();
        long at = (long) row * hidden;
        long update = 2L * row * hidden;
        context.functions().get(1).run(candidate, at, hidden);
        context.math().multiply(gates, update, state, at, state, at, hidden);
        complement.run(gates, update, hidden);
        context.math().multiply(gates, update, candidate, at, candidate, at, hidden);
        context.math().add(candidate, at, state, at, state, at, hidden);
    }

    private static Matrix columns(Matrix matrix, int from, int count) {
        return new Matrix(
                matrix.segment(),
                matrix.offset() + from,
                matrix.rows(),
                count,
                matrix.rowStride(),
                matrix.columnStride());
    }
}
