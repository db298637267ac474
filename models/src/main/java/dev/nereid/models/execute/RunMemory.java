package dev.nereid.models.execute;

import dev.nereid.memory.SlabPool;
import dev.nereid.models.graph.RunValue;
import dev.nereid.tensor.DataType;
import dev.nereid.tensor.Shape;
import dev.nereid.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Memory that one run takes while it is under way, beside its frame's regions, and gives back when its results are
 * read no more. One thread at a time.
 */
final class RunMemory {
    /** A tensor of strings may take so much of the heap: there every other thread would fail too. */
    private static final int STRINGS_HEAP_SHARE = 8;

    private static final int REFERENCE_BYTES = 8;

    private final SlabPool pool;
    private final List<RunMemory> around;
    private final TreeMap<Long, SlabPool.Slab> slabs = new TreeMap<>();

    /**
     * Empty memory.
     *
     * @param around memory that outlives what is put here
     */
    RunMemory(SlabPool pool, List<RunMemory> around) {
        this.pool = pool;
        this.around = around;
    }

    /**
     * A tensor of undefined content, of nulls for {@code STRING}.
     *
     * @throws IllegalArgumentException if it would be larger than any memory, or strings would fill the heap
     */
    Tensor allocate(DataType dataType, Shape shape) {
        if (dataType == DataType.STRING) {
            return Tensor.ofStrings(shape, new byte[strings(shape)][]);
        }
        SlabPool.Slab slab = pool.take(bytes(dataType, shape));
        slabs.put(slab.segment().address(), slab);
        return Tensor.of(dataType, shape, slab.segment());
    }

    private static long bytes(DataType dataType, Shape shape) {
        try {
            return Math.multiplyExact(shape.elements(), dataType.bytes());
        } catch (ArithmeticException e) {
            throw new IllegalArgumentException(
                    "a tensor " + dataType + shape + " has more bytes than can be addressed", e);
        }
    }

    private static int strings(Shape shape) {
        long most = Math.min(
                Runtime.getRuntime().maxMemory() / STRINGS_HEAP_SHARE / REFERENCE_BYTES, Integer.MAX_VALUE - 8);
        if (shape.elements() > most) {
            throw new IllegalArgumentException("a tensor " + DataType.STRING + shape + " has "
                    + shape.elements() + " strings: at most " + most
                    + " fit into the Java heap beside everything else; a larger heap (-Xmx) takes more");
        }
        return (int) shape.elements();
    }

    /**
     * The value with every tensor in this memory or in memory around it: a tensor in memory of {@code donors} stays
     * where it is and that memory becomes this one's, others are copied.
     */
    RunValue hold(RunValue value, List<RunMemory> donors) {
        return new Holder(donors).hold(value);
    }

    /** Whether the tensor is in this memory or around it. */
    private boolean reaches(Tensor tensor) {
        if (tensor.dataType() == DataType.STRING || find(tensor) != null) {
            return true;
        }
        for (RunMemory memory : around) {
            if (memory.reaches(tensor)) {
                return true;
            }
        }
        return false;
    }

    private boolean takeOver(Tensor tensor, RunMemory donor) {
        SlabPool.Slab slab = donor.find(tensor);
        if (slab == null) {
            return false;
        }
        long address = slab.segment().address();
        donor.slabs.remove(address);
        slabs.put(address, slab);
        return true;
    }

    /** Gives all memory back and takes that of {@code other}, which is empty then. */
    void replaceBy(RunMemory other) {
        release();
        if (!other.slabs.isEmpty()) {
            slabs.putAll(other.slabs);
            other.slabs.clear();
        }
    }

    /** Gives all memory back. */
    void release() {
        if (!slabs.isEmpty()) {
            slabs.values().forEach(SlabPool.Slab::close);
            slabs.clear();
        }
    }

    private SlabPool.@Nullable Slab find(Tensor tensor) {
        MemorySegment segment = tensor.segment();
        Map.Entry<Long, SlabPool.Slab> entry = slabs.floorEntry(segment.address());
        if (entry == null) {
            return null;
        }
        MemorySegment slab = entry.getValue().segment();
        boolean inside = segment.address() + segment.byteSize() <= slab.address() + slab.byteSize();
        return inside ? entry.getValue() : null;
    }

    private Tensor copy(Tensor tensor) {
        Tensor copy = allocate(tensor.dataType(), tensor.shape());
        MemorySegment.copy(tensor.segment(), 0, copy.segment(), 0, tensor.byteSize());
        return copy;
    }

    /** One value on its way into this memory: a tensor that it holds many times is copied once. */
    private final class Holder {
        private final List<RunMemory> donors;
        private final IdentityHashMap<Tensor, Tensor> copies = new IdentityHashMap<>();

        Holder(List<RunMemory> donors) {
            this.donors = donors;
        }

        RunValue hold(RunValue value) {
            return switch (value) {
                case RunValue.OfTensor(Tensor tensor) -> RunValue.of(hold(tensor));
                case RunValue.OfSequence(List<RunValue> elements) -> {
                    List<RunValue> held = new ArrayList<>(elements.size());
                    elements.forEach(element -> held.add(hold(element)));
                    yield new RunValue.OfSequence(held);
                }
                case RunValue.OfOptional optional ->
                    new RunValue.OfOptional(optional.element().map(this::hold));
                case RunValue.OfMap(Tensor keys, Tensor values) -> new RunValue.OfMap(hold(keys), hold(values));
            };
        }

        private Tensor hold(Tensor tensor) {
            if (reaches(tensor)) {
                return tensor;
            }
            for (RunMemory donor : donors) {
                if (takeOver(tensor, donor)) {
                    return tensor;
                }
            }
            return copies.computeIfAbsent(tensor, RunMemory.this::copy);
        }
    }
}
