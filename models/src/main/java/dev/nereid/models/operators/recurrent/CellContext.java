package dev.nereid.models.operators.recurrent;

import dev.nereid.kernels.matmul.Matrix;
import dev.nereid.models.lowering.StepRun;
import dev.nereid.models.operators.elementwise.Parallel;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.Optional;
import java.util.function.IntConsumer;
import java.util.function.IntPredicate;

/**
 * What the cells of all kinds work with.
 *
 * @param functions f, g and h, as far as the kind has them; all but h clip
 * @param products with the hidden state
 */
record CellContext(
        StepRun run,
        RowMath math,
        int batch,
        int hidden,
        List<RowMath.Function> functions,
        List<GateProduct> products) {

    /** Scratch memory of [batch, width] elements. */
    MemorySegment rows(int width) {
        return run.scratch((long) batch * width * math.bytes());
    }

    Matrix matrix(MemorySegment segment, int width) {
        return Matrix.of(segment, batch, width);
    }

    /** Scratch memory for product {@code index}. */
    MemorySegment productScratch(int index) {
        return run.scratch(products.get(index).scratchBytes(batch));
    }

    void multiply(int index, Matrix a, Matrix c, Optional<Matrix> addend, MemorySegment scratch) {
        products.get(index).run(a, c, addend, scratch, run.workers());
    }

    /** Runs {@code body} for every active row, on several threads if there are many elements. */
    void forEach(IntPredicate active, IntConsumer body) {
        Parallel.rows(run.workers(), batch, 4L * hidden, math.type(), (from, length) -> {
            for (int row = (int) from; row < from + length; row++) {
                if (active.test(row)) {
                    body.accept(row);
                }
            }
        });
    }
}
