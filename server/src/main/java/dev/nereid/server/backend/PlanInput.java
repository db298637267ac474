package dev.nereid.server.backend;

import dev.nereid.memory.SlabPool;
import dev.nereid.server.protocol.InferException;
import dev.nereid.tensor.DataType;
import dev.nereid.tensor.Shape;
import dev.nereid.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.Optional;

/**
 * One input of a model: takes its tensor from each request of a batch and puts them one behind the other.
 *
 * @param reshape from the shape that requests have to the one that the model has; empty for none
 */
record PlanInput(String name, Optional<TensorReshape> reshape) {
    /** The tensor of a batch of one request, without a copy. */
    Tensor single(Execution execution) {
        Tensor tensor = execution
                .input(name)
                .orElseThrow(() -> InferException.invalid("the model needs input '" + name + "', which the request "
                        + execution.request().header().prefix() + "does not have"));
        return reshape.isPresent() ? reshape.get().apply(tensor) : tensor;
    }

    /**
     * The tensors of several requests, joined along their first dim.
     *
     * @param slabs receives the memory, to be given back when the run's result is closed
     */
    Tensor joined(List<Execution> executions, SlabPool memory, List<SlabPool.Slab> slabs) {
        List<Tensor> parts = executions.stream().map(this::single).toList();
        Tensor first = parts.getFirst();
        long rows = 0;
        for (Tensor part : parts) {
            rows += part.shape().dim(0);
        }
        Shape shape = first.shape().withDim(0, rows);
        if (first.dataType() == DataType.STRING) {
            byte[][] elements = new byte[Math.toIntExact(shape.elements())][];
            int at = 0;
            for (Tensor part : parts) {
                int count = (int) part.shape().elements();
                System.arraycopy(part.strings(), 0, elements, at, count);
                at += count;
            }
            return Tensor.ofStrings(shape, elements);
        }
        SlabPool.Slab slab = memory.take(shape.elements() * first.dataType().bytes());
        slabs.add(slab);
        long offset = 0;
        for (Tensor part : parts) {
            MemorySegment.copy(part.segment(), 0, slab.segment(), offset, part.byteSize());
            offset += part.byteSize();
        }
        return Tensor.of(first.dataType(), shape, slab.segment());
    }
}
