package dev.nereid.server.backend.plan;

import dev.nereid.memory.SlabPool;
import dev.nereid.models.execute.RunResult;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;

/** The memory of one run, given back when the last response that shows it is closed. Any thread. */
final class SharedRun {
    private final AtomicInteger users;
    private final RunResult result;
    private final List<SlabPool.Slab> slabs;

    /**
     * A run whose memory is still used.
     *
     * @param users responses that will be released
     * @param slabs of the run's inputs
     */
    SharedRun(int users, RunResult result, List<SlabPool.Slab> slabs) {
        this.users = new AtomicInteger(users);
        this.result = result;
        this.slabs = slabs;
    }

    RunResult result() {
        return result;
    }

    /** Memory that is given back with the run; grows only while responses are made. */
    List<SlabPool.Slab> slabs() {
        return slabs;
    }

    /** A response is closed. */
    void release() {
        if (users.decrementAndGet() == 0) {
            free();
        }
    }

    /** Gives the memory back at once: no response will show it. */
    void free() {
        result.close();
        slabs.forEach(SlabPool.Slab::close);
    }
}
