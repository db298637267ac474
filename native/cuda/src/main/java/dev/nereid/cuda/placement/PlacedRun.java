package dev.nereid.cuda.placement;

import dev.nereid.models.lowering.RunResource;
import dev.nereid.models.lowering.StepRun;

/**
 * A run of a model's regions. It has its bound stream and the memory there from its first region to its last, where values stay from
 * one region to the next; or to its end, where it does not come so far. One thread at a time.
 */
final class PlacedRun implements RunResource {
    private final BoundStreamLease lease;
    private final BoundPlan plan;

    /** @param plan that has its memory on the bound stream */
    PlacedRun(BoundStreamLease lease, BoundPlan plan) {
        this.lease = lease;
        this.plan = plan;
    }

    /** Runs a region. Returns when its outputs are there. */
    void region(int number, StepRun host) {
        lease.use(() -> {
            plan.region(number).run(host, lease.boundStream().stream());
            return number;
        });
        if (plan.isLast(number)) {
            close();
        }
    }

    @Override
    public void close() {
        lease.close();
    }
}
