package dev.nereid.bench.engine;

import com.sun.management.OperatingSystemMXBean;
import java.lang.management.ManagementFactory;
import java.time.Duration;

/**
 * Waits until no thread of this process computes. ONNX Runtime's threads go on looking for work for tens of milliseconds
 * after a run, on processors that the other engine's threads want.
 */
final class IdleProcess {
    private static final OperatingSystemMXBean SYSTEM =
            ManagementFactory.getPlatformMXBean(OperatingSystemMXBean.class);

    /** Systems count a process's time by ticks of 10 ms: a thread that computes takes several of them meanwhile. */
    private static final Duration LOOK = Duration.ofMillis(40);

    private static final long IDLE_NANOS = 10_000_000;
    private static final long MOST_NANOS = 400_000_000;

    private IdleProcess() {}

    /** Waits for it, but not for long: something may always be at work. */
    static void await() {
        long end = System.nanoTime() + MOST_NANOS;
        long before;
        long used;
        do {
            before = SYSTEM.getProcessCpuTime();
            sleep();
            used = SYSTEM.getProcessCpuTime() - before;
        } while (used > IDLE_NANOS && System.nanoTime() < end);
    }

    /** Not a park, which returns at once where an engine has unparked this thread before. */
    private static void sleep() {
        try {
            Thread.sleep(LOOK);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
