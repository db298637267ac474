package dev.nereid.cuda.lowering.attention;

import dev.nereid.tensor.DataType;

/**
 * Vectors of tokens in a device's memory, one for each item of a batch, head and token. The elements of one vector are
 * contiguous.
 *
 * @param strides in elements, along items, heads and tokens; not to be changed
 */
@SuppressWarnings("ArrayRecordComponent")
record DeviceVectors(long address, int[] strides) {
    /** x: [batch, tokens, heads * size]. */
    static DeviceVectors side(long address, int heads, int tokens, int size) {
        int token = Math.multiplyExact(heads, size);
        return new DeviceVectors(address, new int[] {Math.multiplyExact(tokens, token), size, token});
    }

    /** x: [batch, heads, tokens, size]. */
    static DeviceVectors stacked(long address, int heads, int tokens, int size) {
        int head = Math.multiplyExact(tokens, size);
        return new DeviceVectors(address, new int[] {Math.multiplyExact(heads, head), head, size});
    }

    /** The vectors from this element on. */
    DeviceVectors from(long elements, DataType type) {
        return new DeviceVectors(address + elements * type.bytes(), strides);
    }
}
