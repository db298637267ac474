package dev.nereid.server.sharedmemory;

import dev.nereid.memory.SharedFile;
import dev.nereid.models.device.DeviceException;
import dev.nereid.models.device.DeviceIpcMemory;
import java.io.IOException;
import java.lang.foreign.MemorySegment;

/** The memory behind a region. Any thread. */
interface RegionMemory extends AutoCloseable {
    void read(long offset, MemorySegment target) throws IOException;

    void write(MemorySegment source, long offset) throws IOException;

    @Override
    void close();

    /** A shared memory object of the system, mapped. */
    record OfSystem(SharedFile file) implements RegionMemory {
        @Override
        public void read(long offset, MemorySegment target) throws IOException {
            file.read(offset, target);
        }

        @Override
        public void write(MemorySegment source, long offset) throws IOException {
            file.write(source, offset);
        }

        @Override
        public void close() {
            file.close();
        }
    }

    /** Memory of a GPU. */
    record OfGpu(DeviceIpcMemory memory) implements RegionMemory {
        @Override
        public void read(long offset, MemorySegment target) throws IOException {
            try {
                memory.read(offset, target);
            } catch (DeviceException e) {
                throw new IOException(e.getMessage(), e);
            }
        }

        @Override
        public void write(MemorySegment source, long offset) throws IOException {
            try {
                memory.write(source, offset);
            } catch (DeviceException e) {
                throw new IOException(e.getMessage(), e);
            }
        }

        @Override
        public void close() {
            memory.close();
        }
    }
}
