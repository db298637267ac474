package dev.nereid.models.device;

import java.util.List;

/** Reads metrics of devices, such as utilisation, memory and power. One thread at a time. */
public interface DeviceMonitor extends AutoCloseable {
    /** The current metrics, in the order of the devices; may take milliseconds. */
    List<DeviceMetrics> read();

    @Override
    void close();
}
