package dev.nereid.server.repository;

import dev.nereid.proto.inference.ModelConfig;
import dev.nereid.proto.inference.ModelInstanceGroup;
import dev.nereid.server.observe.ModelStatistics;
import dev.nereid.server.schedule.Scheduler;
import dev.nereid.server.schedule.Schedulers;
import java.util.OptionalInt;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * How many instances a running model has: those of its config, and where the config allows it as many more as its policy
 * wishes. They are made and warmed up before they get requests, and finish their batch before they are closed. Any
 * thread; one change at a time.
 */
final class RunningInstances {
    private static final Logger LOG = LoggerFactory.getLogger(RunningInstances.class);

    private final String what;
    private final Function<ModelConfig, ModelInstances.Change> change;
    private final Scheduler scheduler;
    private final ModelStatistics statistics;
    private final Room room;
    private ModelConfig config;
    private int extra;

    /** Where the memory of one more instance is set aside while it is made. */
    interface Room {
        /**
         * Sets aside what the present instances take on average.
         *
         * @throws ModelLoadException if there is not so much
         */
        MemoryLimit.Reservation reserve(int present);
    }

    /**
     * The instances of a model that has just been loaded.
     *
     * @param what names the model
     * @param change makes the instances of a config and keeps those that fit it; changes nothing where it throws
     */
    RunningInstances(
            String what,
            ModelConfig config,
            Function<ModelConfig, ModelInstances.Change> change,
            Scheduler scheduler,
            ModelStatistics statistics,
            Room room) {
        this.what = what;
        this.config = config;
        this.change = change;
        this.scheduler = scheduler;
        this.statistics = statistics;
        this.room = room;
        statistics.instances(least(config));
    }

    /** Whether the policy may change their number. */
    synchronized boolean scales() {
        return most() > least(config);
    }

    /** Whether {@link #follow} would change something. */
    synchronized boolean needsChange(OptionalInt wanted) {
        return wanted.isPresent()
                && (wanted.getAsInt() > count() ? count() < most() : wanted.getAsInt() < count() && extra > 0);
    }

    synchronized int count() {
        return least(config) + extra;
    }

    /**
     * Brings the instances in line with a config, and their number with it.
     *
     * @throws ModelLoadException if a new one cannot be made; nothing has changed then
     */
    synchronized void update(ModelConfig newConfig) {
        apply(newConfig, 0);
        config = newConfig;
    }

    /**
     * Makes one more instance or closes one, within the bounds of the config, so that there are nearer to so many.
     *
     * @throws ModelLoadException if a new one cannot be made, also for want of memory; nothing has changed then
     */
    synchronized void follow(int wanted) {
        int before = count();
        if (wanted > before && before < most()) {
            try (MemoryLimit.Reservation _ = room.reserve(before)) {
                apply(config, extra + 1);
            }
            LOG.info("{} has {} instances now, one more: its requests waited for too long", what, count());
        } else if (wanted < before && extra > 0) {
            apply(config, extra - 1);
            LOG.info("{} has {} instances now, one fewer: one of them had nothing to do", what, count());
        }
    }

    private void apply(ModelConfig newConfig, int newExtra) {
        ModelInstances.Change made = change.apply(with(newConfig, newExtra));
        scheduler.change(made.added(), made.removed());
        extra = newExtra;
        statistics.instances(least(newConfig) + newExtra);
    }

    private int most() {
        return Schedulers.mostInstances(config).orElse(0);
    }

    private static int least(ModelConfig config) {
        return config.getInstanceGroupList().stream()
                .filter(group -> !group.getPassive())
                .mapToInt(ModelInstanceGroup::getCount)
                .sum();
    }

    /** The config with more instances in its last group that has active ones. */
    private static ModelConfig with(ModelConfig config, int more) {
        for (int i = config.getInstanceGroupCount() - 1; i >= 0 && more > 0; i--) {
            ModelInstanceGroup group = config.getInstanceGroup(i);
            if (!group.getPassive()) {
                return config.toBuilder()
                        .setInstanceGroup(i, group.toBuilder().setCount(group.getCount() + more))
                        .build();
            }
        }
        return config;
    }
}
