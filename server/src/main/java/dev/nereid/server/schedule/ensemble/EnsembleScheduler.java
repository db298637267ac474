package dev.nereid.server.schedule.ensemble;

import dev.nereid.proto.inference.ModelConfig;
import dev.nereid.server.observe.DropReason;
import dev.nereid.server.observe.ModelStatistics;
import dev.nereid.server.protocol.InferException;
import dev.nereid.server.protocol.InferRequest;
import dev.nereid.server.protocol.ResponseSink;
import dev.nereid.server.schedule.BatchSizes;
import dev.nereid.server.schedule.Clock;
import dev.nereid.server.schedule.SafeResponseSink;
import dev.nereid.server.schedule.Scheduler;
import dev.nereid.server.schedule.ensemble.EnsemblePlan.Step;
import java.util.concurrent.atomic.AtomicReferenceArray;

/** The scheduler of an ensemble: has no instances and no queue, and runs each request as requests to other models. */
public final class EnsembleScheduler implements Scheduler {
    private final String name;
    private final String version;
    private final EnsemblePlan plan;
    private final BatchSizes batchSizes;
    private final StepModels models;
    private final ModelStatistics statistics;
    private final Clock clock;
    private final StepStarts starts;
    /** By step, of the config that its model had last. */
    private final AtomicReferenceArray<StepContract> contracts;

    private boolean refusing;
    private long running;

    /**
     * A scheduler for a config that is valid and complete.
     *
     * @param version of the ensemble, for its responses
     */
    public EnsembleScheduler(
            ModelConfig config, long version, StepModels models, ModelStatistics statistics, Clock clock) {
        this.name = config.getName();
        this.version = Long.toString(version);
        this.plan = new EnsemblePlan(config);
        this.batchSizes = new BatchSizes(config);
        this.models = models;
        this.statistics = statistics;
        this.clock = clock;
        this.contracts = new AtomicReferenceArray<>(plan.steps());
        this.starts = new StepStarts(
                Integer.toUnsignedLong(config.getEnsembleScheduling().getMaxInflightRequests()), plan.steps(), clock);
    }

    @Override
    public void submit(InferRequest request, ResponseSink sink) {
        ResponseSink guarded = new SafeResponseSink(sink);
        EnsembleResponses answers =
                new EnsembleResponses(name, version, plan, request, batchSizes.of(request), statistics, clock);
        if (!enter()) {
            answers.refused(DropReason.STOPPING);
            guarded.fail(InferException.unavailable(request.header().prefix()
                    + "Server is stopping, scheduler for model has stopped accepting new inference requests"));
            return;
        }
        request.begin();
        new EnsembleRun(this, request, guarded, answers).begin();
    }

    private synchronized boolean enter() {
        if (!refusing) {
            running++;
        }
        return !refusing;
    }

    @Override
    public synchronized void refuse() {
        refusing = true;
    }

    @Override
    public synchronized void close() {
        refusing = true;
        boolean interrupted = false;
        while (running > 0) {
            try {
                wait();
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    /** A request has had its last answer. */
    synchronized void ended() {
        running--;
        notifyAll();
    }

    EnsemblePlan plan() {
        return plan;
    }

    StepModels models() {
        return models;
    }

    Clock clock() {
        return clock;
    }

    /** What starts the steps. */
    StepStarts starts() {
        return starts;
    }

    /** What has to be known of a step's model as it is now. */
    @SuppressWarnings("ReferenceEquality") // a model has one config until it changes, and comparing two takes long
    StepContract contract(Step step, ModelConfig config) {
        StepContract known = contracts.get(step.index());
        if (known == null || known.config() != config) {
            known = new StepContract(config);
            contracts.set(step.index(), known);
        }
        return known;
    }
}
