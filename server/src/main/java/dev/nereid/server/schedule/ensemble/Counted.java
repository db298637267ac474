package dev.nereid.server.schedule.ensemble;

import java.util.concurrent.atomic.AtomicInteger;

/** Memory that several users share; the last one to let go of it gives it back. Any thread. */
final class Counted {
    private final AtomicInteger users = new AtomicInteger(1);
    private final Runnable giveBack;

    /** Begins with one user, the caller. */
    Counted(Runnable giveBack) {
        this.giveBack = giveBack;
    }

    /** Adds a user; only somebody who is one may do that. */
    void retain() {
        users.incrementAndGet();
    }

    /** Ends one use. */
    void release() {
        if (users.decrementAndGet() == 0) {
            giveBack.run();
        }
    }
}
