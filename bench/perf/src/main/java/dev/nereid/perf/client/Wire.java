package dev.nereid.perf.client;

import java.io.IOException;
import java.nio.ByteBuffer;

/** The bytes of a non-blocking connection, encrypted on their way or not. For one thread at a time. */
interface Wire {
    /** Bytes taken; 0 where {@link #awaits} has to come first. */
    int write(ByteBuffer from) throws IOException;

    /** Bytes read; 0 where there are none yet, -1 at the end. */
    int read(ByteBuffer to) throws IOException;

    /** What a selector has to wait for before writing goes on: operations of a selection key. */
    int awaits();

    void close() throws IOException;
}
