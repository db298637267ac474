package dev.nereid.perf.client;

import java.io.ByteArrayOutputStream;
import java.util.function.Consumer;

/** Cuts a body of server-sent events at the empty line behind each. */
final class EventSplitter {
    /** What is longer is handed on in pieces. */
    private static final int LONGEST = 1 << 20;

    private final Consumer<byte[]> events;
    private final ByteArrayOutputStream event = new ByteArrayOutputStream();
    private int lineEnds;
    private boolean hasText;

    /** @param events takes each event, with its empty line */
    EventSplitter(Consumer<byte[]> events) {
        this.events = events;
    }

    /** Forgets what has come. */
    void reset() {
        event.reset();
        lineEnds = 0;
        hasText = false;
    }

    void take(byte[] bytes) {
        for (byte b : bytes) {
            event.write(b);
            if (b == '\n') {
                lineEnds++;
            } else if (b != '\r') {
                lineEnds = 0;
                hasText = true;
            }
            if (hasText && (lineEnds == 2 || event.size() >= LONGEST)) {
                end();
            }
        }
    }

    /** The body is complete: an event may be without its empty line. */
    void end() {
        if (hasText) {
            events.accept(event.toByteArray());
        }
        reset();
    }
}
