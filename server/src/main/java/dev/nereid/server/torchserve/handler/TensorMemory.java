package dev.nereid.server.torchserve.handler;

import dev.nereid.memory.SlabPool;
import dev.nereid.server.protocol.Closing;
import dev.nereid.server.protocol.RequestBudget;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;

/** The memory of one request's input tensors while they are made. */
final class TensorMemory {
    private final SlabPool pool;
    private final RequestBudget.Share share;
    private final List<SlabPool.Slab> slabs = new ArrayList<>();

    TensorMemory(SlabPool pool, RequestBudget.Share share) {
        this.pool = pool;
        this.share = share;
    }

    MemorySegment take(long bytes) {
        SlabPool.Slab slab = pool.take(bytes);
        slabs.add(slab);
        return slab.segment();
    }

    /** What the request holds of the heap. */
    RequestBudget.Share share() {
        return share;
    }

    /** What was taken; whoever has it gives it back. */
    List<SlabPool.Slab> slabs() {
        return slabs;
    }

    void giveBack() {
        Closing.all(slabs);
    }
}
