package dev.nereid.server.observe;

import com.sun.management.OperatingSystemMXBean;
import java.lang.management.ManagementFactory;

/** The machine's processors and memory, as the JVM reports them. */
public final class MachineLoad {
    private final OperatingSystemMXBean system = ManagementFactory.getPlatformMXBean(OperatingSystemMXBean.class);

    /** Share of the processors' time in use lately, 0 to 1. */
    public double cpuUtilization() {
        return Math.max(0, system.getCpuLoad());
    }

    public long totalMemoryBytes() {
        return system.getTotalMemorySize();
    }

    public long usedMemoryBytes() {
        return system.getTotalMemorySize() - system.getFreeMemorySize();
    }
}
