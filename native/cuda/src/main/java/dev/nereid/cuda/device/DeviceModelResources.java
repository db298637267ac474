package dev.nereid.cuda.device;

import java.lang.foreign.MemorySegment;

/** What one model holds on a device: its constants and the streams of its runs. Any thread. */
public interface DeviceModelResources extends AutoCloseable {
    GpuDevice device();

    /**
     * Copies a constant to the device, where it stays until {@link #close}.
     *
     * @return its address there, a multiple of 256
     * @throws DeviceException with the bytes that were asked for and those that are free, if it does not fit
     */
    long upload(MemorySegment constant);

    /**
     * Compiles a fused chain to a kernel, or returns the one compiled before.
     *
     * @param chain of functions that {@link DeviceCapabilities} has for chains
     * @throws DeviceException if the device refuses
     */
    DeviceChain compile(ElementwiseChain chain);

    /** Whether the device has a kernel for what a {@link DeviceKernels} method would be asked. */
    DeviceCapabilities capabilities();

    /**
     * A new stream: one for each run in progress. The caller closes it before this.
     *
     * @throws DeviceException if the device refuses
     */
    DeviceStream newStream();

    /** Bytes of the device that the model holds. */
    long bytes();

    /** Frees everything. All streams are closed before. */
    @Override
    void close();
}
