package dev.nereid.server.repository;

import dev.nereid.proto.inference.ModelConfig;
import dev.nereid.proto.inference.ModelInstanceGroup;
import dev.nereid.server.observe.ModelStatistics;
import dev.nereid.server.repository.folders.ModelLoadException;
import dev.nereid.server.schedule.Scheduler;
import dev.nereid.server.schedule.Schedulers;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * How many instances a running model has: those of its config, and where the config allows it as many more as its policy
 * wishes. They are made and warmed up before they get requests, and finish their batch before they are closed. Any
 * thread; one change at a time.
 */
final class RunningInstances {
    /** How long a change of the config waits until the instances that it takes away are closed. */
    private static final Duration CLOSING_PATIENCE = Duration.ofSeconds(30);

    private static final Logger LOG = LoggerFactory.getLogger(RunningInstances.class);

    private final String what;
    private final Function<ModelConfig, ModelInstances.Change> change;
    private final Scheduler scheduler;
    private final ModelStatistics statistics;
    private final Room room;
    /** Changed under this object's lock, which is held while instances are made: whoever only looks does not wait for it. */
    private volatile State state;

    /**
     * What there is.
     *
     * @param extra how many more the last group counts that has active ones
     */
    private record State(ModelConfig config, int extra) {
        /** The config that asks for all of them. */
        private ModelConfig whole() {
            int last = lastActive();
            if (last < 0 || extra == 0) {
                return config;
            }
            ModelInstanceGroup group = config.getInstanceGroup(last);
            return config.toBuilder()
                    .setInstanceGroup(last, group.toBuilder().setCount(group.getCount() + extra))
                    .build();
        }

        /** The place of the group that grows; -1 if none is active. */
        private int lastActive() {
            int place = config.getInstanceGroupCount() - 1;
            while (place >= 0 && config.getInstanceGroup(place).getPassive()) {
                place--;
            }
            return place;
        }

        private int count() {
            int last = lastActive();
            int step = last < 0 ? 0 : Math.max(config.getInstanceGroup(last).getGpusCount(), 1);
            return Math.toIntExact(Schedulers.activeInstances(config)) + extra * step;
        }

        /** What there is to be next, on the way to so many; the same where that is as near as the config allows. */
        private State towards(int wanted) {
            int count = count();
            if (wanted > count) {
                State more = new State(config, extra + 1);
                return more.count() <= most() ? more : this;
            }
            return wanted < count && extra > 0 ? new State(config, extra - 1) : this;
        }

        private int most() {
            return Schedulers.mostInstances(config).orElse(0);
        }
    }

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
        this.change = change;
        this.scheduler = scheduler;
        this.statistics = statistics;
        this.room = room;
        this.state = new State(config, 0);
        statistics.instances(count());
    }

    /** Whether the policy may change their number, under the config or one that takes its place. */
    boolean scales() {
        return Schedulers.mostInstances(state.config()).isPresent();
    }

    /** Whether {@link #follow} would change something. Does not wait for a change that is going on. */
    boolean needsChange(int wanted) {
        State now = state;
        return now.towards(wanted).extra() != now.extra();
    }

    int count() {
        return state.count();
    }

    /**
     * Brings the instances in line with a config, and their number with it. Returns when those are closed that it takes away,
     * or leaves the rest to them after a while; those that have sequences are not awaited.
     *
     * @throws ModelLoadException if a new one cannot be made; nothing has changed then
     */
    void update(ModelConfig config) {
        CompletableFuture<Void> closed;
        synchronized (this) {
            closed = apply(new State(config, 0));
        }
        try {
            closed.get(CLOSING_PATIENCE.toNanos(), TimeUnit.NANOSECONDS);
        } catch (TimeoutException e) {
            LOG.warn("{}: instances that were taken away still execute; they are closed when they have finished", what);
        } catch (ExecutionException e) {
            LOG.error("{}: an instance was not closed properly", what, e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /**
     * Makes one more instance, on each of the GPUs of their group if it is for some, or closes one, within the bounds of
     * the config, so that there are nearer to so many.
     *
     * @throws ModelLoadException if a new one cannot be made, also for want of memory; nothing has changed then
     */
    synchronized void follow(int wanted) {
        State before = state;
        State next = before.towards(wanted);
        if (next.extra() > before.extra()) {
            try (MemoryLimit.Reservation _ = room.reserve(before.count())) {
                CompletableFuture<Void> _ = apply(next);
            }
            LOG.info(
                    "{} has {} instances now, not {}: its requests waited for too long",
                    what,
                    next.count(),
                    before.count());
        } else if (next.extra() < before.extra()) {
            CompletableFuture<Void> _ = apply(next);
            LOG.info("{} has {} instances now, not {}: one had nothing to do", what, next.count(), before.count());
        }
    }

    private CompletableFuture<Void> apply(State next) {
        ModelInstances.Change made = change.apply(next.whole());
        CompletableFuture<Void> closed = scheduler.change(made.added(), made.removed());
        state = next;
        statistics.instances(next.count());
        return closed;
    }
}
