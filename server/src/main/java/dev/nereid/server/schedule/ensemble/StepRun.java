package dev.nereid.server.schedule.ensemble;

import dev.nereid.server.protocol.InferException;
import dev.nereid.server.protocol.InferRequest;
import dev.nereid.server.protocol.InferResponse;
import dev.nereid.server.protocol.InputTensor;
import dev.nereid.server.protocol.RequestTrace;
import dev.nereid.server.protocol.RequestedOutput;
import dev.nereid.server.protocol.ResponseSink;
import dev.nereid.server.schedule.ensemble.EnsemblePlan.Port;
import dev.nereid.server.schedule.ensemble.EnsemblePlan.Step;
import dev.nereid.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One request to the model of one step. It uses its inputs until it has had its last answer, and for longer where a response
 * shows them: a model may answer with the tensors that it was given.
 */
final class StepRun implements ResponseSink {
    private static final Logger LOG = LoggerFactory.getLogger(StepRun.class);

    private final EnsembleRun ensemble;
    private final Step step;
    private final long iteration;
    private final StepModel model;
    private final StepContract contract;
    private final SequenceMark mark;
    private final InferRequest request;
    private final long batchSize;
    private final ReferenceCountedMemory memory;
    private final AtomicBoolean ended = new AtomicBoolean();
    /** The first of its responses that failed, which fails the ensemble when the model is done with the request. */
    private final AtomicReference<@Nullable InferException> failed = new AtomicReference<>();

    /** Responses so far; under the ensemble's lock. */
    private long responses;

    /** Whether it takes a permit of its step's concurrency limit. */
    private volatile boolean admitted;

    /**
     * Makes the request.
     *
     * @param values of the step's inputs, in their order; it is a user of each from now on, in the caller's place
     */
    StepRun(
            EnsembleRun ensemble,
            Step step,
            long iteration,
            StepModel model,
            StepContract contract,
            List<EnsembleValue> values,
            long nowNanos) {
        this.ensemble = ensemble;
        this.step = step;
        this.iteration = iteration;
        this.model = model;
        this.contract = contract;
        InferRequest.Header header = ensemble.request().header();
        this.mark = mark(values, step, header);
        List<InputTensor> inputs = new ArrayList<>();
        for (int i = 0; i < values.size(); i++) {
            EnsembleValue value = values.get(i);
            if (value.tensor().isPresent()) {
                String name = step.inputs().get(i).name();
                Tensor tensor = BatchDimAdapter.bridge(
                        value.tensor().get(), value.batchSize(), contract.dims(name), contract.batches());
                inputs.add(new InputTensor(name, tensor));
            }
        }
        List<RequestedOutput> outputs = new ArrayList<>();
        for (Port port : step.outputs()) {
            if (ensemble.subgraph().needs(port.tensor())) {
                outputs.add(new RequestedOutput(port.name(), 0, false));
            }
        }
        this.request = new InferRequest(
                new InferRequest.Header(
                        step.model(),
                        step.version() < 0 ? "" : Long.toString(step.version()),
                        header.id(),
                        mark.id(),
                        mark.start(),
                        mark.end(),
                        header.priority(),
                        header.timeoutMicros(),
                        header.parameters()),
                inputs,
                outputs,
                List.of(() -> values.forEach(value -> value.memory().release())),
                nowNanos,
                ensemble);
        this.batchSize = contract.batchSize(request);
        this.memory = new ReferenceCountedMemory(request::close);
    }

    private static SequenceMark mark(List<EnsembleValue> values, Step step, InferRequest.Header header) {
        List<SequenceMark> marks = values.stream()
                .flatMap(value -> value.mark().stream())
                .distinct()
                .toList();
        if (marks.isEmpty()) {
            return SequenceMark.of(header);
        }
        if (marks.size() > 1) {
            LOG.error(
                    "{}Different set of response parameters are set for '{}'. {} is used.",
                    header.prefix(),
                    step.model(),
                    marks.getFirst());
        }
        return marks.getFirst();
    }

    EnsembleRun ensemble() {
        return ensemble;
    }

    Step step() {
        return step;
    }

    /** Of the values that it was made of. */
    long iteration() {
        return iteration;
    }

    /** Whether each of its responses is an iteration of its own. */
    boolean decoupled() {
        return contract.decoupled();
    }

    /** Counts a response; answers whether the model may give it. Under the ensemble's lock. */
    boolean countResponse() {
        return ++responses == 1 || contract.decoupled();
    }

    /** Of its request; 0 for a model without a batch dim. */
    long batchSize() {
        return batchSize;
    }

    /** Where its request stands in a sequence. */
    SequenceMark mark() {
        return mark;
    }

    boolean cancelled() {
        return request.cancelled();
    }

    /** Takes a permit of the step's concurrency limit. */
    void admit() {
        admitted = true;
    }

    boolean admitted() {
        return admitted;
    }

    /** Hands the request to the model. */
    void start() {
        Optional<RequestTrace> trace = ensemble.request().trace();
        if (trace.isPresent()) {
            trace.get().step(request.header()).ifPresent(request::traceWith);
        }
        try {
            model.infer(request, this);
        } catch (RuntimeException | Error e) {
            LOG.error("step {} of an ensemble could not ask model '{}'", step.index(), step.model(), e);
            if (!ended.get()) {
                fail(InferException.internal("model '" + step.model() + "' could not be asked: " + e));
            }
        }
    }

    /** Ends its use of the inputs. After its last answer, or where it never started. */
    void release() {
        memory.release();
    }

    @Override
    public void respond(InferResponse response, boolean last) {
        if (last ? !ended.compareAndSet(false, true) : ended.get()) {
            response.close();
            LOG.error("a response of model '{}' came after its last one", step.model());
            return;
        }
        if (failed.get() == null) {
            ensemble.answered(this, response, counted(response), last);
            return;
        }
        response.close();
        if (last) {
            failEnsemble();
        }
    }

    /** A response's memory, and that of the inputs where the model has answered with them. */
    private ReferenceCountedMemory counted(InferResponse response) {
        if (!InputMemory.isSharedBy(request, response)) {
            return new ReferenceCountedMemory(response::close);
        }
        memory.retain();
        return new ReferenceCountedMemory(() -> {
            response.close();
            memory.release();
        });
    }

    /** Nobody needs the responses that follow, but until the last the model reads the inputs. */
    @Override
    public void failOne(InferException error) {
        failed.compareAndSet(null, error);
        request.cancel();
    }

    private void failEnsemble() {
        ensemble.failed(this, Objects.requireNonNull(failed.get(), "no response has failed"));
    }

    @Override
    public void fail(InferException error) {
        if (ended.compareAndSet(false, true)) {
            failed.compareAndSet(null, error);
            failEnsemble();
        } else {
            LOG.error("an error of model '{}' came after its last response: {}", step.model(), error.text());
        }
    }

    @Override
    public void end() {
        if (!ended.compareAndSet(false, true)) {
            return;
        }
        if (failed.get() == null) {
            ensemble.ended(this);
        } else {
            failEnsemble();
        }
    }
}
