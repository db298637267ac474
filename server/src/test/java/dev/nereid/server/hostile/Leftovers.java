package dev.nereid.server.hostile;

import com.sun.management.HotSpotDiagnosticMXBean;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.OptionalLong;
import java.util.Set;

/** What a server that is done may not leave in its process. */
final class Leftovers {
    /** Of the states in the table of TCP sockets: one that only waits for late packets, and one that listens. */
    private static final Set<String> NO_CONNECTION = Set.of("06", "0A");

    private static final Path SOCKETS = Path.of("/proc/self/net/tcp");
    private static final Path SOCKETS_6 = Path.of("/proc/self/net/tcp6");

    private final Set<Thread> threads = Thread.getAllStackTraces().keySet();

    /**
     * Platform threads that were not there before; those that a library or the JVM keeps for the whole process do not count
     * (one of the latter, MasterPoller, begins when a virtual thread first waits for a socket, which may be late), nor the
     * timer that the web server never stops, one for each front.
     */
    List<String> newThreads() {
        return Thread.getAllStackTraces().keySet().stream()
                .filter(thread -> !threads.contains(thread) && thread.isAlive())
                .map(Thread::getName)
                .filter(name -> !name.equals("schedule-alarms")
                        && !name.startsWith("ForkJoinPool")
                        && !name.startsWith("VirtualThread")
                        && !name.equals("MasterPoller")
                        && !name.startsWith("grpc-shared-destroyer")
                        && !name.equals("helidon-idle-connection-timer")
                        && !name.contains("Cleaner"))
                .toList();
    }

    /** The stacks of virtual threads that still are at work for the server. */
    static List<String> virtualThreads(Path folder) {
        try {
            Path dump = Files.createTempFile(folder, "threads", ".txt");
            Files.delete(dump);
            ManagementFactory.getPlatformMXBean(HotSpotDiagnosticMXBean.class)
                    .dumpThreads(dump.toAbsolutePath().toString(), HotSpotDiagnosticMXBean.ThreadDumpFormat.TEXT_PLAIN);
            return Arrays.stream(Files.readString(dump).split("\n\n"))
                    .filter(thread -> thread.lines().findFirst().orElse("").contains(" virtual")
                            && thread.contains("dev.nereid."))
                    .toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /**
     * Connections to a port that the server has not closed; empty where the system does not say.
     *
     * @param port where the server listens
     */
    static OptionalLong connections(int port) {
        if (!Files.exists(SOCKETS)) {
            return OptionalLong.empty();
        }
        return OptionalLong.of(
                connections(SOCKETS, port) + (Files.exists(SOCKETS_6) ? connections(SOCKETS_6, port) : 0));
    }

    /** Each line after the first has a number, the local address with its port in hex, the remote one and the state. */
    private static long connections(Path table, int port) {
        try (var lines = Files.lines(table)) {
            return lines.skip(1)
                    .map(line -> line.strip().split("\\s+"))
                    .filter(columns -> columns[1].endsWith(":%04X".formatted(port)))
                    .filter(columns -> !NO_CONNECTION.contains(columns[3]))
                    .count();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Bytes of the heap that are reachable. */
    static long heapBytes() {
        for (int i = 0; i < 3; i++) {
            System.gc();
        }
        return Runtime.getRuntime().totalMemory() - Runtime.getRuntime().freeMemory();
    }
}
