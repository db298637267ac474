package dev.nereid.memory;

import com.sun.management.OperatingSystemMXBean;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** How much memory there is for this process and others. Any thread. */
public final class MachineMemory {
    private static final List<Path> CGROUP_LIMITS =
            List.of(Path.of("/sys/fs/cgroup/memory.max"), Path.of("/sys/fs/cgroup/memory/memory.limit_in_bytes"));

    private MachineMemory() {}

    /** Bytes of the machine's memory, or those that its container may have. */
    public static long bytes() {
        return Found.BYTES;
    }

    /** Looked for once, and only by who asks: it takes longer than all else that a start does with memory. */
    private static final class Found {
        private static final long BYTES = find();

        private static long find() {
            long bytes = ManagementFactory.getPlatformMXBean(OperatingSystemMXBean.class)
                    .getTotalMemorySize();
            for (Path file : CGROUP_LIMITS) {
                bytes = Math.min(bytes, number(file));
            }
            return bytes;
        }

        /** The number in a cgroup's file; no limit where there is no such file, or the word max in it. */
        private static long number(Path file) {
            try {
                return Long.parseLong(Files.readString(file).strip());
            } catch (IOException | NumberFormatException e) {
                return Long.MAX_VALUE;
            }
        }
    }
}
