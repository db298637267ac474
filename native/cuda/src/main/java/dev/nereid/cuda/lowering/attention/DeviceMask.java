package dev.nereid.cuda.lowering.attention;

import dev.nereid.cuda.lowering.DeviceTensor;
import dev.nereid.models.operators.attention.AttentionSizes;
import dev.nereid.models.operators.attention.MaskTensor;
import dev.nereid.tensor.DataType;

/**
 * A {@link MaskTensor} in a device's memory.
 *
 * @param numbers the address of numbers that are added to the scores; 0 where the mask has truth values
 * @param allowed the address of truth values, of which false forbids; 0 where the mask has numbers
 * @param strides along items, heads, queries and keys; not to be changed
 * @param keys that it speaks of; those behind must not be seen
 */
@SuppressWarnings("ArrayRecordComponent")
record DeviceMask(long numbers, long allowed, int[] strides, int keys) {
    /** No mask for so many keys. */
    static DeviceMask none(int keys) {
        return new DeviceMask(0, 0, new int[4], keys);
    }

    /** @throws IllegalArgumentException if the mask does not fit */
    static DeviceMask of(DeviceTensor mask, AttentionSizes sizes) {
        long[] strides = MaskTensor.strides(mask.shape(), sizes);
        boolean truth = mask.dataType() == DataType.BOOL;
        return new DeviceMask(
                truth ? 0 : mask.address(),
                truth ? mask.address() : 0,
                new int[] {Math.toIntExact(strides[0]), Math.toIntExact(strides[1]), Math.toIntExact(strides[2]), 1},
                Math.toIntExact(mask.shape().dim(-1)));
    }
}
