package dev.nereid.server.backend.plan;

import dev.nereid.kernels.parallel.CoreShare;
import dev.nereid.kernels.parallel.WorkerPool;
import dev.nereid.models.execute.Cancellation;
import dev.nereid.models.lowering.DeviceTurn;
import java.util.concurrent.CancellationException;
import org.jspecify.annotations.Nullable;

/**
 * The turn of a run that computes on a device alone: it takes a core when its turn has come, and not before. One that held
 * its core while it waits could have the last one, for which the run before it waits. On the run's thread.
 */
final class RunTurn implements DeviceTurn, AutoCloseable {
    private final DeviceTurn batch;
    private final Cancellation cancellation;
    private final CoreShare cores;
    private WorkerPool.@Nullable Grant grant;

    /** @param cancellation asked when the turn comes */
    RunTurn(DeviceTurn batch, Cancellation cancellation, CoreShare cores) {
        this.batch = batch;
        this.cancellation = cancellation;
        this.cores = cores;
    }

    /** Waits until a batch's turn to compute has come. */
    static void await(DeviceTurn batch, Cancellation cancellation) {
        batch.awaitCompute();
        if (batch.isOrdered() && cancellation.isRequested()) {
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
        await(batch, cancellation);
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
