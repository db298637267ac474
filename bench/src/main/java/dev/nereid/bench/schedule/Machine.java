package dev.nereid.bench.schedule;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.function.LongConsumer;
import java.util.function.LongSupplier;

/** The device under simulated models: how long batches take that run beside others or have to wait for them. */
final class Machine {
    /** Runs a task at a time. */
    interface Timer {
        void at(long nanos, Runnable task);
    }

    /** A batch that runs or waits for the device. */
    private static final class Execution {
        private final long startNanos;
        private final LongConsumer ended;
        private double leftNanos;

        private Execution(long startNanos, double nanos, LongConsumer ended) {
            this.startNanos = startNanos;
            this.leftNanos = nanos;
            this.ended = ended;
        }
    }

    private final Sharing sharing;
    private final LongSupplier now;
    private final Timer timer;
    private final List<Execution> running = new ArrayList<>();
    private final Deque<Execution> waiting = new ArrayDeque<>();
    private long updatedNanos;
    private long plan;

    Machine(Sharing sharing, LongSupplier now, Timer timer) {
        this.sharing = sharing;
        this.now = now;
        this.timer = timer;
    }

    Sharing sharing() {
        return sharing;
    }

    /** Whether a batch may be formed now. */
    boolean mayForm() {
        return sharing != Sharing.FEWEST_FIRST || running.isEmpty();
    }

    /**
     * Runs a batch now, or when the device is free.
     *
     * @param nanos what it takes alone
     * @param ended told how long it has taken
     */
    void run(double nanos, LongConsumer ended) {
        Execution execution = new Execution(now.getAsLong(), nanos, ended);
        switch (sharing) {
            case OWN, FEWEST_FIRST -> begin(execution);
            case IN_ORDER -> {
                waiting.addLast(execution);
                beginNext();
            }
            case AT_ONCE -> {
                advance();
                running.add(execution);
                planNext();
            }
        }
    }

    private void begin(Execution execution) {
        running.add(execution);
        timer.at(now.getAsLong() + Math.max((long) execution.leftNanos, 1), () -> {
            running.remove(execution);
            end(execution);
            beginNext();
        });
    }

    private void beginNext() {
        if (running.isEmpty() && !waiting.isEmpty()) {
            begin(waiting.removeFirst());
        }
    }

    private void end(Execution execution) {
        execution.ended.accept(now.getAsLong() - execution.startNanos);
    }

    /** Takes off what has been done since the last look, in equal parts. */
    private void advance() {
        double each = running.isEmpty() ? 0 : (double) (now.getAsLong() - updatedNanos) / running.size();
        running.forEach(execution -> execution.leftNanos -= each);
        updatedNanos = now.getAsLong();
    }

    private void planNext() {
        long current = ++plan;
        double least =
                running.stream().mapToDouble(each -> each.leftNanos).min().orElse(0);
        if (!running.isEmpty()) {
            timer.at(now.getAsLong() + Math.max((long) Math.ceil(least * running.size()), 1), () -> {
                if (plan == current) {
                    finishShortest();
                }
            });
        }
    }

    private void finishShortest() {
        advance();
        List<Execution> done =
                running.stream().filter(each -> each.leftNanos <= 1).toList();
        running.removeAll(done);
        done.forEach(this::end);
        planNext();
    }
}
