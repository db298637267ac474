package dev.nereid.server;

import dev.nereid.models.device.DeviceException;
import dev.nereid.models.device.DeviceMetrics;
import dev.nereid.models.device.Devices;
import dev.nereid.server.observe.GpuMetrics;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Polls metrics of the server's GPUs, on a thread of its own. */
final class GpuMonitor implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(GpuMonitor.class);

    private final Optional<GpuMetrics> load;
    private final Optional<ScheduledExecutorService> timer;

    private GpuMonitor(Optional<GpuMetrics> load, Optional<ScheduledExecutorService> timer) {
        this.load = load;
        this.timer = timer;
    }

    /**
     * Starts polling the GPUs; logs which ones, or why there are none.
     *
     * @param interval between two readings; empty if they are not to be watched
     */
    static GpuMonitor start(Devices devices, Optional<Duration> interval) {
        if (interval.isEmpty() || devices.all().isEmpty()) {
            return new GpuMonitor(Optional.empty(), Optional.empty());
        }
        GpuMetrics load;
        try {
            load = new GpuMetrics(Kernels.monitor(devices));
        } catch (DeviceException e) {
            LOG.warn("GPU metrics will not be available: {}", e.getMessage());
            return new GpuMonitor(Optional.empty(), Optional.empty());
        }
        devices.all()
                .forEach(
                        device -> LOG.info("Collecting metrics for GPU {}: {}", device.number(), device.description()));
        ScheduledExecutorService timer = Executors.newSingleThreadScheduledExecutor(
                Thread.ofPlatform().daemon().name("gpu-metrics").factory());
        long millis = interval.get().toMillis();
        ScheduledFuture<?> _ = timer.scheduleWithFixedDelay(load::sample, millis, millis, TimeUnit.MILLISECONDS);
        return new GpuMonitor(Optional.of(load), Optional.of(timer));
    }

    /** The last metrics; empty if no GPU is polled. */
    List<DeviceMetrics> last() {
        return load.map(GpuMetrics::last).orElse(List.of());
    }

    @Override
    public void close() {
        timer.ifPresent(ScheduledExecutorService::shutdown);
        load.ifPresent(GpuMetrics::close);
    }
}
