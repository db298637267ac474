package dev.nereid.server.backend;

import dev.nereid.kernels.parallel.Workers;

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
