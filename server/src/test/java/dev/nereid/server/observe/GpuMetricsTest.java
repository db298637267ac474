package dev.nereid.server.observe;

import static org.assertj.core.api.Assertions.assertThat;

import dev.nereid.models.device.DeviceMetrics;
import dev.nereid.models.device.DeviceMonitor;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class GpuMetricsTest {
    private double joules = 5000;
    private boolean measured = true;
    private int closed;

    private final DeviceMonitor monitor = new DeviceMonitor() {
        @Override
        public List<DeviceMetrics> read() {
            assertThat(closed).isZero();
            return List.of(new DeviceMetrics(
                    0,
                    "GPU-1",
                    Optional.empty(),
                    Optional.empty(),
                    Optional.empty(),
                    Optional.empty(),
                    Optional.empty(),
                    measured ? Optional.of(joules) : Optional.empty()));
        }

        @Override
        public void close() {
            closed++;
        }
    };

    @Test
    void countsEnergyFromItsFirstReading() {
        try (GpuMetrics load = new GpuMetrics(monitor)) {
            assertThat(load.last().getFirst().joules()).contains(0.0);
            joules = 5012.5;
            assertThat(load.last().getFirst().joules())
                    .as("until it is read anew")
                    .contains(0.0);
            load.sample();
            assertThat(load.last().getFirst().joules()).contains(12.5);
            measured = false;
            load.sample();
            assertThat(load.last().getFirst().joules()).isEmpty();
        }
    }

    @Test
    void readsNothingOnceItIsClosed() {
        GpuMetrics load = new GpuMetrics(monitor);
        load.close();
        load.sample();
        load.close();
        assertThat(closed).isEqualTo(1);
    }
}
