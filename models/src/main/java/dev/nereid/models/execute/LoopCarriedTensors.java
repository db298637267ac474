package dev.nereid.models.execute;

import dev.nereid.memory.SlabPool;
import dev.nereid.models.graph.RunValue;
import dev.nereid.tensor.Shape;
import dev.nereid.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;

/**
 * Memory of loop-carried tensors: those that one iteration of a subgraph leaves in its frame are copied here for the next,
 * which overwrites the frame. It is taken once and serves every other run. One thread at a time.
 */
final class LoopCarriedTensors {
    private final SlabPool pool;
    private List<Place> now = new ArrayList<>();
    private List<Place> before = new ArrayList<>();

    LoopCarriedTensors(SlabPool pool) {
        this.pool = pool;
    }

    /** Memory for one value. */
    private record Place(SlabPool.Slab slab, RunValue value) {}

    /** Starts the next iteration: later copies replace those of the iteration before the last. */
    void turn() {
        List<Place> oldest = before;
        before = now;
        now = oldest;
    }

    /** Whether a tensor lies in memory of the iteration before the last. */
    boolean held(Tensor tensor) {
        for (Place place : before) {
            if (place.value().tensor().segment().address() == tensor.segment().address()) {
                return true;
            }
        }
        return false;
    }

    /** A copy of a tensor that is no STRING: the one of this number in this turn. Numbers rise by one at most. */
    RunValue copy(int number, Tensor tensor) {
        RunValue value = place(number, tensor).value();
        MemorySegment.copy(tensor.segment(), 0, value.tensor().segment(), 0, tensor.byteSize());
        return value;
    }

    private Place place(int number, Tensor tensor) {
        if (number == now.size()) {
            now.add(take(tensor));
            return now.get(number);
        }
        Place place = now.get(number);
        Tensor there = place.value().tensor();
        if (there.dataType() == tensor.dataType() && there.shape().equals(tensor.shape())) {
            return place;
        }
        now.set(number, take(tensor));
        place.slab().close();
        return now.get(number);
    }

    private Place take(Tensor tensor) {
        Shape shape = tensor.shape();
        SlabPool.Slab slab = pool.take(tensor.byteSize());
        return new Place(slab, RunValue.of(Tensor.of(tensor.dataType(), shape, slab.segment())));
    }

    /** Gives all memory back. */
    void release() {
        now.forEach(place -> place.slab().close());
        before.forEach(place -> place.slab().close());
        now.clear();
        before.clear();
    }
}
