package dev.nereid.server.schedule.ensemble;

import java.util.ArrayDeque;
import java.util.Deque;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Runs tasks on the calling thread, one after the other: a task that comes while another one runs on this thread waits for
 * its end. A tiny model answers on the thread that asks it, and without this the stack would grow with every step.
 */
final class Trampoline {
    private static final Logger LOG = LoggerFactory.getLogger(Trampoline.class);

    /** What waits on a thread; nothing while no task runs there. */
    private static final ThreadLocal<@Nullable Deque<Runnable>> WAITING = new ThreadLocal<>();

    private Trampoline() {}

    static void run(Runnable task) {
        Deque<Runnable> waiting = WAITING.get();
        if (waiting != null) {
            waiting.addLast(task);
            return;
        }
        Deque<Runnable> tasks = new ArrayDeque<>();
        WAITING.set(tasks);
        try {
            for (Runnable next = task; next != null; next = tasks.pollFirst()) {
                runOne(next);
            }
        } finally {
            WAITING.remove();
        }
    }

    private static void runOne(Runnable task) {
        try {
            task.run();
        } catch (RuntimeException | Error e) {
            LOG.error("a step of an ensemble could not be started", e);
        }
    }
}
