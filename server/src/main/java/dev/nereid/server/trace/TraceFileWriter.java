package dev.nereid.server.trace;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Writes traces as Triton's JSON files, on a thread of its own that is started with the first trace. Where it cannot keep
 * up, or a file cannot be written, traces are lost and the log says so, once until it works again.
 */
public final class TraceFileWriter implements TraceWriter {
    /** How traces become text somewhere. */
    @FunctionalInterface
    interface Destination {
        void write(List<Trace> traces) throws IOException;

        /** Puts what it wrote in order once nothing more comes. */
        default void finish() throws IOException {}
    }

    private static final int MOST_WAITING = 4096;
    private static final long MOST_WAITING_BYTES = 64L << 20;

    private static final Logger LOG = LoggerFactory.getLogger(TraceFileWriter.class);

    private final String place;
    private final Destination destination;
    private final TraceQueue queue = new TraceQueue(MOST_WAITING, MOST_WAITING_BYTES);
    private final AtomicLong dropped = new AtomicLong();
    private final Thread thread;
    private boolean started;
    private volatile boolean closed;

    /**
     * Writes to a file and to others that are called like it.
     *
     * @param explained whether the traces tell how executions came about, which Triton's do not
     */
    public TraceFileWriter(Path file, boolean explained) {
        this(file.toString(), new TraceFiles(file, explained));
    }

    TraceFileWriter(String place, Destination destination) {
        this.place = place;
        this.destination = destination;
        this.thread = Thread.ofPlatform().name("trace-writer").daemon().unstarted(this::writeUntilClosed);
    }

    @Override
    public boolean isOpen() {
        return !closed;
    }

    @Override
    public void write(Trace trace) {
        if (closed) {
            return;
        }
        start();
        if (!queue.offer(trace) && dropped.getAndIncrement() == 0) {
            LOG.warn("traces come faster than they can be written to {}; some are dropped", place);
        }
    }

    private synchronized void start() {
        if (!started) {
            started = true;
            thread.start();
        }
    }

    /** How many traces there was no room for. */
    long dropped() {
        return dropped.get();
    }

    private void writeUntilClosed() {
        boolean works = true;
        try {
            for (List<Trace> traces = queue.takeAll(); !traces.isEmpty(); traces = queue.takeAll()) {
                works = written(traces, works);
            }
            destination.finish();
        } catch (IOException e) {
            LOG.warn("the last traces cannot be put in order at {}: {}", place, e.toString());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** Writes; answers whether it worked, and warns if it did before. */
    private boolean written(List<Trace> traces, boolean worked) {
        try {
            destination.write(traces);
            return true;
        } catch (IOException | RuntimeException e) {
            if (worked) {
                LOG.warn("traces cannot be written to {} and are dropped: {}", place, e.toString());
            }
            return false;
        }
    }

    @Override
    public void close(Duration patience) {
        boolean again = closed;
        closed = true;
        queue.close();
        if (again || !hasStarted()) {
            return;
        }
        try {
            if (!thread.join(patience)) {
                LOG.warn("traces are still being written to {}; the rest is dropped", place);
                thread.interrupt();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        if (dropped.get() > 0) {
            LOG.warn("{} traces were dropped", dropped.get());
        }
    }

    private synchronized boolean hasStarted() {
        return started;
    }
}
