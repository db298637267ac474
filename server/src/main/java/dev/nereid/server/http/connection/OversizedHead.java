package dev.nereid.server.http.connection;

import io.helidon.common.buffers.DataReader;

/** The rest of a request line and headers that are longer than they may be. */
final class OversizedHead {
    /** A client that sends more does so for ever. */
    private static final long MOST_BYTES = 1 << 20;

    private OversizedHead() {}

    /** Reads up to the empty line that ends the head, to the end of the connection, or as much as is worth reading. */
    static void discard(DataReader reader) {
        boolean emptyLine = false;
        try {
            for (long read = 0; read < MOST_BYTES; read++) {
                byte next = reader.read();
                if (next == '\n' && emptyLine) {
                    return;
                }
                emptyLine = next == '\n' || (emptyLine && next == '\r');
            }
        } catch (DataReader.InsufficientDataAvailableException e) {
            // The client has said all that it will; it may still listen.
        }
    }
}
