package dev.nereid.server.schedule.sequence;

import dev.nereid.memory.SlabPool;
import dev.nereid.tensor.DataType;
import dev.nereid.tensor.Shape;
import dev.nereid.tensor.Tensor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** Tensors of zeros that everybody may read and nobody writes, all in the same memory. Any thread. */
final class Zeros implements AutoCloseable {
    private static final byte[] EMPTY = new byte[0];

    private final SlabPool memory;
    /** The last one is the largest; the others may still be read. */
    private final List<SlabPool.Slab> slabs = new ArrayList<>();

    /**
     * Takes no memory yet.
     *
     * @param memory outlives this object
     */
    Zeros(SlabPool memory) {
        this.memory = memory;
    }

    /** Zeros, or empty strings, that are good until this object is closed. */
    synchronized Tensor tensor(DataType dataType, Shape shape) {
        if (dataType == DataType.STRING) {
            return strings(shape);
        }
        long bytes = shape.elements() * dataType.bytes();
        if (slabs.isEmpty() || slabs.getLast().segment().byteSize() < bytes) {
            // Doubled, so that the blocks kept for their readers add up to no more than the last.
            long size = slabs.isEmpty()
                    ? bytes
                    : Math.max(bytes, 2 * slabs.getLast().segment().byteSize());
            SlabPool.Slab slab = memory.take(size);
            slab.segment().fill((byte) 0);
            slabs.add(slab);
        }
        return Tensor.of(dataType, shape, slabs.getLast().segment().asSlice(0, bytes));
    }

    static Tensor strings(Shape shape) {
        byte[][] elements = new byte[Math.toIntExact(shape.elements())][];
        Arrays.fill(elements, EMPTY);
        return Tensor.ofStrings(shape, elements);
    }

    @Override
    public synchronized void close() {
        slabs.forEach(SlabPool.Slab::close);
        slabs.clear();
    }
}
