package dev.nereid.nativekernels.cuda;

import java.lang.foreign.MemorySegment;
import jcuda.driver.CUresult;
import jcuda.driver.JCudaDriver;

/** Host memory that a card copies from and to while the host goes on. Handed out in pieces, given back all at once. */
final class PinnedMemory implements AutoCloseable {
    private static final long ALIGNMENT = 64;
    private static final long SMALLEST = 1L << 16;

    private final CudaDevice device;
    private HostPointer pointer = new HostPointer();
    private MemorySegment block = MemorySegment.NULL;
    private long used;

    PinnedMemory(CudaDevice device) {
        this.device = device;
    }

    /** Whether a piece can be had without giving the others back. */
    boolean has(long bytes) {
        return block.byteSize() - used >= bytes;
    }

    /** A piece; only where {@link #has} says so. */
    MemorySegment take(long bytes) {
        MemorySegment piece = block.asSlice(used, bytes);
        used = Math.min(block.byteSize(), Math.ceilDiv(used + bytes, ALIGNMENT) * ALIGNMENT);
        return piece;
    }

    /** No piece is in use any more. */
    void reset() {
        used = 0;
    }

    /** Gives all pieces back and has at least {@code bytes}, and twice what there was, from now on. */
    @SuppressWarnings("restricted")
    void grow(long bytes) {
        long size = Math.max(SMALLEST, Math.max(2 * block.byteSize(), bytes));
        close();
        HostPointer memory = new HostPointer();
        int result = JCudaDriver.cuMemHostAlloc(memory, size, 0);
        if (result == CUresult.CUDA_ERROR_OUT_OF_MEMORY) {
            throw device.outOfMemory(size, "copies, in memory of the host");
        }
        device.check(result, "allocating " + size + " bytes of the host for copies");
        pointer = memory;
        block = MemorySegment.ofAddress(memory.address()).reinterpret(size);
    }

    @Override
    public void close() {
        used = 0;
        if (block.byteSize() > 0) {
            block = MemorySegment.NULL;
            device.check(JCudaDriver.cuMemFreeHost(pointer), "giving memory of the host back");
        }
    }
}
