package dev.nereid.server.schedule.ensemble;

import java.util.concurrent.atomic.AtomicInteger;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Reference-counted memory; the last user to release it frees it. Any thread. */
final class ReferenceCountedMemory {
    private static final Logger LOG = LoggerFactory.getLogger(ReferenceCountedMemory.class);

    private final AtomicInteger users = new AtomicInteger(1);
    private final Runnable giveBack;

    /** Starts with one reference, the caller's. */
    ReferenceCountedMemory(Runnable giveBack) {
        this.giveBack = giveBack;
    }

    /** Adds a reference; only a holder of one may do that. */
    void retain() {
        users.incrementAndGet();
    }

    /** Releases one reference. Never throws: memory that cannot be freed must not keep a request from its response. */
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
