package dev.nereid.kernels.device;

import java.util.List;

/** The instruments of some devices. One thread at a time. */
public interface DeviceInstruments extends AutoCloseable {
    /** What they say now, in the order of the devices; may take milliseconds. */
    List<DeviceReading> read();

    @Override
    void close();
}
