package dev.nereid.server.backend.builtin;

import dev.nereid.memory.SlabPool;
import dev.nereid.proto.inference.DataType;
import dev.nereid.proto.inference.ModelConfig;
import dev.nereid.server.backend.Backend;
import dev.nereid.server.backend.BackendModel;
import dev.nereid.server.backend.builtin.AccumulatorModels.Controls;
import java.nio.file.Path;
import java.util.List;

/**
 * Adds up the elements of {@code INPUT} over each sequence and answers the sum in every element of {@code OUTPUT}, for
 * tests of the sequence batcher, as Triton's backend of that name does: the controls are {@code START} and {@code READY},
 * and the place in the batch says whose sum it is. Parameter {@code execute_delay_ms} makes each execution take that long.
 */
public final class SequenceBackend implements Backend {
    private final SlabPool memory;
    private final Pauses pauses;

    /** A backend whose responses lie in {@code memory}. */
    public SequenceBackend(SlabPool memory) {
        this(memory, Pauses.REAL);
    }

    SequenceBackend(SlabPool memory, Pauses pauses) {
        this.memory = memory;
        this.pauses = pauses;
    }

    @Override
    public String name() {
        return "sequence";
    }

    @Override
    public ModelConfig complete(ModelConfig config, Path versionFolder, int defaultMaxBatchSize) {
        return config;
    }

    @Override
    public BackendModel load(ModelConfig config, Path versionFolder) {
        AccumulatorModels.check(
                config, List.of("START", "READY"), "'START' and 'READY' must be configured as the control inputs");
        AccumulatorModels.checkControlType(config, List.of("START", "READY"), DataType.TYPE_INT32);
        return AccumulatorModels.model(config, versionFolder, memory, pauses, () -> {
            int[] sums = new int[Math.max(1, config.getMaxBatchSize())];
            return (place, execution, sum) -> {
                if (Controls.flag(execution, "START")) {
                    sums[place] = 0;
                }
                sums[place] += sum;
                return sums[place];
            };
        });
    }
}
