package dev.nereid.server.javamodel;

import dev.nereid.memory.SlabPool;
import dev.nereid.tensor.DataType;
import dev.nereid.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.List;

/** Copies tensors of which nobody here knows how long they live. */
final class TensorCopies {
    private TensorCopies() {}

    /**
     * A copy.
     *
     * @param slabs receives its memory; strings have none
     */
    static Tensor of(Tensor tensor, SlabPool pool, List<SlabPool.Slab> slabs) {
        if (tensor.dataType() == DataType.STRING) {
            int count = Math.toIntExact(tensor.shape().elements());
            return Tensor.ofStrings(tensor.shape(), Arrays.copyOf(tensor.strings(), count));
        }
        SlabPool.Slab slab = pool.take(tensor.byteSize());
        slabs.add(slab);
        MemorySegment.copy(tensor.segment(), 0, slab.segment(), 0, tensor.byteSize());
        return Tensor.of(tensor.dataType(), tensor.shape(), slab.segment());
    }
}
