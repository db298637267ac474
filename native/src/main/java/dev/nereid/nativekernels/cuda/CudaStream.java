package dev.nereid.nativekernels.cuda;

import dev.nereid.kernels.device.DeviceKernels;
import dev.nereid.kernels.device.DeviceStream;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import jcuda.driver.CUstream;
import jcuda.driver.CUstream_flags;
import jcuda.driver.JCudaDriver;

/** A stream of a card, with pinned memory that copies pass through. */
final class CudaStream implements DeviceStream {
    /** Bytes on their way from the card to memory that it cannot reach. */
    private record Arriving(MemorySegment pinned, MemorySegment to) {}

    private static final long ALIGNMENT = 256;

    private final CudaSpace space;
    private final CudaDevice device;
    private final CUstream stream = new CUstream();
    private final PinnedMemory pinned;
    private final CudaKernels kernels;
    private final List<Arriving> arriving = new ArrayList<>();
    private DevicePointer memory = new DevicePointer();
    private long memoryBytes;

    CudaStream(CudaSpace space) {
        this.space = space;
        this.device = space.card();
        this.pinned = new PinnedMemory(device);
        device.attach();
        device.check(JCudaDriver.cuStreamCreate(stream, CUstream_flags.CU_STREAM_NON_BLOCKING), "making a stream");
        this.kernels = new CudaKernels(new Launcher(device, stream));
    }

    @Override
    public void attach() {
        device.attach();
    }

    @Override
    public long reserve(long bytes) {
        if (memoryBytes < bytes || memoryBytes == 0) {
            release();
            long size = Math.ceilDiv(Math.max(bytes, 1), ALIGNMENT) * ALIGNMENT;
            memory = space.allocate(size, "the values of a run", stream);
            memoryBytes = size;
        }
        return memory.address();
    }

    private void release() {
        if (memoryBytes > 0) {
            long size = memoryBytes;
            memoryBytes = 0;
            space.free(memory, size, stream);
        }
    }

    @Override
    public void copyIn(MemorySegment from, long to) {
        if (from.byteSize() == 0) {
            return;
        }
        MemorySegment piece = piece(from.byteSize());
        piece.copyFrom(from);
        device.check(
                JCudaDriver.cuMemcpyHtoDAsync(
                        DevicePointer.at(to), new HostPointer(piece.address()), from.byteSize(), stream),
                "copying " + from.byteSize() + " bytes to it");
    }

    @Override
    public void copyOut(long from, MemorySegment to) {
        if (to.byteSize() == 0) {
            return;
        }
        MemorySegment piece = piece(to.byteSize());
        device.check(
                JCudaDriver.cuMemcpyDtoHAsync(
                        new HostPointer(piece.address()), DevicePointer.at(from), to.byteSize(), stream),
                "copying " + to.byteSize() + " bytes from it");
        arriving.add(new Arriving(piece, to));
    }

    private MemorySegment piece(long bytes) {
        if (!pinned.has(bytes)) {
            synchronize();
            if (!pinned.has(bytes)) {
                pinned.grow(bytes);
            }
        }
        return pinned.take(bytes);
    }

    @Override
    public DeviceKernels kernels() {
        return kernels;
    }

    @Override
    public void synchronize() {
        device.check(JCudaDriver.cuStreamSynchronize(stream), "running a model");
        arriving.forEach(copy -> copy.to().copyFrom(copy.pinned()));
        arriving.clear();
        pinned.reset();
    }

    @Override
    public void close() {
        device.attach();
        arriving.clear();
        try {
            release();
            device.check(JCudaDriver.cuStreamSynchronize(stream), "ending a stream");
        } finally {
            pinned.close();
            kernels.close();
            int _ = JCudaDriver.cuStreamDestroy(stream);
        }
    }
}
