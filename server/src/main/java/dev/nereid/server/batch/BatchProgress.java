package dev.nereid.server.batch;

import java.io.PrintStream;
import java.util.Locale;

/** A line on a terminal that says how far a job is. One thread. */
final class BatchProgress {
    private static final long PERIOD_NANOS = 500_000_000;
    private static final int WIDTH = 30;

    private final PrintStream out;
    private final boolean shown;
    private final long start = System.nanoTime();
    private final long firstRow;
    private final double firstPart;
    private long last;

    /**
     * @param shown whether anybody sees it
     * @param rows that were done before
     */
    BatchProgress(PrintStream out, boolean shown, long rows, double part) {
        this.out = out;
        this.shown = shown;
        this.firstRow = rows;
        this.firstPart = part;
    }

    /** @param part beyond 1 where the file has grown since it was opened */
    void update(long rows, long skipped, double part) {
        long now = System.nanoTime();
        if (shown && now - last >= PERIOD_NANOS) {
            last = now;
            out.print("\r" + line(rows, skipped, Math.clamp(part, 0, 1), (now - start) / 1e9));
            out.flush();
        }
    }

    private String line(long rows, long skipped, double part, double seconds) {
        int done = (int) Math.round(part * WIDTH);
        double rate = (rows - firstRow) / Math.max(seconds, 1e-3);
        double left = part > firstPart ? seconds * (1 - part) / (part - firstPart) : 0;
        return String.format(
                Locale.ROOT,
                "[%s%s] %3.0f %%  %,d rows  %,.0f rows/s  %d:%02d left%s   ",
                "#".repeat(done),
                " ".repeat(WIDTH - done),
                part * 100,
                rows,
                rate,
                (long) left / 60,
                (long) left % 60,
                skipped == 0 ? "" : "  " + skipped + " skipped");
    }

    /** Ends the line. */
    void end() {
        if (shown && last != 0) {
            out.println();
        }
    }
}
