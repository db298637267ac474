package dev.nereid.server.backend.plan;

import dev.nereid.memory.SlabPool;
import dev.nereid.server.backend.Execution;
import dev.nereid.server.backend.PadElement;
import dev.nereid.server.backend.TensorReshape;
import dev.nereid.server.protocol.InferException;
import dev.nereid.tensor.DataType;
import dev.nereid.tensor.Shape;
import dev.nereid.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/**
 * One input of a model: takes its tensor from each request of a batch and makes one of them.
 *
 * @param reshape from the shape that requests have to the one that the model has; empty for none
 * @param whenAbsent what it is for a request that has none, in the model's shape; empty where every request must have one
 * @param padding what texts are padded with where they differ in length; empty where they may not
 */
record PlanInput(
        String name,
        Optional<TensorReshape> reshape,
        Optional<Tensor> whenAbsent,
        Join join,
        Optional<PadElement> padding)
        implements PlanSource {
    /** What becomes of the tensors of several requests. */
    enum Join {
        /** They stand one behind the other along their first dim. */
        ROWS,
        /** Their elements stand one behind the other in one dim; also those of a single request. */
        FLAT,
        /** They are equal, and one of them is enough: shape tensors. */
        SAME
    }

    @Override
    public Tensor gather(List<Execution> executions, SlabPool memory, List<SlabPool.Slab> slabs) {
        Execution first = executions.getFirst();
        boolean alone = executions.size() == 1 && !first.isAdded(name);
        return switch (join) {
            case SAME -> single(first);
            case ROWS -> alone ? single(first) : joined(executions, memory, slabs);
            case FLAT -> {
                Tensor whole = alone ? single(first) : joined(executions, memory, slabs);
                yield whole.withShape(Shape.of(whole.shape().elements()));
            }
        };
    }

    /** Whether two requests may be run together as far as this input goes. */
    boolean agree(Execution left, Execution right) {
        Tensor a = single(left);
        Tensor b = single(right);
        return switch (join) {
            case FLAT -> true;
            case ROWS -> agreeFrom(padding.isPresent() ? 2 : 1, a.shape(), b.shape());
            case SAME ->
                a.shape().equals(b.shape())
                        && a.segment()
                                        .asSlice(0, a.byteSize())
                                        .mismatch(b.segment().asSlice(0, b.byteSize()))
                                == -1;
        };
    }

    private static boolean agreeFrom(int axis, Shape a, Shape b) {
        return a.rank() == b.rank() && Arrays.equals(a.dims(), axis, a.rank(), b.dims(), axis, b.rank());
    }

    /** The tensor of a batch of one request, without a copy. */
    Tensor single(Execution execution) {
        Optional<Tensor> given = execution.input(name);
        if (given.isEmpty()) {
            return whenAbsent.orElseThrow(() -> InferException.invalid("the model needs input '" + name
                    + "', which the request " + execution.request().header().prefix() + "does not have"));
        }
        return reshape.isPresent() ? reshape.get().apply(given.get()) : given.get();
    }

    private Tensor joined(List<Execution> executions, SlabPool memory, List<SlabPool.Slab> slabs) {
        return join(executions.stream().map(this::single).toList(), memory, slabs);
    }

    /**
     * The tensors of several requests, joined along their first dim, padded where they are padded; where their other dims
     * differ, in one dim.
     *
     * @param slabs receives the memory, to be given back when the run's result is closed
     */
    Tensor join(List<Tensor> parts, SlabPool memory, List<SlabPool.Slab> slabs) {
        Tensor first = parts.getFirst();
        if (padding.isPresent()
                && parts.stream()
                        .anyMatch(part -> part.shape().dim(1) != first.shape().dim(1))) {
            return PaddedRows.join(parts, padding.get(), memory, slabs);
        }
        long rows = 0;
        for (Tensor part : parts) {
            rows += join == Join.FLAT ? part.shape().elements() : part.shape().dim(0);
        }
        Shape shape = join == Join.FLAT ? Shape.of(rows) : first.shape().withDim(0, rows);
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
        SlabPool.Slab slab =
                memory.take(Math.max(shape.elements(), 1) * first.dataType().bytes());
        slabs.add(slab);
        long offset = 0;
        for (Tensor part : parts) {
            MemorySegment.copy(part.segment(), 0, slab.segment(), offset, part.byteSize());
            offset += part.byteSize();
        }
        return Tensor.of(first.dataType(), shape, slab.segment());
    }
}
