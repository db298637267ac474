package dev.nereid.server;

import dev.nereid.kernels.device.DeviceException;
import dev.nereid.kernels.device.DeviceMetrics;
import dev.nereid.kernels.device.Devices;
import dev.nereid.server.observe.GpuLoad;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Reads the instruments of the server's GPUs from time to time, on a thread of its own. */
final class GpuWatch implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(GpuWatch.class);

    private final Optional<GpuLoad> load;
    private final Optional<ScheduledExecutorService> timer;

    private GpuWatch(Optional<GpuLoad> load, Optional<ScheduledExecutorService> timer) {
        this.load = load;
        this.timer = timer;
    }

    /**
     * Watches the GPUs; says in the log of which, or why of none.
     *
     * @param interval between two readings; empty if they are not to be watched
     */
    static GpuWatch start(Devices devices, Optional<Duration> interval) {
        if (interval.isEmpty() || devices.all().isEmpty()) {
            return new GpuWatch(Optional.empty(), Optional.empty());
        }
        GpuLoad load;
        try {
            load = new GpuLoad(Kernels.monitor(devices));
        } catch (DeviceException e) {
            LOG.warn("GPU metrics will not be available: {}", e.getMessage());
            return new GpuWatch(Optional.empty(), Optional.empty());
        }
        devices.all()
                .forEach(
                        device -> LOG.info("Collecting metrics for GPU {}: {}", device.number(), device.description()));
        ScheduledExecutorService timer = Executors.newSingleThreadScheduledExecutor(
                Thread.ofPlatform().daemon().name("gpu-metrics").factory());
        long millis = interval.get().toMillis();
        ScheduledFuture<?> _ = timer.scheduleWithFixedDelay(load::sample, millis, millis, TimeUnit.MILLISECONDS);
        return new GpuWatch(Optional.of(load), Optional.of(timer));
    }

    /** What was read last; empty where nothing is watched. */
    List<DeviceMetrics> last() {
        return load.map(GpuLoad::last).orElse(List.of());
    }

    @Override
    public void close() {
        timer.ifPresent(ScheduledExecutorService::shutdown);
        load.ifPresent(GpuLoad::close);
    }
}
