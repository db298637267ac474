package dev.nereid.server.backend;

import dev.nereid.kernels.parallel.Workers;

/** Where a run gets its workers from. Any thread; never waits for a worker that another run holds. */
@FunctionalInterface
public interface WorkerGrants {
    /** Workers that belong to one run until it closes the grant. */
    interface Grant extends AutoCloseable {
        Workers workers();

        @Override
        void close();
    }

    /**
     * Grants workers to a run that starts now.
     *
     * @param most how many the run may use, itself among them
     */
    Grant grant(int most);
}
