package dev.nereid.cuda.driver;

import dev.nereid.cuda.device.DeviceCapabilities;
import dev.nereid.cuda.device.DeviceChain;
import dev.nereid.cuda.device.DeviceModelResources;
import dev.nereid.cuda.device.DeviceStream;
import dev.nereid.cuda.device.ElementwiseChain;
import dev.nereid.models.device.DevicePrecision;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import jcuda.driver.CUmemAllocationType;
import jcuda.driver.CUmemLocation;
import jcuda.driver.CUmemLocationType;
import jcuda.driver.CUmemPoolProps;
import jcuda.driver.CUmemoryPool;
import jcuda.driver.CUresult;
import jcuda.driver.CUstream;
import jcuda.driver.CUstream_flags;
import jcuda.driver.JCudaDriver;

/** What one model holds on a card: a memory pool, its constants, and the stream that they were copied on. */
final class CudaModelResources implements DeviceModelResources {
    private final CudaDevice device;
    private final CUmemoryPool pool = new CUmemoryPool();
    private final CUstream loading = new CUstream();
    private final List<DevicePointer> constants = new ArrayList<>();
    private final DevicePrecision precision;
    private final CudaChains chains;
    private final AtomicLong bytes = new AtomicLong();

    CudaModelResources(CudaDevice device, DevicePrecision precision) {
        this.device = device;
        this.precision = precision;
        this.chains = new CudaChains(device);
        device.attach();
        CUmemPoolProps properties = new CUmemPoolProps();
        properties.allocType = CUmemAllocationType.CU_MEM_ALLOCATION_TYPE_PINNED;
        properties.location = new CUmemLocation(CUmemLocationType.CU_MEM_LOCATION_TYPE_DEVICE, device.number());
        device.check(JCudaDriver.cuMemPoolCreate(pool, properties), "making a pool of memory");
        int made = JCudaDriver.cuStreamCreate(loading, CUstream_flags.CU_STREAM_NON_BLOCKING);
        if (made != CUresult.CUDA_SUCCESS) {
            int _ = JCudaDriver.cuMemPoolDestroy(pool);
        }
        device.check(made, "making a stream");
    }

    @Override
    public CudaDevice device() {
        return device;
    }

    CudaDevice card() {
        return device;
    }

    @Override
    public synchronized long upload(MemorySegment constant) {
        device.attach();
        if (constant.byteSize() == 0) {
            return 0;
        }
        DevicePointer memory = allocate(constant.byteSize(), "constants", loading);
        constants.add(memory);
        device.check(
                JCudaDriver.cuMemcpyHtoDAsync(
                        memory, new HostPointer(constant.address()), constant.byteSize(), loading),
                "copying " + constant.byteSize() + " bytes of constants");
        device.check(JCudaDriver.cuStreamSynchronize(loading), "copying constants");
        return memory.address();
    }

    @Override
    public synchronized DeviceChain compile(ElementwiseChain chain) {
        device.attach();
        return chains.compile(chain);
    }

    /** Of the model's products. */
    DevicePrecision precision() {
        return precision;
    }

    @Override
    public DeviceCapabilities capabilities() {
        return CudaCapabilities.INSTANCE;
    }

    @Override
    public DeviceStream newStream() {
        return new CudaStream(this);
    }

    /** Memory of the pool, in the order of a stream. */
    DevicePointer allocate(long size, String what, CUstream stream) {
        DevicePointer memory = new DevicePointer();
        int result = JCudaDriver.cuMemAllocFromPoolAsync(memory, size, pool, stream);
        if (result == CUresult.CUDA_ERROR_OUT_OF_MEMORY) {
            throw device.outOfMemory(size, what);
        }
        device.check(result, "allocating " + size + " bytes for " + what);
        bytes.addAndGet(size);
        return memory;
    }

    void free(DevicePointer memory, long size, CUstream stream) {
        bytes.addAndGet(-size);
        device.check(JCudaDriver.cuMemFreeAsync(memory, stream), "giving " + size + " bytes back");
    }

    @Override
    public long bytes() {
        return bytes.get();
    }

    @Override
    public synchronized void close() {
        try {
            device.attach();
            for (DevicePointer constant : constants) {
                device.check(JCudaDriver.cuMemFreeAsync(constant, loading), "giving constants back");
            }
            device.check(JCudaDriver.cuStreamSynchronize(loading), "giving constants back");
        } finally {
            chains.unload();
            constants.clear();
            bytes.set(0);
            int _ = JCudaDriver.cuStreamDestroy(loading);
            int _ = JCudaDriver.cuMemPoolDestroy(pool);
            device.leave();
        }
    }
}
