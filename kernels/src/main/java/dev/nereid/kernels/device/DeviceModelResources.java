package dev.nereid.kernels.device;

import java.lang.foreign.MemorySegment;

/** What one model holds on a device: its constants and the streams of its runs. Any thread. */
public interface DeviceModelResources extends AutoCloseable {
    Device device();

    /**
     * Copies a constant to the device, where it stays until {@link #close}.
     *
     * @return its address there, a multiple of 256
     * @throws DeviceException with the bytes that were asked for and those that are free, if it does not fit
     */
    long upload(MemorySegment constant);

    /**
     * A chain as a kernel: written and compiled, or one that is there already.
     *
     * @param chain of functions that {@link DeviceCapabilities} has for chains
     * @throws DeviceException if the device refuses
     */
    DeviceChain compile(ElementwiseChain chain);

    /** Whether the device has a kernel for what a {@link DeviceKernels} method would be asked. */
    DeviceCapabilities capabilities();

    /**
     * A stream: one for each run that is under way. The caller closes it before the space.
     *
     * @throws DeviceException if the device refuses
     */
    DeviceStream newStream();

    /** Bytes of the device that the model holds. */
    long bytes();

    /** Gives everything back. All streams are closed by then. */
    @Override
    void close();
}
