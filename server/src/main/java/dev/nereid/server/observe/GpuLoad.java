package dev.nereid.server.observe;

import dev.nereid.kernels.device.DeviceInstruments;
import dev.nereid.kernels.device.DeviceReading;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** What the server's GPUs measured last. A reading may take milliseconds, so no scrape waits for one. */
public final class GpuLoad implements AutoCloseable {
    private final DeviceInstruments instruments;
    /** The joules of each GPU when it was first read. Guarded by this, like the instruments. */
    private final Map<String, Double> joulesBefore = new HashMap<>();

    private boolean closed;
    private volatile List<DeviceReading> last = List.of();

    /** @param instruments are closed with this */
    public GpuLoad(DeviceInstruments instruments) {
        this.instruments = instruments;
        sample();
    }

    /** Reads anew. Any thread. */
    public synchronized void sample() {
        if (!closed) {
            last = instruments.read().stream().map(this::sinceStart).toList();
        }
    }

    /** Energy counts from the server's start, as in Triton. */
    private DeviceReading sinceStart(DeviceReading reading) {
        Optional<Double> used =
                reading.joules().map(joules -> joules - joulesBefore.computeIfAbsent(reading.uuid(), _ -> joules));
        return reading.withJoules(used);
    }

    /** What was read last. Any thread. */
    public List<DeviceReading> last() {
        return last;
    }

    @Override
    public synchronized void close() {
        if (!closed) {
            closed = true;
            instruments.close();
        }
    }
}
