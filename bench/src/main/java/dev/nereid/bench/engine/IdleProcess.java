package dev.nereid.bench.engine;

import com.sun.management.OperatingSystemMXBean;
import java.lang.management.ManagementFactory;
import java.util.concurrent.locks.LockSupport;

/**
 * Waits until no thread of this process computes. ONNX Runtime's threads go on looking for work for tens of milliseconds
 * after a run, on processors that the other engine's threads want.
 */
final class IdleProcess {
    private static final OperatingSystemMXBean SYSTEM =
            ManagementFactory.getPlatformMXBean(OperatingSystemMXBean.class);

    private static final long LOOK_NANOS = 4_000_000;
    /** Of the processor's time between two looks: what a thread that computes would take, several times over. */
    private static final long IDLE_NANOS = LOOK_NANOS / 8;

    private static final long MOST_NANOS = 400_000_000;

    private IdleProcess() {}

    /** Waits for it, but not for long: something may always be at work. */
    static void await() {
        long end = System.nanoTime() + MOST_NANOS;
        long before;
        long used;
        do {
            before = SYSTEM.getProcessCpuTime();
            LockSupport.parkNanos(LOOK_NANOS);
            used = SYSTEM.getProcessCpuTime() - before;
        } while (used > IDLE_NANOS && System.nanoTime() < end);
    }
}
