package dev.nereid.models.operators.elementwise;

import dev.nereid.kernels.parallel.Workers;
import dev.nereid.tensor.Shape;
import java.util.Arrays;

/**
 * The order in which the elements of a result are computed from operands that broadcast to it: as runs along the
 * innermost axis, in which each operand is dense or repeats one element. Adjacent axes that are walked alike are one.
 */
public final class BroadcastLoop {
    /** Computes one run. */
    @FunctionalInterface
    public interface Run {
        /**
         * Computes {@code length} elements.
         *
         * @param operands the index of each operand's first element; valid during the call
         * @param result the index of the result's first element
         */
        void run(long[] operands, long result, int length);
    }

    /** A run is cut into pieces of this many elements at most, which the workers share. */
    private static final int PIECE = 1 << 16;

    /** Elements below which what a run costs beside them is as much. */
    private static final int SHORT_RUN = 256;

    /** The dims outside the run, outermost first. */
    private final long[] outer;

    /** For each operand its strides along {@link #outer}. */
    private final long[][] strides;

    private final long run;
    private final long[] steps;
    private final long piece;

    private BroadcastLoop(long[] outer, long[][] strides, long run, long[] steps, long piece) {
        this.outer = outer;
        this.strides = strides;
        this.run = run;
        this.steps = steps;
        this.piece = piece;
    }

    /** The loop over a result of shape {@code result}. */
    public static BroadcastLoop of(Shape result, Shape... operands) {
        int count = operands.length;
        if (Arrays.stream(operands).allMatch(result::equals)) {
            long[] dense = new long[count];
            Arrays.fill(dense, 1);
            return new BroadcastLoop(new long[0], new long[count][0], result.elements(), dense, PIECE);
        }
        int rank = result.rank();
        long[][] all = new long[count][];
        for (int i = 0; i < count; i++) {
            all[i] = Broadcasting.strides(operands[i], result);
        }
        // Merged axes, innermost first.
        long[] dims = new long[rank + 1];
        long[][] merged = new long[count][rank + 1];
        int axes = 0;
        for (int axis = rank - 1; axis >= 0; axis--) {
            long dim = result.dim(axis);
            if (dim == 1) {
                continue;
            }
            if (axes > 0 && continues(all, merged, axis, axes - 1, dims[axes - 1])) {
                dims[axes - 1] *= dim;
                continue;
            }
            dims[axes] = dim;
            for (int i = 0; i < count; i++) {
                merged[i][axes] = all[i][axis];
            }
            axes++;
        }
        if (axes == 0) {
            dims[axes++] = 1;
        }
        long[] outer = new long[axes - 1];
        long[][] strides = new long[count][axes - 1];
        long[] steps = new long[count];
        for (int i = 0; i < count; i++) {
            steps[i] = merged[i][0];
        }
        for (int a = 1; a < axes; a++) {
            outer[axes - 1 - a] = dims[a];
            for (int i = 0; i < count; i++) {
                strides[i][axes - 1 - a] = merged[i][a];
            }
        }
        return new BroadcastLoop(outer, strides, dims[0], steps, PIECE);
    }

    /** Whether going along {@code axis} continues, for every operand, what the merged axis {@code last} began. */
    private static boolean continues(long[][] strides, long[][] merged, int axis, int last, long extent) {
        for (int i = 0; i < strides.length; i++) {
            if (strides[i][axis] != merged[i][last] * extent) {
                return false;
            }
        }
        return true;
    }

    /** 1 where the operand is dense in a run, 0 where it repeats one element. */
    public int step(int operand) {
        return (int) steps[operand];
    }

    /**
     * Whether short dense runs follow each other in all operands but one, which has the same run each time. Such runs are
     * better computed many at a time, by {@link #forEachRows}.
     */
    public boolean repeatsRow(int operand) {
        int last = outer.length - 1;
        if (last < 0 || run > SHORT_RUN) {
            return false;
        }
        for (int i = 0; i < steps.length; i++) {
            if (steps[i] != 1 || strides[i][last] != (i == operand ? 0 : run)) {
                return false;
            }
        }
        return true;
    }

    /** Computes some runs that follow each other. */
    @FunctionalInterface
    public interface Rows {
        /**
         * Computes {@code rows} runs of {@code length} elements.
         *
         * @param operands the index of each operand's first element; valid during the call
         * @param result the index of the result's first element
         */
        void run(long[] operands, long result, int rows, int length);
    }

    /** As {@link #forEach}, of a loop that {@linkplain #repeatsRow repeats a row}. */
    public void forEachRows(Workers workers, long parallelElements, Rows body) {
        int last = outer.length - 1;
        long[][] outside = new long[steps.length][];
        long[] rowSteps = new long[steps.length];
        for (int i = 0; i < steps.length; i++) {
            outside[i] = Arrays.copyOf(strides[i], last);
            rowSteps[i] = strides[i][last];
        }
        int length = (int) run;
        BroadcastLoop rows =
                new BroadcastLoop(Arrays.copyOf(outer, last), outside, outer[last], rowSteps, Math.max(1, PIECE / run));
        rows.forEach(
                workers,
                parallelElements / length,
                (operands, row, count) -> body.run(operands, row * length, count, length));
    }

    /**
     * Computes every run, on several threads if there are more than {@code parallelElements} elements.
     */
    public void forEach(Workers workers, long parallelElements, Run body) {
        long outerCount = 1;
        for (long dim : outer) {
            outerCount *= dim;
        }
        long pieces = Math.ceilDiv(run, piece);
        long units = outerCount * pieces;
        if (units == 0) {
            return;
        }
        boolean split = workers.count() > 1 && outerCount * run > parallelElements;
        int tasks = split ? (int) Math.min(units, 4L * workers.count()) : 1;
        if (tasks == 1) {
            forRange(0, units, pieces, body);
        } else {
            workers.run(tasks, task -> forRange(units * task / tasks, units * (task + 1) / tasks, pieces, body));
        }
    }

    private void forRange(long from, long to, long pieces, Run body) {
        long[] position = new long[outer.length];
        long[] base = new long[steps.length];
        long[] operands = new long[steps.length];
        long index = from / pieces;
        long rest = index;
        for (int axis = outer.length - 1; axis >= 0; axis--) {
            position[axis] = rest % outer[axis];
            rest /= outer[axis];
            for (int i = 0; i < base.length; i++) {
                base[i] += position[axis] * strides[i][axis];
            }
        }
        long place = from % pieces;
        for (long unit = from; unit < to; unit++) {
            long start = place * piece;
            for (int i = 0; i < base.length; i++) {
                operands[i] = base[i] + steps[i] * start;
            }
            body.run(operands, index * run + start, (int) Math.min(piece, run - start));
            if (++place == pieces) {
                place = 0;
                index++;
                advance(position, base);
            }
        }
    }

    private void advance(long[] position, long[] base) {
        for (int axis = outer.length - 1; axis >= 0; axis--) {
            boolean carries = ++position[axis] == outer[axis];
            for (int i = 0; i < base.length; i++) {
                base[i] += carries ? -(outer[axis] - 1) * strides[i][axis] : strides[i][axis];
            }
            if (!carries) {
                return;
            }
            position[axis] = 0;
        }
    }
}
