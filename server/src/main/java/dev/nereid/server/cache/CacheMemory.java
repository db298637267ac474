package dev.nereid.server.cache;

import dev.nereid.memory.NativeMemory;
import dev.nereid.memory.SlabPool;
import java.lang.foreign.MemorySegment;
import java.util.concurrent.atomic.AtomicLong;

/**
 * The native memory of cached answers: slabs for small ones, so that storing one opens no arena; a block of their own
 * for large ones, for which a slab of a power of two would waste too much. Any thread.
 */
final class CacheMemory implements AutoCloseable {
    /** Up to here a slab is used. */
    private static final long LARGEST_SLAB = 64 << 10;

    /** Free slabs that are kept for the next answers. */
    private static final long RETAINED = 16L << 20;

    /**
     * Memory of one answer.
     *
     * @param heldBytes what it takes, at least what was asked for
     * @param release gives it back; to be called once
     */
    record Block(MemorySegment segment, long heldBytes, Runnable release) {}

    private final SlabPool slabs = new SlabPool(RETAINED);
    private final AtomicLong heldBytes = new AtomicLong();

    /** A block of {@code bytes} whose content is undefined. */
    Block take(long bytes) {
        if (bytes <= LARGEST_SLAB) {
            SlabPool.Slab slab = slabs.take(bytes);
            return counted(slab.segment(), slab.heldBytes(), slab::close);
        }
        NativeMemory memory = NativeMemory.allocate(bytes);
        return counted(memory.segment(), memory.segment().byteSize(), memory::close);
    }

    private Block counted(MemorySegment segment, long held, Runnable close) {
        heldBytes.addAndGet(held);
        return new Block(segment, held, () -> {
            close.run();
            heldBytes.addAndGet(-held);
        });
    }

    /** Bytes of all blocks that were not given back. */
    long heldBytes() {
        return heldBytes.get();
    }

    @Override
    public void close() {
        slabs.close();
    }
}
