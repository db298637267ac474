package dev.nereid.cuda.device;

import java.lang.foreign.MemorySegment;

/**
 * A device stream: copies and kernels that run in order. One thread at a time; a thread that begins to use it calls
 * {@link #attach} first. Operations may be asynchronous until {@link #synchronize} returns.
 */
public interface DeviceStream extends AutoCloseable {
    /**
     * Makes the calling platform thread one that talks to the device; the carrier of a virtual thread, which must not block
     * from here on until it has done with the stream.
     */
    void attach();

    /**
     * Memory for the values of runs, whose content is undefined. One block at a time: an earlier one is given back if it is
     * shorter, and stays if it is not.
     *
     * @return its address, a multiple of 256
     * @throws DeviceException with the bytes that were asked for and those that are free, if it does not fit
     */
    long reserve(long bytes);

    /** Copies from memory that must stay as it is until {@link #synchronize} returns. */
    void copyIn(MemorySegment from, long to);

    /** Copies to memory that is not to be touched before {@link #synchronize} returns. */
    void copyOut(long from, MemorySegment to);

    DeviceKernels kernels();

    /**
     * Records kernels instead of starting them.
     *
     * @param work starts kernels and does nothing else with the stream
     * @return for {@link #replay} on this stream, as long as the operands' memory stays where it is; the caller closes it
     * @throws DeviceException if that cannot be recorded; the stream is as it was before
     */
    DeviceKernelGraph record(Runnable work);

    /** Launches a recorded kernel graph of this stream, by one call of the driver. */
    void replay(DeviceKernelGraph graph);

    /**
     * Waits until everything is done.
     *
     * @throws DeviceException if something failed on the way
     */
    void synchronize();

    /** Waits for completion and frees everything. */
    @Override
    void close();
}
