package dev.nereid.server.observe;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class MachineLoadTest {
    @TempDir
    private Path folder;

    private final AtomicLong nanos = new AtomicLong();

    private void ticks(String times) throws IOException {
        nanos.addAndGet(TimeUnit.SECONDS.toNanos(1));
        Files.writeString(folder.resolve("stat"), "cpu  " + times + "\ncpu0 1 2 3 4 5 6 7 8 9 10\n");
    }

    private MachineLoad load() {
        return new MachineLoad(folder, nanos::get);
    }

    @Test
    void utilizationIsOfTheTimeSinceItWasAskedForBefore() throws IOException {
        ticks("100 10 50 1000 40 5 5 10 0 0");
        MachineLoad load = load();
        ticks("110 12 53 1040 42 6 6 16 9 9"); // 10 + 2 + 3 + 1 + 1 + 6 busy, 40 + 2 idle
        assertThat(load.cpuUtilization()).isEqualTo(23 / 65.0);
        ticks("110 12 53 1140 42 6 6 16 9 9");
        assertThat(load.cpuUtilization()).isZero();
    }

    @Test
    void whoAsksRightAfterAnotherIsToldTheSame() throws IOException {
        ticks("0 0 0 0 0 0 0 0 0 0");
        MachineLoad load = load();
        ticks("75 0 0 25 0 0 0 0 0 0");
        assertThat(load.cpuUtilization()).isEqualTo(0.75);
        Files.writeString(folder.resolve("stat"), "cpu  75 0 0 26 0 0 0 0 0 0\n");
        nanos.addAndGet(TimeUnit.MILLISECONDS.toNanos(1));
        assertThat(load.cpuUtilization()).isEqualTo(0.75);
    }

    @Test
    void memoryThatHoldsFilesWhichCouldBeReadAgainIsNotInUse() throws IOException {
        Files.writeString(folder.resolve("meminfo"), """
                MemTotal:       24684096 kB
                MemFree:         1000000 kB
                MemAvailable:   22398140 kB
                Buffers:           29448 kB
                """);
        MachineLoad load = load();
        assertThat(load.totalMemoryBytes()).isEqualTo(24684096L * 1024);
        assertThat(load.usedMemoryBytes()).isEqualTo((24684096L - 22398140L) * 1024);
    }

    @Test
    void whereThereAreNoSuchFilesTheJvmIsAsked() throws IOException {
        Files.writeString(folder.resolve("stat"), "cpu  1 2 three\n");
        MachineLoad load = load();
        assertThat(load.cpuUtilization()).isBetween(0.0, 1.0);
        assertThat(load.totalMemoryBytes()).isPositive();
        assertThat(load.usedMemoryBytes()).isBetween(1L, load.totalMemoryBytes());
    }
}
