package dev.nereid.server.backend;

import dev.nereid.proto.inference.ModelConfig;
import dev.nereid.proto.inference.ModelOptimizationPolicy.ExecutionAccelerators;
import dev.nereid.server.protocol.InferException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What the parameters of an ONNX model's config mean here. Those that tune ONNX Runtime in ways that have no counterpart
 * are named in the log, so that nobody wonders why they change nothing.
 *
 * @param mostWorkers workers that one run may use
 * @param winograd whether convolutions may use Winograd's algorithm, which rounds differently
 */
record PlanParameters(int mostWorkers, boolean winograd) {
    private static final String THREADS = "intra_op_thread_count";

    /** Ours: {@code on}, the default, or {@code off} for plain sums in every convolution. */
    private static final String WINOGRAD = "winograd";

    /** The scheduler's. */
    private static final String BATCH_STRATEGY = "TRITON_BATCH_STRATEGY_PATH";

    private static final String SCHEDULER = "scheduler.";

    private static final Logger LOG = LoggerFactory.getLogger(PlanParameters.class);

    static PlanParameters of(ModelConfig config) {
        int most = Integer.MAX_VALUE;
        boolean winograd = true;
        for (String key : config.getParametersMap().keySet()) {
            String value = config.getParametersMap().get(key).getStringValue();
            if (key.equals(THREADS)) {
                most = threads(config, value);
            } else if (key.equals(WINOGRAD)) {
                winograd = isOn(config, value.strip());
            } else if (!key.equals(BATCH_STRATEGY) && !key.startsWith(SCHEDULER)) {
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
        return new PlanParameters(most, winograd);
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
    private static int threads(ModelConfig config, String value) {
        int threads;
        try {
            threads = Integer.parseInt(value.strip());
        } catch (NumberFormatException e) {
            threads = -1;
        }
        if (threads < 0) {
            throw InferException.invalid("parameter '" + THREADS + "' of model '" + config.getName()
                    + "': expected a number of threads, got '" + value + "'");
        }
        return threads == 0 ? Integer.MAX_VALUE : threads;
    }
}
