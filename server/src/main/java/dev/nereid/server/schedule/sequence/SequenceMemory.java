package dev.nereid.server.schedule.sequence;

import dev.nereid.memory.SlabPool;
import dev.nereid.proto.inference.ModelConfig;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** What the sequences of a model have in common: memory, control tensors, how states begin. Any thread. */
final class SequenceMemory implements AutoCloseable {
    /** Free memory that is kept for the next sequences. */
    private static final long RETAINED_BYTES = 16L << 20;

    private final SlabPool pool = new SlabPool(RETAINED_BYTES);
    private final List<SlabPool.Slab> slabs = new ArrayList<>();
    private final ControlTensors controls;
    private final List<StateTemplate> states;
    private final Zeros zeros = new Zeros(pool);

    SequenceMemory(ModelConfig config, Path modelFolder) {
        controls = new ControlTensors(config, pool);
        try {
            states = StateTemplate.of(config, modelFolder, pool, slabs);
        } catch (RuntimeException | Error e) {
            close();
            throw e;
        }
    }

    SlabPool pool() {
        return pool;
    }

    ControlTensors controls() {
        return controls;
    }

    List<StateTemplate> states() {
        return states;
    }

    Zeros zeros() {
        return zeros;
    }

    /** Frees all that does not belong to a sequence. */
    @Override
    public void close() {
        slabs.forEach(SlabPool.Slab::close);
        controls.close();
        zeros.close();
        pool.close();
    }
}
