package dev.nereid.server.trace;

import dev.nereid.server.protocol.ResponseSink;

/** What a front says about a request that may be traced. Closed when the last answer is sent, whatever became of it. */
public sealed interface FrontTrace extends AutoCloseable permits UntracedFront, RecordingFrontTrace {
    /** Of a request that is not traced. */
    FrontTrace NONE = new UntracedFront();

    /** A sink that notes when responses come, and hands them on. */
    ResponseSink watch(ResponseSink sink);

    /** A response is about to be sent. */
    void sendStart();

    /** A response is sent. */
    void sendEnd();

    @Override
    void close();
}
