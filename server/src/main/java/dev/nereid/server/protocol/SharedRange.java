package dev.nereid.server.protocol;

import java.lang.foreign.MemorySegment;
import java.util.OptionalInt;

/**
 * A part of memory that a client shares with the server, in which an input lies or into which an output goes. Only copied
 * from and to, for the client may change it or take it away at any time. Holds its region until it is closed; any thread.
 */
public interface SharedRange extends AutoCloseable {
    long byteSize();

    /** The GPU whose memory it is, by number; empty for the machine's. */
    default OptionalInt gpu() {
        return OptionalInt.empty();
    }

    /**
     * Copies the whole range.
     *
     * @param target of the range's size
     * @throws InferException if the client took the memory away
     */
    void read(MemorySegment target);

    /**
     * Copies bytes to the range's start.
     *
     * @param source no larger than the range
     * @throws InferException if the client took the memory away
     */
    void write(MemorySegment source);

    /** Lets the region go; twice is harmless. */
    @Override
    void close();
}
