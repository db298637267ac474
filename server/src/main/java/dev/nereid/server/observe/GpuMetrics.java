package dev.nereid.server.observe;

import dev.nereid.models.device.DeviceMetrics;
import dev.nereid.models.device.DeviceMonitor;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** The last metrics of the server's GPUs. A reading may take milliseconds, so no scrape waits for one. */
public final class GpuMetrics implements AutoCloseable {
    private final DeviceMonitor monitor;
    /** The joules of each GPU at the first reading. Guarded by this, as is the monitor. */
    private final Map<String, Double> joulesBefore = new HashMap<>();

    private boolean closed;
    private volatile List<DeviceMetrics> last = List.of();

    /** @param monitor are closed with this */
    public GpuMetrics(DeviceMonitor monitor) {
        this.monitor = monitor;
        sample();
    }

    /** Reads anew. Any thread. */
    public synchronized void sample() {
        if (!closed) {
            last = monitor.read().stream().map(this::sinceStart).toList();
        }
    }

    /** Energy counts from the server's start, as in Triton. */
    private DeviceMetrics sinceStart(DeviceMetrics reading) {
        Optional<Double> used =
                reading.joules().map(joules -> joules - joulesBefore.computeIfAbsent(reading.uuid(), _ -> joules));
        return reading.withJoules(used);
    }

    /** The last metrics. Any thread. */
    public List<DeviceMetrics> last() {
        return last;
    }

    @Override
    public synchronized void close() {
        if (!closed) {
            closed = true;
            monitor.close();
        }
    }
}
