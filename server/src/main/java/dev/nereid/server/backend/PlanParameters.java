package dev.nereid.server.backend;

import dev.nereid.proto.inference.ModelConfig;
import dev.nereid.proto.inference.ModelOptimizationPolicy.ExecutionAccelerators;
import dev.nereid.server.protocol.InferException;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What the parameters of an ONNX model's config mean here. Those that tune ONNX Runtime in ways that have no counterpart
 * are named in the log, so that nobody wonders why they change nothing.
 *
 * @param mostWorkers cores that one run may have
 * @param mostCores cores that all its runs may have together
 * @param winograd whether convolutions may use Winograd's algorithm, which rounds differently
 * @param tf32 whether products of matrices on a GPU may round their operands to TF32
 */
record PlanParameters(int mostWorkers, int mostCores, boolean winograd, boolean tf32) {
    private static final String THREADS = "intra_op_thread_count";

    /** Ours: {@code on}, the default, or {@code off} for plain sums in every convolution. */
    private static final String WINOGRAD = "winograd";

    /** Ours: {@code on}, or {@code off}, the default, for products of FP32 as they are. Without effect on the CPU. */
    private static final String TF32 = "tf32";

    /** Ours: the cores of the model, whatever its instances. */
    private static final String CORES = "scheduler.cores";

    /** What begins so is looked at elsewhere. */
    private static final List<String> OTHERS = List.of("scheduler.", "warmup.", "TRITON_BATCH_STRATEGY_PATH");

    private static final Logger LOG = LoggerFactory.getLogger(PlanParameters.class);

    static PlanParameters of(ModelConfig config) {
        int most = Integer.MAX_VALUE;
        int cores = Integer.MAX_VALUE;
        boolean winograd = true;
        boolean tf32 = false;
        for (String key : config.getParametersMap().keySet()) {
            String value = config.getParametersMap().get(key).getStringValue();
            if (key.equals(THREADS)) {
                most = threads(config, key, value);
            } else if (key.equals(CORES)) {
                cores = threads(config, key, value);
            } else if (key.equals(WINOGRAD)) {
                winograd = isOn(config, key, value.strip());
            } else if (key.equals(TF32)) {
                tf32 = isOn(config, key, value.strip());
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
        return new PlanParameters(most, cores, winograd, tf32);
    }

    private static boolean isOn(ModelConfig config, String key, String value) {
        return switch (value) {
            case "on" -> true;
            case "off" -> false;
            default ->
                throw InferException.invalid("parameter '" + key + "' of model '" + config.getName()
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
