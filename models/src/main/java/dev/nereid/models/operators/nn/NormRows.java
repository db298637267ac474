package dev.nereid.models.operators.nn;

import dev.nereid.kernels.parallel.Workers;
import dev.nereid.models.lowering.StepRun;
import dev.nereid.models.operators.elementwise.BroadcastLoop;
import dev.nereid.tensor.Shape;
import dev.nereid.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;

/** The operands of row normalisations. */
final class NormRows {
    private NormRows() {}

    /**
     * What rows are multiplied by, or what is added to them.
     *
     * @param segment dense elements: those of a row, or of all rows
     * @param each whether every row has its own
     */
    record Operand(MemorySegment segment, boolean each) {
        /** Where the elements for a row begin that begins at byte {@code at} of x. */
        long offset(long at) {
            return each ? at : 0;
        }
    }

    /**
     * An input for rows that are the axes of {@code shape} from {@code axis} on; it broadcasts to the whole of it.
     *
     * @throws IllegalArgumentException if it does not
     */
    static Operand operand(StepRun run, int input, Shape shape, int axis) {
        Tensor tensor = run.input(input);
        Shape own = tensor.shape();
        int surplus = own.rank() - (shape.rank() - axis);
        boolean each = false;
        for (int i = 0; i < surplus; i++) {
            each |= own.dim(i) != 1;
        }
        if (own.rank() > shape.rank()) {
            throw new IllegalArgumentException(
                    "input " + input + ": expected a shape that broadcasts to " + shape + ", got " + own);
        }
        if (each) {
            return new Operand(expanded(run, tensor, own, shape), true);
        }
        Shape inner = Shape.of(Arrays.copyOfRange(own.dims(), Math.max(surplus, 0), own.rank()));
        Shape row = Shape.of(Arrays.copyOfRange(shape.dims(), axis, shape.rank()));
        return new Operand(expanded(run, tensor, inner, row), false);
    }

    /** The elements of a tensor, seen under a shape of its own, for a shape that this broadcasts to. */
    private static MemorySegment expanded(StepRun run, Tensor tensor, Shape own, Shape shape) {
        if (own.equals(shape)) {
            return tensor.segment();
        }
        int bytes = tensor.dataType().bytes();
        MemorySegment expanded = run.scratch(shape.elements() * bytes);
        BroadcastLoop loop = BroadcastLoop.of(shape, own);
        loop.forEach(Workers.single(), Long.MAX_VALUE, (at, to, length) -> {
            for (int i = 0; i < length; i++) {
                long from = at[0] + (long) i * loop.step(0);
                MemorySegment.copy(tensor.segment(), from * bytes, expanded, (to + i) * bytes, bytes);
            }
        });
        return expanded;
    }

    /** Zeros. */
    static MemorySegment zeros(StepRun run, long bytes) {
        MemorySegment zeros = run.scratch(bytes);
        zeros.fill((byte) 0);
        return zeros;
    }
}
