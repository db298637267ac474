package dev.nereid.server.repository;

import dev.nereid.kernels.parallel.Workers;
import dev.nereid.server.backend.WorkerGrants;

/** Workers of tests: the calling thread alone. */
public final class TestWorkers {
    public static final WorkerGrants GRANTS = most -> new WorkerGrants.Grant() {
        @Override
        public Workers workers() {
            return Workers.single();
        }

        @Override
        public void close() {}
    };

    private TestWorkers() {}
}
