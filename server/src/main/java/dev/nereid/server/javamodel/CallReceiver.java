package dev.nereid.server.javamodel;

import dev.nereid.server.protocol.InferException;

/** Where the answers of one call go. Any thread, and two at a time where a call is given up while it is answered. */
interface CallReceiver {
    /** A response, which belongs to the receiver. */
    void answer(CallAnswer answer);

    /** A response that failed; others may follow. */
    void failOne(InferException error);

    /** The call failed; nothing follows. */
    void fail(InferException error);

    /** Nothing follows; also after a last response. */
    void end();

    /** Whether more than one response can be taken. */
    boolean takesMany();

    /** Whether most of what came is fetched. */
    boolean hasRoom();
}
