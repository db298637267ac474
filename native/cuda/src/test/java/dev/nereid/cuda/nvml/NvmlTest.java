package dev.nereid.cuda.nvml;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.nereid.cuda.FakeNvml;
import dev.nereid.memory.NativeMemory;
import dev.nereid.models.device.Device;
import dev.nereid.models.device.DeviceException;
import dev.nereid.models.device.DeviceIpcMemory;
import dev.nereid.models.device.DeviceMetrics;
import dev.nereid.models.device.DeviceMonitor;
import dev.nereid.models.device.DevicePrecision;
import dev.nereid.models.device.PlacedGraph;
import dev.nereid.models.graph.Graph;
import dev.nereid.models.operators.OperatorSet;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("cuda")
class NvmlTest {
    private static final String LIBRARY = "libnvidia-ml.so.1";

    private FakeNvml fake;

    /** A device of which only its place is asked for. */
    private record Place(int number, String address) implements Device {
        @Override
        public String description() {
            return "a place";
        }

        @Override
        public PlacedGraph place(Graph graph, OperatorSet operators, DevicePrecision precision) {
            throw new UnsupportedOperationException();
        }

        @Override
        public int handleBytes() {
            throw new UnsupportedOperationException();
        }

        @Override
        public DeviceIpcMemory openIpc(byte[] handle) {
            throw new UnsupportedOperationException();
        }
    }

    @BeforeEach
    void find() {
        fake = FakeNvml.find("what cards measure").orElseGet(() -> Assumptions.abort("no fake NVML"));
    }

    @AfterEach
    void stopsTheLibrary() {
        if (fake != null) {
            fake.setLame(false);
            assertThat(fake.users()).isZero();
        }
    }

    @Test
    void readsWhatEachCardMeasuresInWattsJoulesBytesAndShares() {
        fake.set(0, 37, 16L << 30, 5L << 30, 71_500, 300_000, 12_345_678_900L);
        fake.set(1, 100, 8L << 30, 1, 1, -1, 0);
        List<Device> devices = List.of(new Place(1, "0000:02:00.0"), new Place(0, "0000:01:00.0"));
        try (DeviceMonitor monitor = Nvml.open(devices, LIBRARY)) {
            List<DeviceMetrics> metrics = monitor.read();
            assertThat(metrics)
                    .extracting(DeviceMetrics::uuid)
                    .containsExactly(
                            "GPU-00000000-0000-0000-0000-000000000001", "GPU-00000000-0000-0000-0000-000000000000");
            DeviceMetrics reading = metrics.getLast();
            assertThat(reading.utilization().orElseThrow()).isCloseTo(0.37, within(1e-9));
            assertThat(reading.memoryBytes()).contains(16L << 30);
            assertThat(reading.usedBytes()).contains(5L << 30);
            assertThat(reading.watts().orElseThrow()).isCloseTo(71.5, within(1e-9));
            assertThat(reading.mostWatts().orElseThrow()).isCloseTo(300, within(1e-9));
            assertThat(reading.joules().orElseThrow()).isCloseTo(12_345_678.9, within(1e-6));
            assertThat(metrics.getFirst().mostWatts().orElseThrow()).isCloseTo(4_294_967.295, within(1e-6));
            fake.set(0, 0, 16L << 30, 0, 0, 0, 0);
            assertThat(monitor.read().getLast().usedBytes()).contains(0L);
        }
    }

    @Test
    void leavesOutWhatACardDoesNotMeasure() {
        fake.set(0, 50, 100, 10, 5, 5, 5);
        fake.setLame(true);
        try (DeviceMonitor monitor = Nvml.open(List.of(new Place(0, "0000:01:00.0")), LIBRARY)) {
            DeviceMetrics reading = monitor.read().getFirst();
            assertThat(reading.utilization()).contains(0.5);
            assertThat(reading.usedBytes()).contains(10L);
            assertThat(reading.watts()).isEmpty();
            assertThat(reading.mostWatts()).isEmpty();
            assertThat(reading.joules()).isEmpty();
        }
    }

    @Test
    void saysWhyThereIsNothingToRead() {
        long bytes = NativeMemory.liveBytes();
        assertThatThrownBy(() -> Nvml.open(List.of(), "libnvidia-nowhere.so.1"))
                .isInstanceOf(DeviceException.class)
                .hasMessage("libnvidia-nowhere.so.1 cannot be loaded");
        assertThatThrownBy(() -> Nvml.open(List.of(), "libc.so.6"))
                .isInstanceOf(DeviceException.class)
                .hasMessage("NVML has no function nvmlShutdown");
        assertThatThrownBy(() -> Nvml.open(List.of(new Place(3, "0000:09:00.0")), LIBRARY))
                .isInstanceOf(DeviceException.class)
                .hasMessage("NVML: finding GPU 3 at 0000:09:00.0 failed with code 6");
        assertThat(NativeMemory.liveBytes()).isEqualTo(bytes);
    }
}
