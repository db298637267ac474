package dev.nereid.models.plan;

import dev.nereid.memory.NativeMemory;
import dev.nereid.tensor.DataType;
import dev.nereid.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.List;

/**
 * The native memory of a model's constants, carved from blocks that grow with the model: few large ones, so that the
 * system can back them with large pages. Filled by one thread while a plan is built.
 */
public final class ConstantMemory implements AutoCloseable {
    private static final long SMALLEST_BLOCK = 1L << 18;
    private static final long LARGEST_BLOCK = 1L << 23;

    private final List<NativeMemory> blocks = new ArrayList<>();
    private final List<MemorySegment> rests = new ArrayList<>();
    /** By identity, while the plan is built. */
    private final IdentityHashMap<Tensor, Tensor> copies = new IdentityHashMap<>();

    private long bytes;

    /** Zeroed memory, aligned to a cache line, that lives until {@link #close}. */
    public MemorySegment allocate(long size) {
        long aligned = Math.ceilDiv(Math.max(size, 1), NativeMemory.ALIGNMENT) * NativeMemory.ALIGNMENT;
        if (aligned > LARGEST_BLOCK / 2) {
            return block(aligned).asSlice(0, size);
        }
        for (int i = 0; i < rests.size(); i++) {
            if (rests.get(i).byteSize() >= aligned) {
                return carve(i, size, aligned);
            }
        }
        rests.add(block(Math.max(aligned, Math.clamp(bytes, SMALLEST_BLOCK, LARGEST_BLOCK))));
        return carve(rests.size() - 1, size, aligned);
    }

    /** A constant as a tensor that lives until {@link #close}; what several graphs of a model share is there once. */
    Tensor copy(Tensor constant) {
        return copies.computeIfAbsent(constant, this::newCopy);
    }

    /** No more constants will come. */
    void forgetSources() {
        copies.clear();
    }

    private Tensor newCopy(Tensor constant) {
        if (constant.dataType() == DataType.STRING) {
            return constant;
        }
        MemorySegment memory = allocate(constant.byteSize());
        MemorySegment.copy(constant.segment(), 0, memory, 0, constant.byteSize());
        return Tensor.of(constant.dataType(), constant.shape(), memory);
    }

    private MemorySegment carve(int number, long size, long aligned) {
        MemorySegment rest = rests.get(number);
        rests.set(number, rest.asSlice(aligned));
        return rest.asSlice(0, size);
    }

    private MemorySegment block(long size) {
        NativeMemory memory = NativeMemory.allocate(size);
        blocks.add(memory);
        bytes += size;
        return memory.segment();
    }

    /** Bytes allocated so far. */
    public long bytes() {
        return bytes;
    }

    @Override
    public void close() {
        blocks.forEach(NativeMemory::close);
        blocks.clear();
        rests.clear();
        copies.clear();
    }
}
