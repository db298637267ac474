package dev.nereid.perf;

import dev.nereid.perf.measure.MeasurementListener;
import dev.nereid.perf.measure.Samples;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Locale;

/** A line that shows how the measurement goes on, written over itself. For one thread. */
final class Progress implements MeasurementListener {
    /** Sorting more would cost time that the load needs. */
    private static final int MOST_LOOKED_AT = 5000;

    private static final String ERASE = "\r\u001b[2K";

    private final PrintStream out;
    private final boolean shown;
    private String label = "";
    private int windows;
    private boolean written;

    /** A line on {@code out}, or none. */
    Progress(PrintStream out, boolean shown) {
        this.out = out;
        this.shown = shown;
    }

    /** On stderr, as the flags ask for it. */
    static Progress of(ReportOptions options) {
        boolean shown = switch (options.progress) {
            case "always" -> true;
            case "never" -> false;
            default -> !options.quiet && stderrIsTerminal();
        };
        return new Progress(System.err, shown);
    }

    /** Where the system does not say, it is none. */
    private static boolean stderrIsTerminal() {
        try {
            String file = Files.readSymbolicLink(Path.of("/proc/self/fd/2")).toString();
            return file.startsWith("/dev/pts/") || file.startsWith("/dev/tty") || file.equals("/dev/console");
        } catch (IOException | UnsupportedOperationException _) {
            return false;
        }
    }

    /**
     * Says what is measured now.
     *
     * @param most windows that there may be
     */
    void begin(String name, int most) {
        label = name;
        windows = most;
    }

    @Override
    public void tick(Status status) {
        if (shown) {
            out.print(ERASE + line(status));
            out.flush();
            written = true;
        }
    }

    private String line(Status status) {
        Samples samples = status.samples();
        double seconds = status.elapsedNanos() / 1e9;
        StringBuilder line = new StringBuilder(label);
        if (windows > 1) {
            line.append(" | window ").append(status.window()).append(" of ").append(windows);
        }
        line.append(String.format(
                Locale.ROOT, " | %.1f s | %.1f requests/sec", seconds, samples.size() / Math.max(1e-9, seconds)));
        int count = Math.min(samples.size(), MOST_LOOKED_AT);
        if (count > 0) {
            long[] last = new long[count];
            for (int i = 0; i < count; i++) {
                int j = samples.size() - count + i;
                last[i] = samples.end(j) - samples.start(j);
            }
            Arrays.sort(last);
            line.append(String.format(
                    Locale.ROOT, " | p50 %d usec, p99 %d usec", last[count / 2] / 1000, last[count * 99 / 100] / 1000));
        }
        if (status.failed() > 0) {
            line.append(" | ").append(status.failed()).append(" failed");
        }
        return line.toString();
    }

    /** Takes the line away, before something else is printed. */
    void clear() {
        if (written) {
            out.print(ERASE);
            out.flush();
            written = false;
        }
    }
}
