package dev.nereid.models.device;

import dev.nereid.models.lowering.RunResource;
import dev.nereid.models.lowering.StepRun;

/**
 * A run of a model's regions. It has its lane and the memory there from its first region to its last, where values stay from
 * one region to the next; or to its end, where it does not come so far. One thread at a time.
 */
final class PlacedRun implements RunResource {
    private final LaneLease lease;
    private final BoundPlan plan;

    /** @param plan that has its memory on the lane */
    PlacedRun(LaneLease lease, BoundPlan plan) {
        this.lease = lease;
        this.plan = plan;
    }

    /** Runs a region. Returns when its outputs are there. */
    void region(int number, StepRun host) {
        lease.use(() -> {
            plan.region(number).run(host, lease.lane().stream());
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
