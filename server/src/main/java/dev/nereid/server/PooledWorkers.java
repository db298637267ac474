package dev.nereid.server;

import dev.nereid.kernels.parallel.WorkerPool;
import dev.nereid.kernels.parallel.Workers;
import dev.nereid.server.backend.WorkerGrants;

/** The workers of the process, as backends ask for them. */
record PooledWorkers(WorkerPool pool) implements WorkerGrants {
    @Override
    public Grant grant(int most) {
        WorkerPool.Grant granted = pool.grant(most);
        return new Grant() {
            @Override
            public Workers workers() {
                return granted;
            }

            @Override
            public void close() {
                granted.close();
            }
        };
    }
}
