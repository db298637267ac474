package dev.nereid.server.schedule;

import dev.nereid.proto.inference.ModelConfig;
import dev.nereid.proto.inference.ModelInstanceGroup;
import dev.nereid.proto.inference.ModelParameter;
import dev.nereid.server.backend.ModelInstance;
import dev.nereid.server.backend.TextLengths;
import dev.nereid.server.observe.ModelStatistics;
import dev.nereid.server.protocol.InferException;
import dev.nereid.server.schedule.limit.Turn;
import java.util.List;
import java.util.Objects;
import java.util.OptionalInt;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Makes the scheduler that a model's config asks for. */
public final class Schedulers {
    /** Names how many requests a dynamic batcher waits for before its first batch; Triton's hook for tests. */
    private static final String DELAY_SCHEDULER = "TRITONSERVER_DELAY_SCHEDULER";

    private static final Logger LOG = LoggerFactory.getLogger(Schedulers.class);

    private Schedulers() {}

    /**
     * A scheduler over instances and their threads.
     *
     * @param lanes at least one; belong to the scheduler, which closes them; to the caller where this throws
     * @param device what models under the adaptive policy share
     * @throws InferException if the config asks for a batch strategy that there is not
     */
    public static Scheduler of(
            ModelConfig config, List<Lane> lanes, ModelStatistics statistics, Clock clock, SharedDevice device) {
        return of(config, lanes, statistics, clock, device, TextLengths.EQUAL);
    }

    /**
     * As the other one, for a model that may run texts of different lengths together.
     *
     * @param lengths how it does
     */
    public static Scheduler of(
            ModelConfig config,
            List<Lane> lanes,
            ModelStatistics statistics,
            Clock clock,
            SharedDevice device,
            TextLengths lengths) {
        long held = config.hasDynamicBatching() ? requestsToHold() : 0;
        RequestQueue queue = queue(config, device, lengths);
        QueuedScheduler scheduler = new QueuedScheduler(config, queue, lanes, statistics, clock).holdingBack(held);
        queue.onTurn(scheduler::lookAgain);
        return scheduler;
    }

    /** An instance with a thread of that name. */
    public static Lane lane(ModelInstance instance, String name, Turn turn) {
        InstanceThread thread = new InstanceThread(name);
        return new Lane(name, instance, thread, thread::close, false, turn);
    }

    /**
     * An instance that runs on its own thread alone.
     *
     * @param pin ties the calling thread to where it must run
     */
    public static Lane pinnedLane(ModelInstance instance, String name, Turn turn, Runnable pin) {
        InstanceThread thread = new InstanceThread(name, pin);
        return new Lane(name, instance, thread, thread::close, true, turn);
    }

    /**
     * Whether a model's scheduler gives an instance that can prepare a batch the next one while it executes. A sequence's next
     * step needs the one before, and the adaptive policy decides late.
     */
    public static boolean prepares(ModelConfig config) {
        return !config.hasSequenceBatching() && !isAdaptive(config, SchedulerParameters.of(config));
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

    /**
     * Checks what a config says of the policy.
     *
     * @throws InferException that names the parameter which is wrong
     */
    public static void check(ModelConfig config) {
        SchedulerParameters.of(config);
    }

    /** The config with the adaptive policy, if it names no policy and has nothing that this policy does not know. */
    public static ModelConfig preferAdaptive(ModelConfig config) {
        if (config.containsParameters(SchedulerParameters.POLICY)
                || SchedulerParameters.obstacle(config).isPresent()) {
            return config;
        }
        ModelParameter adaptive =
                ModelParameter.newBuilder().setStringValue("adaptive").build();
        return config.toBuilder()
                .putParameters(SchedulerParameters.POLICY, adaptive)
                .build();
    }

    /** How many instances the policy may give a model; empty where their number is the config's. */
    public static OptionalInt mostInstances(ModelConfig config) {
        SchedulerParameters parameters = SchedulerParameters.of(config);
        return isAdaptive(config, parameters) ? parameters.maxInstances() : OptionalInt.empty();
    }

    /** How many instances a group asks for, whose defaults are written out: so many on each of its GPUs, if it has some. */
    public static long instances(ModelInstanceGroup group) {
        return group.getCount() * Math.max((long) group.getGpusCount(), 1);
    }

    /** How many instances a config asks for that take requests; its defaults are written out. */
    public static long activeInstances(ModelConfig config) {
        return config.getInstanceGroupList().stream()
                .filter(group -> !group.getPassive())
                .mapToLong(Schedulers::instances)
                .sum();
    }

    private static boolean isAdaptive(ModelConfig config, SchedulerParameters parameters) {
        return parameters.adaptive() && !SchedulerParameters.delays(config);
    }

    /** The queue that a config asks for. Beside schedulers, simulations and measurements use it as it is. */
    public static RequestQueue queue(ModelConfig config, SharedDevice device) {
        return queue(config, device, TextLengths.EQUAL);
    }

    static RequestQueue queue(ModelConfig config, SharedDevice device, TextLengths lengths) {
        SchedulerParameters parameters = SchedulerParameters.of(config);
        if (isAdaptive(config, parameters)) {
            // Without an objective there is nothing to share by: such a model runs whenever an instance is free.
            boolean shares = parameters.sloMillis().isPresent();
            return new AdaptiveQueue(
                    config,
                    new AdaptiveRequestFactory(config, parameters, lengths),
                    shares ? device : new SharedDevice());
        }
        if (!config.hasDynamicBatching() || config.getMaxBatchSize() == 0) {
            return new DirectQueue();
        }
        // There is no such thread here: scripts look for these words to see that there is a dynamic batcher.
        LOG.debug("Starting dynamic-batcher thread for {}", config.getName());
        return new DynamicQueue(config, BatchStrategies.open(config));
    }
}
