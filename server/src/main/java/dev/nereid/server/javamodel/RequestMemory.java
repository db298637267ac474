package dev.nereid.server.javamodel;

import dev.nereid.memory.SlabPool;
import dev.nereid.tensor.DataType;
import dev.nereid.tensor.Shape;
import dev.nereid.tensor.Tensor;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What a model's code holds for the sake of one request, or of one instance: tensors that it has allocated and answers of
 * other models. Closing gives back what is left of it. Any thread.
 */
final class RequestMemory implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(RequestMemory.class);

    private final SlabPool pool;
    /** By the address of their memory. */
    private final Map<Long, SlabPool.Slab> slabs = new HashMap<>();

    private final IdentityHashMap<AutoCloseable, Boolean> answers = new IdentityHashMap<>();
    private boolean closed;

    RequestMemory(SlabPool pool) {
        this.pool = pool;
    }

    /** A tensor whose content is undefined; its memory goes with {@link #take} or when this is closed. */
    synchronized Tensor allocate(DataType type, Shape shape) {
        if (type == DataType.STRING) {
            throw new IllegalArgumentException("a tensor of BYTES has no memory of its own: see Tensors.ofStrings");
        }
        if (closed) {
            throw new IllegalStateException("a tensor is allocated of a request that is answered");
        }
        SlabPool.Slab slab = pool.take(Math.multiplyExact(shape.elements(), type.bytes()));
        slabs.put(slab.segment().address(), slab);
        return Tensor.of(type, shape, slab.segment());
    }

    /** The memory of a tensor, if it was allocated here; belongs to the caller from now on. */
    synchronized Optional<SlabPool.Slab> take(Tensor tensor) {
        return tensor.dataType() == DataType.STRING
                ? Optional.empty()
                : Optional.ofNullable(slabs.remove(tensor.segment().address()));
    }

    /** Closes an answer together with this; at once, where this is closed. */
    void adopt(AutoCloseable answer) {
        synchronized (this) {
            if (!closed) {
                answers.put(answer, true);
                return;
            }
        }
        close(answer);
    }

    /** An answer was closed. */
    synchronized void forget(AutoCloseable answer) {
        answers.remove(answer);
    }

    @Override
    public void close() {
        List<AutoCloseable> left;
        synchronized (this) {
            closed = true;
            left = new ArrayList<>(slabs.values());
            left.addAll(answers.keySet());
            slabs.clear();
            answers.clear();
        }
        left.forEach(RequestMemory::close);
    }

    private static void close(AutoCloseable closeable) {
        try {
            closeable.close();
        } catch (Exception e) {
            LOG.error("memory of a model's request could not be given back", e);
        }
    }
}
