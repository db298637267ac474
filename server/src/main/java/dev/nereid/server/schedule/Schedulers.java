package dev.nereid.server.schedule;

import dev.nereid.proto.inference.ModelConfig;
import dev.nereid.server.backend.ModelInstance;
import dev.nereid.server.observe.ModelStatistics;
import dev.nereid.server.protocol.InferException;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;

/** Makes the scheduler that a model's config asks for. */
public final class Schedulers {
    /** Names how many requests a dynamic batcher waits for before its first batch; Triton's hook for tests. */
    private static final String DELAY_SCHEDULER = "TRITONSERVER_DELAY_SCHEDULER";

    private Schedulers() {}

    /**
     * A scheduler with one thread an instance.
     *
     * @param instances belong to the scheduler, which closes them; to the caller where this throws
     * @param names thread names, one an instance
     * @throws InferException if the config asks for a batch strategy that there is not
     */
    public static Scheduler of(
            ModelConfig config,
            List<ModelInstance> instances,
            List<String> names,
            ModelStatistics statistics,
            Clock clock) {
        RequestQueue queue = queue(config);
        long held = config.hasDynamicBatching() ? requestsToHold() : 0;
        return new QueuedScheduler(config, queue, lanes(instances, names), statistics, clock).holdingBack(held);
    }

    /** A thread for each instance, by the names given. */
    public static List<Lane> lanes(List<ModelInstance> instances, List<String> names) {
        List<Lane> lanes = new ArrayList<>();
        for (int i = 0; i < instances.size(); i++) {
            InstanceThread thread = new InstanceThread(names.get(i));
            lanes.add(new Lane(instances.get(i), thread, thread::close));
        }
        return lanes;
    }

    private static long requestsToHold() {
        String text = Objects.requireNonNullElse(System.getenv(DELAY_SCHEDULER), "0");
        try {
            return Long.parseLong(text);
        } catch (NumberFormatException e) {
            throw new InferException(
                    InferException.Code.INVALID_ARG,
                    "environment variable " + DELAY_SCHEDULER + ": expected a number of requests, got '" + text + "'",
                    e);
        }
    }

    /** The queue that a config asks for. */
    static RequestQueue queue(ModelConfig config) {
        return config.hasDynamicBatching() && config.getMaxBatchSize() > 0
                ? new DynamicQueue(config, BatchStrategies.open(config))
                : new DirectQueue();
    }
}
