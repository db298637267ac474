package dev.nereid.server.schedule.ensemble;

import java.util.concurrent.atomic.AtomicInteger;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Reference-counted memory; the last user to release it frees it. Any thread. */
final class ReferenceCountedMemory {
    private static final Logger LOG = LoggerFactory.getLogger(ReferenceCountedMemory.class);

    private final AtomicInteger users = new AtomicInteger(1);
    private final Runnable giveBack;

    /** Begins with one user, the caller. */
    ReferenceCountedMemory(Runnable giveBack) {
        this.giveBack = giveBack;
    }

    /** Adds a user; only somebody who is one may do that. */
    void retain() {
        users.incrementAndGet();
    }

    /** Ends one use. Never throws: memory that cannot be given back must not keep a request from its answer. */
    void release() {
        if (users.decrementAndGet() == 0) {
            try {
                giveBack.run();
            } catch (RuntimeException | Error e) {
                LOG.error("memory of an ensemble's step could not be given back", e);
            }
        }
    }
}
