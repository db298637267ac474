package dev.nereid.cuda.driver;

import dev.nereid.memory.NativeMemory;
import dev.nereid.models.device.DeviceIpcMemory;
import java.lang.foreign.MemorySegment;
import jcuda.driver.CUdeviceptr;
import jcuda.driver.CUipcMem_flags;
import jcuda.driver.CUresult;
import jcuda.driver.CUstream;
import jcuda.driver.CUstream_flags;
import jcuda.driver.JCudaDriver;

/**
 * Device memory that another process shares by CUDA IPC, with a stream of its own: a copy waits for nothing but itself, and
 * a write is in the card's memory when it returns, which the driver's call without a stream does not promise. While it is
 * open the card's context stays. Nothing between taking the context and the last call blocks but the driver: the thread may
 * be a virtual one.
 */
final class CudaIpcMemory implements DeviceIpcMemory {
    private final CudaDevice device;
    private final DevicePointer memory = new DevicePointer();
    private final CUstream stream = new CUstream();
    private final long byteSize;

    /** @param device is retained for this; {@link #close} releases it, but not where this fails */
    CudaIpcMemory(CudaDevice device, byte[] handle) {
        this.device = device;
        device.attach();
        device.check(
                JCudaDriver.cuIpcOpenMemHandle(
                        memory, IpcHandle.of(handle), CUipcMem_flags.CU_IPC_MEM_LAZY_ENABLE_PEER_ACCESS),
                "opening memory that another process shares");
        long[] bytes = {0};
        int result = JCudaDriver.cuMemGetAddressRange(new CUdeviceptr(), bytes, memory);
        if (result == CUresult.CUDA_SUCCESS) {
            result = JCudaDriver.cuStreamCreate(stream, CUstream_flags.CU_STREAM_NON_BLOCKING);
        }
        if (result != CUresult.CUDA_SUCCESS) {
            int _ = JCudaDriver.cuIpcCloseMemHandle(memory);
        }
        device.check(result, "looking at memory that another process shares");
        this.byteSize = bytes[0];
    }

    @Override
    public long byteSize() {
        return byteSize;
    }

    @Override
    public void read(long offset, MemorySegment target) {
        checkWithin(offset, target.byteSize());
        if (target.byteSize() == 0) {
            return;
        }
        if (!target.isNative()) {
            try (NativeMemory copy = NativeMemory.allocate(target.byteSize())) {
                read(offset, copy.segment());
                target.copyFrom(copy.segment());
            }
            return;
        }
        device.attach();
        copied(
                JCudaDriver.cuMemcpyDtoHAsync(new HostPointer(target.address()), at(offset), target.byteSize(), stream),
                "copying " + target.byteSize() + " bytes of another process from it");
    }

    @Override
    public void write(MemorySegment source, long offset) {
        checkWithin(offset, source.byteSize());
        if (source.byteSize() == 0) {
            return;
        }
        if (!source.isNative()) {
            try (NativeMemory copy = NativeMemory.allocate(source.byteSize())) {
                write(copy.segment().copyFrom(source), offset);
            }
            return;
        }
        device.attach();
        copied(
                JCudaDriver.cuMemcpyHtoDAsync(at(offset), new HostPointer(source.address()), source.byteSize(), stream),
                "copying " + source.byteSize() + " bytes to another process's memory");
    }

    private void copied(int result, String what) {
        device.check(result, what);
        device.check(JCudaDriver.cuStreamSynchronize(stream), what);
    }

    private DevicePointer at(long offset) {
        return DevicePointer.at(memory.address() + offset);
    }

    private void checkWithin(long offset, long bytes) {
        if (offset < 0 || offset > byteSize || bytes > byteSize - offset) {
            throw new IndexOutOfBoundsException(bytes + " bytes at " + offset + " of " + byteSize);
        }
    }

    /** Whatever the driver answers: a context that has failed refuses everything but its end. */
    @Override
    public void close() {
        device.attachIfPossible();
        int _ = JCudaDriver.cuStreamDestroy(stream);
        int _ = JCudaDriver.cuIpcCloseMemHandle(memory);
        device.release();
    }
}
