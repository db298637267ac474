package dev.nereid.server.trace;

/** Where traces go to. Any thread. */
public interface TraceWriter extends AutoCloseable {
    /** Whether traces go anywhere. */
    boolean isOpen();

    /** Takes a trace that is complete. Never blocks and never fails: what there is no room for is dropped. */
    void write(Trace trace);

    /** Writes what it has taken, then takes no more. Waits for a few seconds at most. */
    @Override
    void close();

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
            public void close() {}
        };
    }
}
