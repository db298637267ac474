package dev.nereid.server.schedule.sequence;

import dev.nereid.memory.SlabPool;
import dev.nereid.tensor.DataType;
import dev.nereid.tensor.Shape;
import dev.nereid.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;

/** Memory of its own for one tensor whose shape may change. One thread at a time. */
final class StateBuffer implements AutoCloseable {
    private final DataType dataType;
    private final SlabPool memory;
    private SlabPool.@Nullable Slab slab;
    private @Nullable Tensor tensor;

    StateBuffer(DataType dataType, SlabPool memory) {
        this.dataType = dataType;
        this.memory = memory;
    }

    /** What was put in last. */
    Tensor tensor() {
        if (tensor == null) {
            throw new IllegalStateException("nothing has been put into this buffer");
        }
        return tensor;
    }

    /** Zeros, or empty strings, of the given shape. */
    Tensor blank(Shape shape) {
        if (dataType == DataType.STRING) {
            tensor = Zeros.strings(shape);
        } else {
            MemorySegment segment = room(shape.elements() * dataType.bytes());
            segment.fill((byte) 0);
            tensor = Tensor.of(dataType, shape, segment);
        }
        return tensor;
    }

    /** Copies a tensor of the buffer's datatype; it may lie in this buffer. */
    void set(Tensor value) {
        if (dataType == DataType.STRING) {
            tensor = Tensor.ofStrings(value.shape(), value.strings().clone());
            return;
        }
        long bytes = value.byteSize();
        SlabPool.Slab old = slab;
        SlabPool.Slab target = old != null && old.segment().byteSize() == bytes ? old : memory.take(bytes);
        MemorySegment.copy(value.segment(), 0, target.segment(), 0, bytes);
        tensor = Tensor.of(dataType, value.shape(), target.segment());
        slab = target;
        if (old != null && old != target) {
            old.close();
        }
    }

    private MemorySegment room(long bytes) {
        if (slab == null || slab.segment().byteSize() != bytes) {
            close();
            slab = memory.take(bytes);
        }
        return slab.segment();
    }

    @Override
    public void close() {
        if (slab != null) {
            slab.close();
            slab = null;
        }
        tensor = null;
    }
}
