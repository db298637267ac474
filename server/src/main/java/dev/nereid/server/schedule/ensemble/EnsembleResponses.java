package dev.nereid.server.schedule.ensemble;

import dev.nereid.server.observe.DropReason;
import dev.nereid.server.observe.ModelStatistics;
import dev.nereid.server.observe.ModelStatistics.ComputeTimes;
import dev.nereid.server.observe.ModelStatistics.FailureReason;
import dev.nereid.server.protocol.InferException;
import dev.nereid.server.protocol.InferRequest;
import dev.nereid.server.protocol.InferResponse;
import dev.nereid.server.protocol.OutputTensor;
import dev.nereid.server.protocol.Parameter;
import dev.nereid.server.protocol.RequestTrace;
import dev.nereid.server.protocol.RequestTrace.Activity;
import dev.nereid.server.protocol.RequestTrace.Moment;
import dev.nereid.server.schedule.Clock;
import dev.nereid.server.schedule.ensemble.EnsemblePlan.Output;
import dev.nereid.tensor.Tensor;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.LongAdder;

/** Makes the responses of one ensemble request, and counts them in the ensemble's statistics. */
final class EnsembleResponses {
    private final String model;
    private final String version;
    private final EnsemblePlan plan;
    private final InferRequest request;
    private final long batchSize;
    private final ModelStatistics statistics;
    private final Clock clock;
    private final long enqueuedNanos;
    private long startNanos;
    private boolean first = true;
    private final LongAdder inputNanos = new LongAdder();
    private final LongAdder inferNanos = new LongAdder();
    private final LongAdder outputNanos = new LongAdder();

    /** @param batchSize of the request, at least 1 */
    EnsembleResponses(
            String model,
            String version,
            EnsemblePlan plan,
            InferRequest request,
            long batchSize,
            ModelStatistics statistics,
            Clock clock) {
        this.model = model;
        this.version = version;
        this.plan = plan;
        this.request = request;
        this.batchSize = batchSize;
        this.statistics = statistics;
        this.clock = clock;
        this.enqueuedNanos = clock.nanos();
        this.startNanos = enqueuedNanos;
        if (request.trace().isPresent()) {
            RequestTrace trace = request.trace().get();
            trace.at(Moment.QUEUE_START, enqueuedNanos);
            trace.inputs(Activity.TENSOR_QUEUE_INPUT, request.inputs());
        }
    }

    /** Of the request, at least 1. */
    long batchSize() {
        return batchSize;
    }

    /** The first steps are started now. */
    void started() {
        startNanos = clock.nanos();
    }

    /** Adds what a step's computing took. Any thread. */
    void executed(InferRequest.Execution step) {
        inputNanos.add(step.inputNanos());
        inferNanos.add(step.inferNanos());
        outputNanos.add(step.outputNanos());
    }

    /**
     * A response of values, which it uses until it is closed, in the caller's place. Outputs that no step gave are left out.
     *
     * @param values of the outputs, in their order
     * @throws InferException if a tensor does not have the shape that the ensemble promises
     */
    InferResponse response(List<Output> outputs, List<EnsembleValue> values) {
        List<OutputTensor> tensors = new ArrayList<>();
        Map<String, Parameter> parameters = new LinkedHashMap<>();
        for (int i = 0; i < values.size(); i++) {
            EnsembleValue value = values.get(i);
            if (value.tensor().isPresent()) {
                Output output = outputs.get(i);
                Tensor tensor =
                        BatchDimAdapter.bridge(value.tensor().get(), value.batchSize(), output.dims(), plan.batches());
                tensors.add(new OutputTensor(
                        output.name(),
                        output.reshape().isPresent() ? output.reshape().get().apply(tensor) : tensor));
                value.mark().ifPresent(mark -> mark.addTo(parameters));
            }
        }
        InferResponse response = new InferResponse(
                model,
                version,
                request.header().id(),
                parameters,
                tensors,
                () -> values.forEach(value -> value.memory().release()));
        if (request.trace().isPresent()) {
            request.trace().get().outputs(response);
        }
        return response;
    }

    /** Notes that a response is handed over. */
    void responding() {
        if (first && plan.decoupled()) {
            statistics.recordFirstResponse(clock.nanos() - request.receivedNanos());
        }
        first = false;
    }

    /** Counts the request as answered. */
    void succeeded() {
        long now = clock.nanos();
        ComputeTimes times = new ComputeTimes(inputNanos.sum(), inferNanos.sum(), outputNanos.sum());
        statistics.recordExecution(batchSize, times, clock.epochMillis());
        long queueNanos = startNanos - enqueuedNanos;
        statistics.recordSuccess(batchSize, now - request.receivedNanos(), queueNanos, times);
        request.executed(times.execution(batchSize, queueNanos));
    }

    /** Counts the request as refused. */
    void refused(DropReason reason) {
        statistics.recordDrop(reason);
        failed(reason.failure());
    }

    /** Counts the request as failed. */
    void failed(FailureReason reason) {
        statistics.recordFailure(reason, clock.nanos() - request.receivedNanos());
    }

    /** An error as the client sees it. */
    InferException named(InferException error) {
        return new InferException(error.code(), "in ensemble '" + model + "', " + error.text(), error);
    }

    /** The error of a request that ends without an answer. */
    InferException deadlock() {
        return named(InferException.invalid(request.header().prefix()
                + "unexpected deadlock, at least one output is not set while no more ensemble steps can be made"));
    }
}
