package dev.nereid.cuda.device;

/**
 * Recorded kernels with their operands, which a stream launches all at once (a CUDA graph). Closed before the stream that
 * recorded it.
 */
public interface DeviceKernelGraph extends AutoCloseable {
    @Override
    void close();
}
