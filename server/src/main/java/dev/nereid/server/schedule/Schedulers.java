package dev.nereid.server.schedule;

import dev.nereid.proto.inference.ModelConfig;
import dev.nereid.server.backend.ModelInstance;
import dev.nereid.server.observe.ModelStatistics;
import java.util.ArrayList;
import java.util.List;

/** Makes the scheduler that a model's config asks for. */
public final class Schedulers {
    private Schedulers() {}

    /**
     * A scheduler with one thread an instance.
     *
     * @param instances belong to the scheduler, which closes them
     * @param names thread names, one an instance
     */
    public static Scheduler of(
            ModelConfig config,
            List<ModelInstance> instances,
            List<String> names,
            ModelStatistics statistics,
            Clock clock) {
        return new QueuedScheduler(config, queue(config), lanes(instances, names), statistics, clock);
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

    /** The queue that a config asks for. */
    static RequestQueue queue(ModelConfig config) {
        return config.hasDynamicBatching() && config.getMaxBatchSize() > 0
                ? new DynamicQueue(config)
                : new DirectQueue();
    }
}
