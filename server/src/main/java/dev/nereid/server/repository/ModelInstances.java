package dev.nereid.server.repository;

import dev.nereid.memory.ThreadAffinity;
import dev.nereid.proto.inference.ModelConfig;
import dev.nereid.server.backend.BackendModel;
import dev.nereid.server.backend.BatchOrder;
import dev.nereid.server.backend.ModelInstance;
import dev.nereid.server.repository.folders.ModelLoadException;
import dev.nereid.server.schedule.Lane;
import dev.nereid.server.schedule.Schedulers;
import dev.nereid.server.schedule.limit.RateLimiter;
import dev.nereid.server.schedule.limit.Turn;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The instances of one loaded model version, by the config's instance groups. Active ones have a thread, are warmed up
 * and belong to the model's scheduler from then on; passive ones only exist. One change at a time.
 */
final class ModelInstances implements AutoCloseable {
    /** An instance that works. */
    private record Active(InstancePlan plan, List<Lane> lanes) {
        void close() {
            lanes.forEach(Lane::close);
        }
    }

    /** An instance that only exists. */
    private record Passive(InstancePlan plan, ModelInstance instance) {}

    /**
     * What an update changes.
     *
     * @param added new instances, ready for requests
     * @param removed instances that the scheduler finishes and closes
     */
    record Change(List<Lane> added, List<Lane> removed) {}

    private static final Logger LOG = LoggerFactory.getLogger(ModelInstances.class);

    private final BackendModel model;
    private final HostPolicies policies;
    private final RateLimiter.Model turns;
    private final boolean ownThreads;
    private final List<Active> active = new ArrayList<>();
    private final List<Passive> passive = new ArrayList<>();

    /**
     * No instances yet.
     *
     * @param model outlives the instances
     * @param turns gives each active instance its turns
     * @param ownThreads whether instances run on their own threads alone
     */
    ModelInstances(BackendModel model, HostPolicies policies, RateLimiter.Model turns, boolean ownThreads) {
        this.model = model;
        this.policies = policies;
        this.turns = turns;
        this.ownThreads = ownThreads;
    }

    /**
     * Makes the instances that a config asks for and keeps those that fit it. Where this throws, nothing has changed.
     *
     * @param warmUp runs a new active instance for the first time; may throw
     * @throws ModelLoadException if nothing would run the model's requests, or a host policy cannot be had
     */
    Change change(ModelConfig config, Consumer<Lane> warmUp) {
        List<InstancePlan> missing = new ArrayList<>(InstancePlan.of(config));
        if (missing.stream().allMatch(InstancePlan::passive)) {
            throw ModelLoadException.invalid(
                    "model '" + config.getName() + "' has only passive instances: nothing would run its requests");
        }
        List<Active> surplus = new ArrayList<>();
        for (Active each : active) {
            if (!take(missing, each.plan())) {
                surplus.add(each);
            }
        }
        List<Passive> surplusPassive = new ArrayList<>();
        for (Passive each : passive) {
            if (!take(missing, each.plan())) {
                surplusPassive.add(each);
            }
        }
        List<Active> made = new ArrayList<>();
        List<Passive> madePassive = new ArrayList<>();
        try {
            for (InstancePlan plan : missing) {
                if (plan.passive()) {
                    madePassive.add(new Passive(plan, plan.make(model)));
                } else {
                    made.add(new Active(plan, lanes(plan, config)));
                    warmUp.accept(made.getLast().lanes().getFirst());
                }
            }
        } catch (RuntimeException | Error e) {
            made.forEach(Active::close);
            madePassive.forEach(each -> each.instance().close());
            throw e;
        }
        active.removeAll(surplus);
        active.addAll(made);
        surplusPassive.forEach(each -> each.instance().close());
        passive.removeAll(surplusPassive);
        passive.addAll(madePassive);
        return new Change(lanes(made), lanes(surplus));
    }

    private static List<Lane> lanes(List<Active> instances) {
        return instances.stream().flatMap(each -> each.lanes().stream()).toList();
    }

    /** Takes one plan with the settings of {@code existing} off the list, if there is one. */
    private static boolean take(List<InstancePlan> missing, InstancePlan existing) {
        for (Iterator<InstancePlan> each = missing.iterator(); each.hasNext(); ) {
            if (each.next().settings().equals(existing.settings())) {
                each.remove();
                return true;
            }
        }
        return false;
    }

    /** The lane of an instance, or two where it prepares a batch while it executes another. */
    private List<Lane> lanes(InstancePlan plan, ModelConfig config) {
        Lane lane = lane(plan, config.getName());
        // With a rate limiter a batch is formed when its instance's turn has come.
        if (!lane.instance().heedsTurns()
                || !Schedulers.prepares(config)
                || lane.turn().limiter().limits()) {
            return List.of(lane);
        }
        BatchOrder order = new BatchOrder();
        try {
            return List.of(lane.in(order), lane(plan, config.getName()).in(order));
        } catch (RuntimeException | Error e) {
            lane.close();
            throw e;
        }
    }

    private Lane lane(InstancePlan plan, String modelName) {
        Set<Integer> processors = policies.processors(HostPolicies.name(plan.settings()), modelName);
        Turn turn = turns.newTurn(plan.settings().getRateLimiter());
        ModelInstance instance;
        try {
            instance = plan.make(model);
        } catch (RuntimeException | Error e) {
            turn.close();
            throw e;
        }
        // Waiting for a GPU blocks a thread of the system, which a virtual thread of a request must not do.
        boolean own = ownThreads || plan.isOnGpu() || !processors.isEmpty();
        return own
                ? Schedulers.pinnedLane(instance, plan.name(), turn, () -> pin(processors, plan.name()))
                : Schedulers.lane(instance, plan.name(), turn);
    }

    /** Keeps the calling thread on the processors; anywhere if none are named. */
    private static void pin(Set<Integer> processors, String name) {
        if (processors.isEmpty()) {
            return;
        }
        try {
            ThreadAffinity.pin(processors);
        } catch (UnsupportedOperationException e) {
            // The processors were there a moment ago: rather an instance elsewhere than none.
            LOG.error("instance '{}' cannot be kept on processors {}", name, processors, e);
        }
    }

    /** Closes the passive instances; the scheduler closes the others. */
    @Override
    public void close() {
        passive.forEach(each -> each.instance().close());
        passive.clear();
    }
}
