package dev.nereid.server.javamodel;

import dev.nereid.memory.SlabPool;
import dev.nereid.server.model.Call;
import dev.nereid.server.protocol.InferException;
import dev.nereid.server.protocol.InferRequest;
import dev.nereid.server.protocol.InferResponse;
import dev.nereid.server.protocol.InputTensor;
import dev.nereid.server.protocol.RequestedOutput;
import dev.nereid.server.protocol.ResponseSink;
import dev.nereid.server.schedule.Clock;
import dev.nereid.server.schedule.ensemble.StepModel;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One call of another model, from its request to the last answer. The caller may give it up before that, by itself, because
 * its time has passed or because the request was cancelled that it is made for; what comes afterwards is let go.
 */
final class CallRun implements ResponseSink, AutoCloseable {
    /** How soon a call notices that the request was cancelled that it is made for. */
    private static final long LOOK_NANOS = 5_000_000;

    private static final Logger LOG = LoggerFactory.getLogger(CallRun.class);

    private final Callees callees;
    private final Call call;
    private final Optional<InferRequest> outer;
    private final RequestMemory holder;
    private final CallReceiver receiver;
    private final StepModel model;
    private final InferRequest request;
    private final long deadlineNanos;
    /** Who needs the request's inputs: the model until its last answer, and each open answer. */
    private final AtomicInteger users = new AtomicInteger(1);

    private boolean ended;
    private boolean givenUp;
    private Clock.@Nullable Alarm alarm;

    /**
     * Makes a call.
     *
     * @param outer the request that it is made for; empty for none
     * @param holder of its answers
     * @return empty where it could not be made, which the receiver has been told
     */
    static Optional<CallRun> start(
            Callees callees, Call call, Optional<InferRequest> outer, RequestMemory holder, CallReceiver receiver) {
        CallRun run;
        try {
            if (outer.isPresent() && outer.get().cancelled()) {
                throw cancelled();
            }
            run = new CallRun(callees, call, outer, holder, receiver);
        } catch (InferException e) {
            receiver.fail(e);
            return Optional.empty();
        }
        holder.adopt(run);
        run.ask();
        return Optional.of(run);
    }

    private CallRun(
            Callees callees, Call call, Optional<InferRequest> outer, RequestMemory holder, CallReceiver receiver) {
        this.callees = callees;
        this.call = call;
        this.outer = outer;
        this.holder = holder;
        this.receiver = receiver;
        this.model = callees.models().hold(call.model(), call.version());
        List<SlabPool.Slab> slabs = new ArrayList<>();
        try {
            if (model.config().getModelTransactionPolicy().getDecoupled() && !receiver.takesMany()) {
                throw InferException.invalid("model '" + call.model()
                        + "' is decoupled: it answers with any number of responses, which a call by 'stream' takes");
            }
            long now = callees.clock().nanos();
            this.deadlineNanos = deadline(now, call.timeoutMicros());
            this.request = request(call, slabs, now);
        } catch (RuntimeException | Error e) {
            slabs.forEach(SlabPool.Slab::close);
            model.close();
            throw e;
        }
        request.answerWhile(receiver::hasRoom);
        outer.flatMap(InferRequest::trace)
                .flatMap(trace -> trace.step(request.header()))
                .ifPresent(request::traceWith);
    }

    private static long deadline(long nowNanos, long timeoutMicros) {
        long deadline = nowNanos + TimeUnit.MICROSECONDS.toNanos(timeoutMicros);
        return timeoutMicros == 0 || deadline < nowNanos ? Long.MAX_VALUE : deadline;
    }

    private InferRequest request(Call made, List<SlabPool.Slab> slabs, long nowNanos) {
        List<InputTensor> inputs = new ArrayList<>();
        made.inputs()
                .forEach((name, tensor) ->
                        inputs.add(new InputTensor(name, TensorCopies.of(tensor, callees.memory(), slabs))));
        return new InferRequest(
                new InferRequest.Header(
                        made.model(),
                        made.version() == Call.LATEST ? "" : Long.toString(made.version()),
                        made.id(),
                        made.correlationId(),
                        made.sequenceStart(),
                        made.sequenceEnd(),
                        made.priority(),
                        made.timeoutMicros(),
                        made.parameters()),
                inputs,
                made.outputs().stream()
                        .map(name -> new RequestedOutput(name, 0, false))
                        .toList(),
                slabs,
                nowNanos,
                outer.<InferRequest.Parent>map(ForCaller::new).orElse(InferRequest.Parent.NONE));
    }

    /** The caller's own time contains what computing the answer takes. */
    private record ForCaller(InferRequest outer) implements InferRequest.Parent {
        @Override
        public boolean cancelled() {
            return outer.cancelled();
        }

        @Override
        public void executed(InferRequest.Execution execution) {}
    }

    private static InferException cancelled() {
        return new InferException(InferException.Code.CANCELLED, "Request cancelled");
    }

    private void ask() {
        try {
            model.infer(request, this);
        } catch (RuntimeException | Error e) {
            LOG.error("model '{}' could not be asked by another one", call.model(), e);
            failUnlessEnded(InferException.internal("model '" + call.model() + "' could not be asked: " + e));
        }
        watch();
    }

    private void failUnlessEnded(InferException error) {
        boolean open;
        synchronized (this) {
            open = !ended;
        }
        if (open) {
            fail(error);
        }
    }

    /** Looks after a call that is not answered, as long as there is something to look for. */
    private synchronized void watch() {
        long look = outer.isPresent() ? callees.clock().nanos() + LOOK_NANOS : Long.MAX_VALUE;
        long next = Math.min(look, deadlineNanos);
        if (!ended && !givenUp && next != Long.MAX_VALUE) {
            alarm = callees.clock().at(next, this::look);
        }
    }

    private void look() {
        if (outer.isPresent() && outer.get().cancelled()) {
            giveUp(cancelled());
        } else if (callees.clock().nanos() >= deadlineNanos) {
            giveUp(InferException.unavailable("model '" + call.model() + "' was called and has not answered within "
                    + call.timeoutMicros() + " microseconds"));
        } else {
            watch();
        }
    }

    /** Waits for no more answers. The model is told, and drops the request at its next stage. */
    void giveUp(InferException error) {
        synchronized (this) {
            if (ended || givenUp) {
                return;
            }
            givenUp = true;
            cancelAlarm();
        }
        request.cancel();
        receiver.fail(error);
    }

    /** Waits for no more answers, which nobody wants any more; without effect where the call has ended. */
    @Override
    public void close() {
        giveUp(cancelled());
    }

    private synchronized boolean isGivenUp() {
        return givenUp;
    }

    @Override
    public void respond(InferResponse response, boolean last) {
        if (isGivenUp()) {
            response.close();
        } else {
            users.incrementAndGet();
            CallAnswer answer = new CallAnswer(this, response, holder);
            holder.adopt(answer);
            receiver.answer(answer);
        }
        if (last) {
            end();
        }
    }

    @Override
    public void failOne(InferException error) {
        if (!isGivenUp()) {
            receiver.failOne(error);
        }
    }

    @Override
    public void fail(InferException error) {
        if (!finish()) {
            receiver.fail(error);
        }
        release();
    }

    @Override
    public void end() {
        if (!finish()) {
            receiver.end();
        }
        release();
    }

    /** Notes the end; answers whether the call was given up before. */
    private boolean finish() {
        boolean before;
        synchronized (this) {
            ended = true;
            before = givenUp;
            cancelAlarm();
        }
        holder.forget(this);
        model.close();
        return before;
    }

    private void cancelAlarm() {
        if (alarm != null) {
            alarm.cancel();
            alarm = null;
        }
    }

    /** Ends one use of the request's inputs. */
    void release() {
        if (users.decrementAndGet() == 0) {
            request.close();
        }
    }
}
