package dev.nereid.cuda.lowering.attention;

import dev.nereid.cuda.device.BroadcastStrides;
import dev.nereid.cuda.device.DeviceCapabilities;
import dev.nereid.cuda.lowering.DeviceRun;
import dev.nereid.cuda.lowering.DeviceTensor;
import dev.nereid.kernels.elementwise.CompareOp;
import dev.nereid.models.lowering.Inference;
import dev.nereid.models.operators.attention.AttentionSizes;
import dev.nereid.models.operators.attention.PaddingMask;
import dev.nereid.tensor.DataType;
import dev.nereid.tensor.Shape;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SegmentAllocator;
import java.lang.foreign.ValueLayout;
import java.util.List;

/**
 * What com.microsoft's attentions add to their scores of FP32, on a device: the numbers of a {@link PaddingMask} with an element
 * for each key, or a bias that broadcasts to the scores.
 *
 * @param mask the input with the mask
 * @param scoreBias the input with the bias
 * @param filter the score of keys that are not to be seen
 */
record DevicePadding(int mask, int scoreBias, float filter) {
    /** Numbers of the constants that {@link #constants} makes. */
    private static final int ZERO = 0;

    private static final int FILTER = 1;

    /** Whether a device can do it: a mask with lengths alone, or with a bias beside it, stays on the CPU. */
    boolean fits(Inference node, DeviceCapabilities capabilities) {
        if (!node.has(mask)) {
            return true;
        }
        boolean ones = node.type(mask).dataType() == DataType.INT32
                && node.type(mask).hasRank()
                && node.type(mask).rank() > 1;
        return ones
                && !node.has(scoreBias)
                && capabilities.has(CompareOp.GREATER, DataType.INT32)
                && capabilities.chooses(Float.BYTES);
    }

    /** A zero, which is one of INT32 and of FP32 alike, and the score of hidden keys. */
    List<MemorySegment> constants(SegmentAllocator memory) {
        return List.of(
                memory.allocateFrom(ValueLayout.JAVA_INT, 0), memory.allocateFrom(ValueLayout.JAVA_FLOAT, filter));
    }

    /** Bytes of scratch memory for {@link #of}. */
    long bytes(DeviceRun run) {
        return run.has(mask) ? (long) run.input(mask).length() * (Float.BYTES + 1) : 0;
    }

    /**
     * Starts what makes the numbers.
     *
     * @param scratch an address of as many bytes as {@link #bytes} says
     * @throws IllegalArgumentException if the mask or the bias does not fit
     */
    DeviceMask of(DeviceRun run, AttentionSizes sizes, long scratch) {
        if (run.has(scoreBias)) {
            return DeviceMask.of(run.input(scoreBias), sizes);
        }
        if (!run.has(mask)) {
            return DeviceMask.none(sizes.keys());
        }
        DeviceTensor given = run.input(mask);
        Shape shape = given.shape();
        Shape apart = Shape.of(sizes.batch(), sizes.queries(), sizes.keys());
        if (!shape.equals(Shape.of(sizes.batch(), sizes.keys())) && !shape.equals(apart)) {
            throw new IllegalArgumentException("mask: expected one of the shapes [" + sizes.batch() + "," + sizes.keys()
                    + "] and " + apart + ", got " + shape);
        }
        int length = given.length();
        long seen = scratch + (long) length * Float.BYTES;
        long[] dims = {length};
        long[] each = {1};
        long[] one = {0};
        long zero = run.constant(ZERO);
        run.kernels()
                .elementwise()
                .compare(
                        CompareOp.GREATER,
                        DataType.INT32,
                        given.address(),
                        zero,
                        seen,
                        BroadcastStrides.of(dims, List.of(each, one)));
        run.kernels()
                .elementwise()
                .where(
                        Float.BYTES,
                        seen,
                        zero,
                        run.constant(FILTER),
                        scratch,
                        BroadcastStrides.of(dims, List.of(each, one, one)));
        int query = shape.rank() == 3 ? sizes.keys() : 0;
        int item = shape.rank() == 3 ? Math.multiplyExact(sizes.queries(), sizes.keys()) : sizes.keys();
        return new DeviceMask(scratch, 0, new int[] {item, 0, query, 1}, sizes.keys());
    }
}
