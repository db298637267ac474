package dev.nereid.server.backend;

import dev.nereid.kernels.device.DeviceTurn;
import dev.nereid.kernels.parallel.CoreShare;
import dev.nereid.kernels.parallel.WorkerPool;
import java.util.concurrent.CancellationException;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * The turn of a run that computes on a device alone: it takes a core when its turn has come, and not before. One that held
 * its core while it waits could have the last one, for which the run before it waits. On the run's thread.
 */
final class RunTurn implements DeviceTurn, AutoCloseable {
    private final DeviceTurn batch;
    private final BooleanSupplier cancelled;
    private final CoreShare cores;
    private WorkerPool.@Nullable Grant grant;

    /** @param cancelled whether nobody wants the run any more */
    RunTurn(DeviceTurn batch, BooleanSupplier cancelled, CoreShare cores) {
        this.batch = batch;
        this.cancelled = cancelled;
        this.cores = cores;
    }

    /** Waits until a batch's turn to compute has come. */
    static void await(DeviceTurn batch, BooleanSupplier cancelled) {
        batch.awaitCompute();
        if (batch.isOrdered() && cancelled.getAsBoolean()) {
            throw new CancellationException();
        }
    }

    @Override
    public void awaitPlace() {
        batch.awaitPlace();
    }

    @Override
    public boolean awaitMemory() {
        return batch.awaitMemory();
    }

    @Override
    public void placed() {
        batch.placed();
    }

    @Override
    public void awaitCompute() {
        await(batch, cancelled);
        grant = cores.grant(1);
    }

    @Override
    public boolean isAwaited() {
        return batch.isAwaited();
    }

    @Override
    public void computed() {
        close();
        batch.computed();
    }

    /** Gives the core back. */
    @Override
    public void close() {
        if (grant != null) {
            grant.close();
            grant = null;
        }
    }
}
