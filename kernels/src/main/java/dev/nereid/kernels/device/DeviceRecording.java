package dev.nereid.kernels.device;

/** Kernels with their operands, which a stream starts all at once. Closed before the stream that recorded it. */
public interface DeviceRecording extends AutoCloseable {
    @Override
    void close();
}
