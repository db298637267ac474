package dev.nereid.server.schedule.ensemble;

import dev.nereid.server.observe.ModelStatistics.FailureReason;
import dev.nereid.server.protocol.InferException;
import dev.nereid.server.protocol.InferRequest;
import dev.nereid.server.protocol.InferResponse;
import dev.nereid.server.protocol.InputTensor;
import dev.nereid.server.protocol.OutputTensor;
import dev.nereid.server.protocol.ResponseSink;
import dev.nereid.server.schedule.ensemble.EnsemblePlan.Input;
import dev.nereid.server.schedule.ensemble.EnsemblePlan.Port;
import dev.nereid.server.schedule.ensemble.EnsemblePlan.Step;
import dev.nereid.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One request to an ensemble, from its first step to its last answer. What happens to its steps changes its state under a
 * lock; what follows from that (memory let go, answers handed over, steps started) is done without it, in this order. It
 * ends when no step is under way, with exactly one last answer.
 */
final class EnsembleRun implements InferRequest.Parent {
    /** The iteration of the client's tensors. */
    private static final long FIRST = 0;

    private static final Logger LOG = LoggerFactory.getLogger(EnsembleRun.class);

    /** What follows from a change. */
    private static final class Changes {
        private final List<ReferenceCountedMemory> released = new ArrayList<>();
        private final List<StepRun> finished = new ArrayList<>();
        private final List<StepRun> ready = new ArrayList<>();
    }

    private final EnsembleScheduler scheduler;
    private final InferRequest request;
    private final ResponseSink sink;
    private final EnsembleResponses answers;
    private final EnsembleSubgraph subgraph;
    private final HeldModels models;
    private final OrderedDelivery delivery = new OrderedDelivery();

    private final ReentrantLock lock = new ReentrantLock();
    private final PendingStepInputs pendingInputs = new PendingStepInputs();
    private long lastIteration = FIRST;
    /** Steps that were made and have not had their last answer. */
    private int underWay;

    /** A response that has not been handed over: whether it is the last is not known yet. */
    private @Nullable InferResponse pending;

    /** Whether the last answer is made. */
    private boolean over;

    private volatile @Nullable InferException failure;

    EnsembleRun(EnsembleScheduler scheduler, InferRequest request, ResponseSink sink, EnsembleResponses answers) {
        this.scheduler = scheduler;
        this.request = request;
        this.sink = sink;
        this.answers = answers;
        this.subgraph = scheduler.plan().subgraph(request);
        this.models = new HeldModels(scheduler);
    }

    InferRequest request() {
        return request;
    }

    EnsembleSubgraph subgraph() {
        return subgraph;
    }

    @Override
    public boolean cancelled() {
        return request.cancelled();
    }

    @Override
    public void executed(InferRequest.Execution execution) {
        answers.executed(execution);
    }

    /** Takes hold of the models and starts the steps that need nothing but the client's tensors. */
    void begin() {
        change(changes -> {
            models.hold(subgraph.steps());
            answers.started();
            ReferenceCountedMemory clients = new ReferenceCountedMemory(() -> {}); // given back by who made the request
            for (Input input : scheduler.plan().inputs()) {
                Optional<Tensor> tensor = request.input(input.name())
                        .map(InputTensor::tensor)
                        .map(given -> input.reshape().isPresent()
                                ? input.reshape().get().apply(given)
                                : given);
                EnsembleValue value = new EnsembleValue(
                        tensor, scheduler.plan().batches() ? answers.batchSize() : 0, Optional.empty(), clients);
                give(input.name(), FIRST, value, changes);
            }
        });
    }

    /**
     * Takes a step's response.
     *
     * @param memory of the response; the caller's use of it is ended here
     */
    void answered(StepRun run, InferResponse response, ReferenceCountedMemory memory, boolean last) {
        change(changes -> {
            changes.released.add(memory);
            if (last) {
                leave(run, changes);
            }
            if (failure == null) {
                take(run, response, memory, changes);
            }
        });
    }

    /** Takes the error of a step; the first of all is the ensemble's. */
    void failed(StepRun run, InferException error) {
        change(changes -> {
            leave(run, changes);
            fail(answers.named(error), changes);
        });
    }

    /** Takes the end of a decoupled step's responses. */
    void ended(StepRun run) {
        change(changes -> leave(run, changes));
    }

    private interface Change {
        void make(Changes changes);
    }

    private void change(Change change) {
        Changes changes = new Changes();
        lock.lock();
        try {
            try {
                change.make(changes);
            } catch (InferException e) {
                fail(answers.named(e), changes);
            } catch (RuntimeException | Error e) {
                LOG.error("an ensemble's request failed", e);
                fail(answers.named(InferException.internal("the ensemble failed: " + e)), changes);
            }
            settle(changes);
        } finally {
            lock.unlock();
        }
        changes.finished.forEach(StepRun::release);
        changes.released.forEach(ReferenceCountedMemory::release);
        delivery.drain();
        changes.finished.forEach(scheduler.starts()::leave);
        changes.ready.forEach(scheduler.starts()::start);
    }

    private void leave(StepRun run, Changes changes) {
        underWay--;
        changes.finished.add(run);
    }

    private void take(StepRun run, InferResponse response, ReferenceCountedMemory memory, Changes changes) {
        if (!run.countResponse()) {
            LOG.error(
                    "model '{}' is not decoupled and gave more than one response",
                    run.step().model());
            return;
        }
        SequenceMark mark = run.mark().overriddenBy(response.parameters());
        long iteration = run.decoupled() ? ++lastIteration : run.iteration();
        for (Port port : run.step().outputs()) {
            Optional<Tensor> tensor = response.outputs().stream()
                    .filter(output -> output.name().equals(port.name()))
                    .map(OutputTensor::tensor)
                    .findFirst();
            give(
                    port.tensor(),
                    iteration,
                    new EnsembleValue(tensor, run.batchSize(), Optional.of(mark), memory),
                    changes);
        }
    }

    /** Puts a value wherever it is needed; what is complete by that becomes a step or a response. */
    private void give(String tensor, long iteration, EnsembleValue value, Changes changes) {
        for (EnsembleSubgraph.Use use : subgraph.uses(tensor)) {
            switch (use) {
                case EnsembleSubgraph.Use.OfStep(Step step, int place) ->
                    pendingInputs
                            .put(step.index(), iteration, step.inputs().size(), place, value)
                            .ifPresent(values -> ready(step, iteration, values, changes));
                case EnsembleSubgraph.Use.OfAnswer(int place) ->
                    pendingInputs
                            .put(
                                    PendingStepInputs.ANSWER,
                                    iteration,
                                    subgraph.outputs().size(),
                                    place,
                                    value)
                            .ifPresent(values -> respond(values, changes));
            }
        }
    }

    private void ready(Step step, long iteration, List<EnsembleValue> values, Changes changes) {
        StepModel model = models.of(step);
        StepRun run;
        try {
            run = new StepRun(
                    this,
                    step,
                    iteration,
                    model,
                    scheduler.contract(step, model.config()),
                    values,
                    scheduler.clock().nanos());
        } catch (RuntimeException | Error e) {
            values.forEach(value -> changes.released.add(value.memory()));
            throw e;
        }
        underWay++;
        changes.ready.add(run);
    }

    private void respond(List<EnsembleValue> values, Changes changes) {
        try {
            if (scheduler.plan().decoupled()) {
                handOver(false);
            }
            pending = answers.response(subgraph.outputs(), values);
        } catch (RuntimeException | Error e) {
            values.forEach(value -> changes.released.add(value.memory()));
            throw e;
        }
    }

    /** Fails the request unless it has failed already: nothing more is started, what is under way is awaited. */
    private void fail(InferException error, Changes changes) {
        if (failure != null) {
            return;
        }
        failure = error;
        pendingInputs.clear().forEach(value -> changes.released.add(value.memory()));
        changes.ready.forEach(run -> leave(run, changes));
        changes.ready.clear();
        scheduler.starts().removeAll(this).forEach(run -> leave(run, changes));
        if (pending != null) {
            changes.released.add(new ReferenceCountedMemory(pending::close));
            pending = null;
        }
    }

    private void settle(Changes changes) {
        if (underWay == 0 && !over) {
            over = true;
            pendingInputs.clear().forEach(value -> changes.released.add(value.memory()));
            finish();
        } else if (scheduler.plan().decoupled()) {
            handOver(false);
        }
    }

    private void handOver(boolean last) {
        InferResponse response = pending;
        if (response != null) {
            pending = null;
            answers.responding();
            delivery.add(() -> sink.respond(response, last));
        }
    }

    private void finish() {
        delivery.add(models::close);
        InferException error = failure;
        if (error == null && pending == null && !scheduler.plan().decoupled()) {
            error = answers.deadlock();
        }
        if (error != null) {
            InferException last = error;
            answers.failed(FailureReason.OTHER);
            delivery.add(() -> sink.fail(last));
        } else {
            answers.succeeded();
            if (pending != null) {
                handOver(true);
            } else {
                delivery.add(sink::end);
            }
        }
        delivery.add(scheduler::ended);
    }

    /** Whether a step has failed: nothing more may start. */
    boolean hasFailed() {
        return failure != null;
    }

    /** Ends a step that was never started. */
    void drop(StepRun run) {
        change(changes -> leave(run, changes));
    }
}
