package dev.nereid.bench;

import dev.nereid.server.backend.plan.CompilerLoad;

/** Runs code until the JVM has compiled it. */
public final class CodeWarmup {
    /** How many times as long as asked for a warm-up may take while methods are still compiled. */
    private static final int MOST = 12;

    private static final long WINDOW_NANOS = 300_000_000;

    /** The share of a window from which on the compiler counts as busy. */
    private static final double BUSY = 0.1;

    private CodeWarmup() {}

    /**
     * Runs for {@code seconds}, and then on while the compiler is busy.
     *
     * @return how often it ran
     */
    public static long run(Runnable code, double seconds) {
        long start = System.nanoTime();
        long last = start + (long) (MOST * seconds * 1e9);
        long runs = runUntil(code, start + (long) (seconds * 1e9));
        boolean busy = true;
        while (busy && System.nanoTime() < last) {
            long window = System.nanoTime();
            CompilerLoad compiler = CompilerLoad.sinceNow();
            runs += runUntil(code, Math.min(last, window + WINDOW_NANOS));
            busy = compiler.share() > BUSY;
        }
        return runs;
    }

    private static long runUntil(Runnable code, long end) {
        long runs = 0;
        do {
            code.run();
            runs++;
        } while (System.nanoTime() < end);
        return runs;
    }
}
