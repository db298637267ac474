package dev.nereid.bench.wire;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** The processor time of a process, from {@code /proc/<pid>/stat}: in steps of 10 ms, with all its threads. */
final class ProcessTime {
    /** Linux shows times in hundredths of a second, whatever its own clock. */
    private static final double TICKS_PER_SECOND = 100;

    private static final int USER = 11;
    private static final int SYSTEM = 12;

    private ProcessTime() {}

    /** Seconds so far, in user and kernel mode. */
    static double seconds(long pid) throws IOException {
        Path stat = Path.of("/proc", Long.toString(pid), "stat");
        if (!Files.exists(stat)) {
            throw new IOException("there is no process " + pid + " on this machine: expected " + stat);
        }
        return parse(Files.readString(stat));
    }

    /** Reads the line of {@code stat}; the process's name in it, in brackets, may hold anything. */
    static double parse(String stat) {
        String[] fields = stat.substring(stat.lastIndexOf(')') + 2).split(" ", -1);
        return (Long.parseLong(fields[USER]) + Long.parseLong(fields[SYSTEM])) / TICKS_PER_SECOND;
    }
}
