package dev.nereid.server.backend.builtin;

import dev.nereid.memory.SlabPool;
import dev.nereid.proto.inference.DataType;
import dev.nereid.proto.inference.ModelConfig;
import dev.nereid.server.backend.Backend;
import dev.nereid.server.backend.BackendModel;
import dev.nereid.server.backend.Execution;
import dev.nereid.server.backend.builtin.AccumulatorModels.Controls;
import dev.nereid.server.protocol.InferException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Adds up the elements of {@code INPUT} over each sequence and answers the sum in every element of {@code OUTPUT}, for
 * tests of the oldest strategy, as Triton's backend of that name does: the controls are {@code START}, {@code END}, {@code
 * READY} and {@code CORRID}, which says whose sum it is; at the end of a sequence its correlation ID is added, cut to 32
 * bits. An ID may be a UINT64 or a string that holds a whole number. Parameter {@code execute_delay_ms} makes each execution
 * take that long.
 */
public final class DynaSequenceBackend implements Backend {
    private static final List<String> CONTROLS = List.of("START", "END", "READY", "CORRID");
    private static final String WRONG_CONTROLS =
            "'START', 'END, 'READY' and 'CORRID' must be configured as the control inputs";

    private final SlabPool memory;
    private final Pauses pauses;

    /** A backend whose responses lie in {@code memory}. */
    public DynaSequenceBackend(SlabPool memory) {
        this(memory, Pauses.REAL);
    }

    DynaSequenceBackend(SlabPool memory, Pauses pauses) {
        this.memory = memory;
        this.pauses = pauses;
    }

    @Override
    public String name() {
        return "dyna_sequence";
    }

    @Override
    public ModelConfig complete(ModelConfig config, Path versionFolder, int defaultMaxBatchSize) {
        return config;
    }

    @Override
    public BackendModel load(ModelConfig config, Path versionFolder) {
        AccumulatorModels.check(config, CONTROLS, WRONG_CONTROLS);
        AccumulatorModels.checkControlType(config, List.of("START", "END", "READY"), DataType.TYPE_INT32);
        DataType type = AccumulatorModels.controlType(config, "CORRID");
        if (type != DataType.TYPE_UINT64 && type != DataType.TYPE_STRING) {
            throw InferException.invalid("model CORRID control input must have TYPE_UINT64 or TYPE_STRING data-type");
        }
        return AccumulatorModels.model(config, versionFolder, memory, pauses, () -> {
            Map<Long, Integer> sums = new HashMap<>();
            return (_, execution, sum) -> add(sums, execution, sum);
        });
    }

    private static int add(Map<Long, Integer> sums, Execution execution, int sum) {
        long id = Controls.correlation(execution, "CORRID");
        int before = Controls.flag(execution, "START") ? 0 : sums.getOrDefault(id, 0);
        if (Controls.flag(execution, "END")) {
            sums.remove(id);
            return before + sum + (int) id;
        }
        sums.put(id, before + sum);
        return before + sum;
    }
}
