package dev.nereid.models.device;

import java.lang.foreign.MemorySegment;

/**
 * Device memory that another process allocated and shares (CUDA IPC). That process may write to it at any time, so it is
 * only copied from and to. Any thread.
 */
public interface DeviceIpcMemory extends AutoCloseable {
    /** Bytes that the other process allocated. */
    long byteSize();

    /**
     * Copies to the host.
     *
     * @param offset where to begin; with the target's size within the memory
     * @throws DeviceException if the device refuses
     */
    void read(long offset, MemorySegment target);

    /**
     * Copies from the host; the bytes are there when the method returns.
     *
     * @param offset where to begin; with the source's size within the memory
     * @throws DeviceException if the device refuses
     */
    void write(MemorySegment source, long offset);

    /** Lets the memory go, which stays the other process's. Nothing is under way by then. */
    @Override
    void close();
}
