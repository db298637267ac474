package dev.nereid.server.backend;

import dev.nereid.models.MemoryUse;
import dev.nereid.proto.inference.ModelConfig;
import dev.nereid.proto.inference.ModelOptimizationPolicy.ExecutionAccelerators;
import dev.nereid.server.protocol.InferException;
import java.util.List;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What the parameters of an ONNX model's config mean here. Those that tune ONNX Runtime in ways that have no counterpart
 * are named in the log, so that nobody wonders why they change nothing.
 *
 * @param mostWorkers cores that one run may have
 * @param mostCores cores that all its runs may have together
 * @param winograd whether convolutions may use Winograd's algorithm, which rounds differently
 * @param memory what the model may take beside its weights
 */
record PlanParameters(int mostWorkers, int mostCores, boolean winograd, MemoryUse memory) {
    private static final String THREADS = "intra_op_thread_count";

    /** Ours: {@code on}, the default, or {@code off} for plain sums in every convolution. */
    private static final String WINOGRAD = "winograd";

    /** Ours: {@code low} for a model that takes little beside its weights, which excludes Winograd's algorithm. */
    private static final String MEMORY = "memory";

    /** Ours: the cores of the model, whatever its instances. */
    private static final String CORES = "scheduler.cores";

    /** What begins so is looked at elsewhere. */
    private static final List<String> OTHERS = List.of("scheduler.", "warmup.", "TRITON_BATCH_STRATEGY_PATH");

    private static final Logger LOG = LoggerFactory.getLogger(PlanParameters.class);

    static PlanParameters of(ModelConfig config) {
        int most = Integer.MAX_VALUE;
        int cores = Integer.MAX_VALUE;
        Optional<Boolean> winograd = Optional.empty();
        MemoryUse memory = MemoryUse.USUAL;
        for (String key : config.getParametersMap().keySet()) {
            String value = config.getParametersMap().get(key).getStringValue();
            if (key.equals(THREADS)) {
                most = threads(config, key, value);
            } else if (key.equals(CORES)) {
                cores = threads(config, key, value);
            } else if (key.equals(WINOGRAD)) {
                winograd = Optional.of(isOn(config, value.strip()));
            } else if (key.equals(MEMORY)) {
                memory = memoryUse(config, value.strip());
            } else if (OTHERS.stream().noneMatch(key::startsWith)) {
                LOG.info("model '{}': parameter '{}' = '{}' has no effect", config.getName(), key, value);
            }
        }
        ExecutionAccelerators accelerators = config.getOptimization().getExecutionAccelerators();
        accelerators
                .getGpuExecutionAcceleratorList()
                .forEach(accelerator -> LOG.info(
                        "model '{}': accelerator '{}' has no effect", config.getName(), accelerator.getName()));
        accelerators
                .getCpuExecutionAcceleratorList()
                .forEach(accelerator -> LOG.info(
                        "model '{}': accelerator '{}' has no effect", config.getName(), accelerator.getName()));
        boolean low = memory == MemoryUse.LOW;
        if (low && winograd.orElse(false)) {
            throw InferException.invalid("parameters '" + WINOGRAD + "' and '" + MEMORY + "' of model '"
                    + config.getName() + "': Winograd's algorithm takes more memory, it is not for 'low'");
        }
        return new PlanParameters(most, cores, winograd.orElse(!low), memory);
    }

    private static MemoryUse memoryUse(ModelConfig config, String value) {
        if (!value.equals("low")) {
            throw InferException.invalid("parameter '" + MEMORY + "' of model '" + config.getName()
                    + "': expected 'low', got '" + value + "'");
        }
        return MemoryUse.LOW;
    }

    private static boolean isOn(ModelConfig config, String value) {
        return switch (value) {
            case "on" -> true;
            case "off" -> false;
            default ->
                throw InferException.invalid("parameter '" + WINOGRAD + "' of model '" + config.getName()
                        + "': expected 'on' or 'off', got '" + value + "'");
        };
    }

    /** 0 means as many as there are. */
    private static int threads(ModelConfig config, String key, String value) {
        int threads;
        try {
            threads = Integer.parseInt(value.strip());
        } catch (NumberFormatException e) {
            threads = -1;
        }
        if (threads < 0) {
            throw InferException.invalid("parameter '" + key + "' of model '" + config.getName()
                    + "': expected a number of threads, got '" + value + "'");
        }
        return threads == 0 ? Integer.MAX_VALUE : threads;
    }
}
