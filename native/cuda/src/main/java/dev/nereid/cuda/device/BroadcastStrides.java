package dev.nereid.cuda.device;

import java.util.Arrays;
import java.util.List;

/**
 * Strides of the operands of an elementwise kernel: for each axis of the result its extent and each operand's stride in
 * elements, 0 where it broadcasts. In the shortest form: axes of extent 1 are gone, and neighbouring axes that lie one after
 * the other in every operand are one axis. Arrays are not to be changed.
 *
 * @param strides [operand][axis]
 */
@SuppressWarnings("ArrayRecordComponent")
public record BroadcastStrides(int[] dims, int[][] strides) {
    /** Axes that kernels take. */
    public static final int MOST_DIMS = 6;

    /**
     * The shortest form.
     *
     * @param dims of the result
     * @param strides for each operand
     */
    public static BroadcastStrides of(long[] dims, List<long[]> strides) {
        int operands = strides.size();
        int[] newDims = new int[dims.length];
        int[][] newStrides = new int[operands][dims.length];
        int rank = 0;
        for (int axis = 0; axis < dims.length; axis++) {
            if (dims[axis] == 1) {
                continue;
            }
            int last = rank - 1;
            boolean joins = rank > 0;
            for (int operand = 0; operand < operands && joins; operand++) {
                joins = newStrides[operand][last] == strides.get(operand)[axis] * dims[axis];
            }
            int at = joins ? last : rank++;
            newDims[at] = Math.toIntExact(joins ? newDims[at] * dims[axis] : dims[axis]);
            for (int operand = 0; operand < operands; operand++) {
                newStrides[operand][at] = Math.toIntExact(strides.get(operand)[axis]);
            }
        }
        int[][] cut = new int[operands][];
        for (int operand = 0; operand < operands; operand++) {
            cut[operand] = Arrays.copyOf(newStrides[operand], rank);
        }
        return new BroadcastStrides(Arrays.copyOf(newDims, rank), cut);
    }

    /** The strides, along the axes of a result, of an operand that broadcasts to it. */
    public static long[] broadcast(long[] operand, long[] result) {
        long[] strides = new long[result.length];
        long stride = 1;
        for (int axis = operand.length - 1; axis >= 0; axis--) {
            int at = axis + result.length - operand.length;
            strides[at] = operand[axis] == 1 ? 0 : stride;
            stride *= operand[axis];
        }
        return strides;
    }

    /** The strides of a dense tensor. */
    public static long[] dense(long[] dims) {
        long[] strides = new long[dims.length];
        long stride = 1;
        for (int axis = dims.length - 1; axis >= 0; axis--) {
            strides[axis] = stride;
            stride *= dims[axis];
        }
        return strides;
    }

    public int rank() {
        return dims.length;
    }

    /** Elements of the result. */
    public int length() {
        int length = 1;
        for (int dim : dims) {
            length = Math.multiplyExact(length, dim);
        }
        return length;
    }

    /** Whether every operand lies as the result does. */
    public boolean isDense() {
        return rank() == 0 || (rank() == 1 && Arrays.stream(strides).allMatch(operand -> operand[0] == 1));
    }
}
