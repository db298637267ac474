package dev.nereid.server.observe;

import dev.nereid.server.protocol.CallRecord;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A line of JSON for each call of a client, of whatever protocol, in a file. The lines are written by a thread of their own: who
 * serves a call never waits, and where calls end faster than lines can be written, lines are left out and counted. Any thread.
 */
public final class AccessLog implements AutoCloseable {
    static final Logger LOG = LoggerFactory.getLogger(AccessLog.class);

    /** Of the file; then it begins anew. */
    static final long MOST_BYTES = 100L << 20;
    /** How many full files are kept. */
    static final int OLDER_FILES = 5;
    /** Of a text that a client sends, in characters. */
    static final int MOST_TEXT = 256;
    /** Calls whose lines wait to be written. */
    private static final int MOST_WAITING = 16 << 10;
    /** How long the first line waits for others: to wake a thread for each would cost a call more than all else here. */
    private static final long GATHER_MILLIS = 20;

    private static final long STOP_SECONDS = 5;
    private static final long COMPLAINT_NANOS = TimeUnit.MINUTES.toNanos(1);

    private static final DateTimeFormatter TIME =
            DateTimeFormatter.ofPattern("yyyy-MM-dd'T'HH:mm:ss.SSS'Z'").withZone(ZoneOffset.UTC);

    /** Follows the last call. */
    private static final Ended LAST = new Ended(new CallRecord(""), new Outcome("", false, 0, 0), 0);

    private final double sample;
    private final BlockingQueue<Ended> waiting;
    private final LongAdder dropped = new LongAdder();
    private final Optional<Thread> writer;
    private boolean complained;
    private long complaintNanos;

    /**
     * How a call ended.
     *
     * @param status an HTTP status or the name of a gRPC status
     * @param failed whether it says that the call failed
     * @param bytesIn that the client sent
     * @param bytesOut that the client was sent
     */
    public record Outcome(String status, boolean failed, long bytesIn, long bytesOut) {
        public Outcome {
            Objects.requireNonNull(status, "status");
        }
    }

    private record Ended(CallRecord call, Outcome outcome, long totalNanos) {}

    private AccessLog() {
        this.sample = 0;
        this.waiting = new ArrayBlockingQueue<>(1);
        this.writer = Optional.empty();
    }

    AccessLog(RotatingFile file, double sample, int mostWaiting) {
        this.sample = sample;
        this.waiting = new ArrayBlockingQueue<>(mostWaiting);
        this.writer =
                Optional.of(Thread.ofPlatform().daemon().name("access-log").start(() -> write(file)));
    }

    /** A log that nothing is written to. */
    public static AccessLog none() {
        return new AccessLog();
    }

    /**
     * Opens the file, if there is one.
     *
     * @throws IllegalArgumentException with a sentence that names the file if it cannot be opened
     */
    public static AccessLog open(AccessLogConfig config) {
        return config.file()
                .map(path -> new AccessLog(AccessLogConfig.open(path, MOST_BYTES), config.sample(), MOST_WAITING))
                .orElseGet(AccessLog::none);
    }

    /** Whether nothing is written; then nothing need be noted of calls. */
    public boolean isOff() {
        return writer.isEmpty();
    }

    /** Writes a line about a call that has ended, if it failed or is one of the sample. Returns at once. */
    public void write(CallRecord call, Outcome outcome) {
        if (!outcome.failed() && sample < 1 && ThreadLocalRandom.current().nextDouble() >= sample) {
            return;
        }
        if (!waiting.offer(new Ended(call, outcome, call.elapsedNanos()))) {
            dropped.increment();
        }
    }

    /** How many lines were left out so far, since they could not be written. */
    public long dropped() {
        return dropped.sum();
    }

    /** Writes what waits, in some seconds at the most. */
    @Override
    public void close() {
        if (writer.isEmpty()) {
            return;
        }
        try {
            if (waiting.offer(LAST, STOP_SECONDS, TimeUnit.SECONDS)) {
                writer.get().join(TimeUnit.SECONDS.toMillis(STOP_SECONDS));
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void write(RotatingFile file) {
        List<Ended> calls = new ArrayList<>();
        boolean last = false;
        try (file) {
            while (!last) {
                Ended first = waiting.take();
                if (!first.equals(LAST)) {
                    Thread.sleep(GATHER_MILLIS);
                }
                calls.add(first);
                waiting.drainTo(calls);
                last = calls.remove(LAST);
                write(file, calls);
                calls.clear();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void write(RotatingFile file, List<Ended> calls) {
        int written = 0;
        try {
            for (Ended call : calls) {
                file.write(line(call).getBytes(StandardCharsets.UTF_8));
                written++;
            }
            file.flush();
        } catch (IOException e) {
            dropped.add(Math.max(calls.size() - written, 1));
            long now = System.nanoTime();
            if (!complained || now - complaintNanos > COMPLAINT_NANOS) {
                complained = true;
                complaintNanos = now;
                LOG.error("lines of the access log cannot be written and are left out: {}", e.toString());
            }
        }
    }

    private static String line(Ended ended) {
        CallRecord call = ended.call();
        JsonLine line = new JsonLine();
        line.text("time", TIME.format(call.start()), MOST_TEXT);
        text(line, "client", call.client());
        text(line, "principal", call.principal());
        text(line, "protocol", call.protocol());
        text(line, "method", call.method());
        text(line, "path", call.path());
        text(line, "model", call.model());
        text(line, "version", call.version());
        text(line, "id", call.requestId());
        text(line, "trace_id", call.traceId());
        line.text("status", ended.outcome().status(), MOST_TEXT)
                .number("bytes_in", ended.outcome().bytesIn())
                .number("bytes_out", ended.outcome().bytesOut());
        if (call.requests() > 1) {
            line.number("requests", call.requests());
        }
        if (call.batchSize() > 0) {
            line.number("batch", call.batchSize())
                    .number("queue_us", micros(call.queueNanos()))
                    .number("compute_us", micros(call.computeNanos()));
        }
        return line.number("total_us", micros(ended.totalNanos())).end();
    }

    private static void text(JsonLine line, String name, String value) {
        if (!value.isEmpty()) {
            line.text(name, value, MOST_TEXT);
        }
    }

    private static long micros(long nanos) {
        return TimeUnit.NANOSECONDS.toMicros(nanos);
    }
}
