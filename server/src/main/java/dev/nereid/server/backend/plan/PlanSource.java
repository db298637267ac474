package dev.nereid.server.backend.plan;

import dev.nereid.memory.SlabPool;
import dev.nereid.server.backend.Execution;
import dev.nereid.tensor.Tensor;
import java.util.List;

/** Where one input of a model comes from when a batch is run. */
sealed interface PlanSource permits PlanInput, BatchQuantity {
    /**
     * The input of a whole batch.
     *
     * @param executions at least one; in the order of the batch
     * @param slabs receives memory that is taken, to be given back when the run's result is closed
     */
    Tensor gather(List<Execution> executions, SlabPool memory, List<SlabPool.Slab> slabs);
}
