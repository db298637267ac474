package dev.nereid.server.observe;

import com.sun.management.OperatingSystemMXBean;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import java.util.stream.Stream;

/**
 * The machine's processors and memory as Linux tells them, which is what Triton shows: in a container those of the whole
 * machine, and memory that holds files which could be read again is not in use. Where there is no {@code /proc}, as the
 * JVM reports them. Any thread.
 */
public final class MachineLoad {
    private static final int BYTES_PER_KIBIBYTE = 1024;

    /** In {@code /proc/stat}: user, nice, system, idle, iowait, irq, softirq, steal. */
    private static final int TIMES = 8;

    private static final int IDLE = 3;
    private static final int IO_WAIT = 4;

    /** What is asked for again within this time is told again. */
    private static final long LEAST_WINDOW_NANOS = TimeUnit.MILLISECONDS.toNanos(200);

    private final OperatingSystemMXBean system = ManagementFactory.getPlatformMXBean(OperatingSystemMXBean.class);
    private final Path folder;
    private final LongSupplier clock;

    /** All that follows under this. */
    private Optional<Times> last;

    private long lastNanos;
    private double utilization;

    /** Ticks of all processors since the machine started. */
    private record Times(long busy, long idle) {}

    /** The machine that this process runs on. */
    public MachineLoad() {
        this(Path.of("/proc"), System::nanoTime);
    }

    /** @param clock nanoseconds since an arbitrary moment */
    MachineLoad(Path folder, LongSupplier clock) {
        this.folder = folder;
        this.clock = clock;
        this.last = times();
        this.lastNanos = clock.getAsLong();
    }

    /** Share of the processors' time in use since it was asked for before, 0 to 1. */
    public synchronized double cpuUtilization() {
        long now = clock.getAsLong();
        if (last.isPresent() && now - lastNanos < LEAST_WINDOW_NANOS) {
            return utilization;
        }
        Optional<Times> before = last;
        last = times();
        lastNanos = now;
        if (before.isEmpty() || last.isEmpty()) {
            return Math.max(0, system.getCpuLoad());
        }
        long busy = Math.max(0, last.get().busy() - before.get().busy());
        long idle = Math.max(0, last.get().idle() - before.get().idle());
        utilization = busy + idle == 0 ? utilization : (double) busy / (busy + idle);
        return utilization;
    }

    public long totalMemoryBytes() {
        return memory("MemTotal").orElseGet(system::getTotalMemorySize);
    }

    public long usedMemoryBytes() {
        Optional<Long> total = memory("MemTotal");
        Optional<Long> available = memory("MemAvailable");
        return total.isPresent() && available.isPresent()
                ? Math.max(0, total.get() - available.get())
                : system.getTotalMemorySize() - system.getFreeMemorySize();
    }

    private Optional<Times> times() {
        return line("stat", "cpu ").flatMap(line -> {
            String[] fields = line.strip().split(" +", -1);
            if (fields.length <= TIMES) {
                return Optional.empty();
            }
            long busy = 0;
            long idle = 0;
            for (int i = 0; i < TIMES; i++) {
                Optional<Long> ticks = number(fields[i + 1]);
                if (ticks.isEmpty()) {
                    return Optional.empty();
                }
                if (i == IDLE || i == IO_WAIT) {
                    idle += ticks.get();
                } else {
                    busy += ticks.get();
                }
            }
            return Optional.of(new Times(busy, idle));
        });
    }

    private Optional<Long> memory(String name) {
        return line("meminfo", name + ":")
                .flatMap(line ->
                        number(line.replaceAll("^[^:]*:|kB", "").strip()).map(size -> size * BYTES_PER_KIBIBYTE));
    }

    private Optional<String> line(String file, String start) {
        try (Stream<String> lines = Files.lines(folder.resolve(file))) {
            return lines.filter(line -> line.startsWith(start)).findFirst();
        } catch (IOException | UncheckedIOException e) {
            return Optional.empty(); // Not every system has these files, and the JVM knows something everywhere.
        }
    }

    private static Optional<Long> number(String text) {
        try {
            return Optional.of(Long.parseLong(text));
        } catch (NumberFormatException e) {
            return Optional.empty();
        }
    }
}
