package dev.nereid.cuda.driver;

import dev.nereid.memory.NativeMemory;
import dev.nereid.models.device.PinnedMemoryBudget;
import java.lang.foreign.MemorySegment;
import jcuda.driver.CUresult;
import jcuda.driver.JCudaDriver;

/**
 * Host memory that copies to and from a card pass through, handed out in pieces that are given back all at once. Pinned, so
 * that a card copies while the host goes on, as long as the budget lasts and the system has it; plain memory otherwise, which
 * the driver copies from and to as well. One thread at a time.
 */
final class StagingMemory implements AutoCloseable {
    private static final long ALIGNMENT = 64;
    private static final long SMALLEST = 1L << 16;

    /** A block of memory, and how it is given back. */
    private interface Block extends AutoCloseable {
        MemorySegment segment();

        @Override
        void close();
    }

    private record Plain(NativeMemory memory) implements Block {
        @Override
        public MemorySegment segment() {
            return memory.segment();
        }

        @Override
        public void close() {
            memory.close();
        }
    }

    private record Pinned(CudaDevice device, HostPointer pointer, MemorySegment segment) implements Block {
        @Override
        public void close() {
            device.pinned().giveBack(segment.byteSize());
            device.check(JCudaDriver.cuMemFreeHost(pointer), "giving memory of the host back");
        }
    }

    private record None() implements Block {
        @Override
        public MemorySegment segment() {
            return MemorySegment.NULL;
        }

        @Override
        public void close() {}
    }

    private final CudaDevice device;
    private Block block = new None();
    private long used;

    StagingMemory(CudaDevice device) {
        this.device = device;
    }

    /** Whether a piece can be had without giving the others back. */
    boolean has(long bytes) {
        return block.segment().byteSize() - used >= bytes;
    }

    /** A piece; only where {@link #has} says so. */
    MemorySegment take(long bytes) {
        MemorySegment piece = block.segment().asSlice(used, bytes);
        used = Math.min(block.segment().byteSize(), Math.ceilDiv(used + bytes, ALIGNMENT) * ALIGNMENT);
        return piece;
    }

    /** No piece is in use any more. */
    void reset() {
        used = 0;
    }

    /** Gives all pieces back and has at least {@code bytes}, and twice what there was, from now on. */
    void grow(long bytes) {
        long size = Math.max(SMALLEST, Math.max(2 * block.segment().byteSize(), bytes));
        close();
        block = pin(size);
    }

    /** Memory that a card reaches by itself, or what there is instead. */
    @SuppressWarnings("restricted")
    private Block pin(long size) {
        PinnedMemoryBudget budget = device.pinned();
        if (budget.take(size)) {
            HostPointer memory = new HostPointer();
            int result = JCudaDriver.cuMemHostAlloc(memory, size, 0);
            if (result == CUresult.CUDA_SUCCESS) {
                return new Pinned(
                        device,
                        memory,
                        MemorySegment.ofAddress(memory.address()).reinterpret(size));
            }
            budget.giveBack(size);
            if (result != CUresult.CUDA_ERROR_OUT_OF_MEMORY) {
                device.check(result, "allocating " + size + " bytes of the host for copies");
            }
        }
        budget.fallBack(size);
        return new Plain(NativeMemory.allocate(size));
    }

    @Override
    public void close() {
        used = 0;
        Block last = block;
        block = new None();
        last.close();
    }
}
