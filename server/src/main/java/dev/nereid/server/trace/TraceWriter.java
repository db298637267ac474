package dev.nereid.server.trace;

import java.time.Duration;

/** Where traces go to. Any thread. */
public interface TraceWriter {
    /** Whether traces go anywhere. */
    boolean isOpen();

    /** Takes a trace that is complete. Never blocks and never fails: what there is no room for is dropped. */
    void write(Trace trace);

    /**
     * Takes no more, and writes what it has taken.
     *
     * @param patience for how long at most; then the rest is lost, with a line in the log
     */
    void close(Duration patience);

    /** Takes no traces. */
    static TraceWriter none() {
        return new TraceWriter() {
            @Override
            public boolean isOpen() {
                return false;
            }

            @Override
            public void write(Trace trace) {}

            @Override
            public void close(Duration patience) {}
        };
    }
}
