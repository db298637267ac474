package dev.nereid.server.grpc;

import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * The streams of a front that their clients may leave open for as long as they like. When the front stops, those that are open
 * are told to end, and so are those that begin later. Any thread.
 */
public final class OpenStreams {
    private final Set<Stream> streams = ConcurrentHashMap.newKeySet();
    private volatile boolean stopping;

    /** A call whose client may send one request after the other. */
    @FunctionalInterface
    public interface Stream {
        /** Ends the stream when what came on it is answered; may be called more than once. Any thread. */
        void stop();
    }

    /** A stream has begun. */
    public void add(Stream stream) {
        streams.add(stream);
        if (stopping) { // set since or before, so that stop() may not have seen this one
            stream.stop();
        }
    }

    /** A stream has ended. */
    public void remove(Stream stream) {
        streams.remove(stream);
    }

    void stop() {
        stopping = true;
        streams.forEach(Stream::stop);
    }
}
