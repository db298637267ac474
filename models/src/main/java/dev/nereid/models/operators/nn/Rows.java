package dev.nereid.models.operators.nn;

import dev.nereid.kernels.parallel.Workers;
import dev.nereid.models.lowering.StepRun;
import dev.nereid.models.operators.elementwise.BroadcastLoop;
import dev.nereid.tensor.Shape;
import dev.nereid.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;

/** The operands of norms that are the same for every row. */
final class Rows {
    private Rows() {}

    /** An input as dense elements for the axes of {@code shape} from {@code axis} on, to which it broadcasts. */
    static MemorySegment expanded(StepRun run, int input, Shape shape, int axis) {
        Tensor tensor = run.input(input);
        long[] dims = shape.dims();
        Shape row = Shape.of(Arrays.copyOfRange(dims, axis, dims.length));
        if (tensor.shape().elements() == row.elements()) {
            return tensor.segment();
        }
        int bytes = tensor.dataType().bytes();
        MemorySegment expanded = run.scratch(row.elements() * bytes);
        BroadcastLoop loop = BroadcastLoop.of(row, tensor.shape());
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
