package dev.nereid.models.operators.attention;

import dev.nereid.tensor.DataType;
import dev.nereid.tensor.Shape;
import dev.nereid.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * A tensor whose shape broadcasts to [batch, heads, queries, keys], but for keys: those behind its last axis must not be
 * seen. Holds numbers to add, or truth values, of which false forbids.
 *
 * @param mask of {@code BOOL}, {@code FP32} or {@code FP64}
 * @param strides in elements, of items, heads and queries
 * @param keys length of the last axis
 */
@SuppressWarnings("ArrayRecordComponent")
public record MaskTensor(Tensor mask, long[] strides, int keys) implements BiasPart {
    /** @throws IllegalArgumentException if the mask does not fit */
    static MaskTensor of(Tensor mask, AttentionSizes sizes) {
        Shape given = mask.shape();
        return new MaskTensor(mask, strides(given, sizes), Math.toIntExact(given.dim(-1)));
    }

    /**
     * The strides of items, heads and queries in a mask of this shape.
     *
     * @throws IllegalArgumentException if the mask does not fit
     */
    public static long[] strides(Shape given, AttentionSizes sizes) {
        long[] full = {sizes.batch(), sizes.heads(), sizes.queries(), sizes.keys()};
        int missing = 4 - given.rank();
        if (missing < 0 || missing == 4 || given.dim(-1) > sizes.keys()) {
            throw misfit(given, full);
        }
        long[] strides = new long[3];
        long stride = given.dim(-1);
        for (int axis = given.rank() - 2; axis >= 0; axis--) {
            if (given.dim(axis) != 1 && given.dim(axis) != full[axis + missing]) {
                throw misfit(given, full);
            }
            strides[axis + missing] = given.dim(axis) == 1 ? 0 : stride;
            stride *= given.dim(axis);
        }
        return strides;
    }

    private static IllegalArgumentException misfit(Shape given, long[] full) {
        return new IllegalArgumentException(
                "mask: expected a shape that broadcasts to " + Shape.of(full) + ", got " + given);
    }

    @Override
    public boolean byItem() {
        return strides[0] != 0;
    }

    @Override
    public boolean byHead() {
        return strides[1] != 0;
    }

    @Override
    public boolean byQuery() {
        return strides[2] != 0;
    }

    @Override
    public void add(int item, int head, int query, double[] row) {
        MemorySegment segment = mask.segment();
        long at = item * strides[0] + head * strides[1] + query * strides[2];
        for (int key = 0; key < row.length; key++) {
            row[key] += key < keys ? value(segment, at + key) : Double.NEGATIVE_INFINITY;
        }
    }

    private double value(MemorySegment segment, long index) {
        return switch (mask.dataType()) {
            case BOOL -> segment.get(ValueLayout.JAVA_BYTE, index) != 0 ? 0 : Double.NEGATIVE_INFINITY;
            case FP32 -> segment.get(ValueLayout.JAVA_FLOAT_UNALIGNED, 4 * index);
            case FP64 -> segment.get(ValueLayout.JAVA_DOUBLE_UNALIGNED, 8 * index);
            default -> throw new IllegalArgumentException("a mask of " + mask.dataType());
        };
    }

    /** Whether the tensor itself is what is to be added, as numbers of {@code type}. */
    boolean isReady(DataType type, int allKeys) {
        return mask.dataType() == type && keys == allKeys;
    }
}
