package dev.nereid.server.protocol;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;
import java.util.function.UnaryOperator;

/**
 * One inference request, decoded from whatever protocol carried it. Owns the memory of its input tensors until it is
 * closed; the front that made it closes it after the final answer has been encoded, whatever the outcome.
 */
public final class InferRequest implements AutoCloseable {
    /**
     * What a request says beside its tensors.
     *
     * @param modelVersion empty for the server's choice
     * @param id empty where the client gave none
     * @param priority 0 for the model's default
     * @param timeoutMicros 0 for none
     * @param parameters custom parameters; those with a meaning of their own are fields here
     * @param signature which of the model's signatures is called; empty for the default one
     */
    public record Header(
            String modelName,
            String modelVersion,
            String id,
            CorrelationId correlationId,
            boolean sequenceStart,
            boolean sequenceEnd,
            long priority,
            long timeoutMicros,
            Map<String, Parameter> parameters,
            String signature) {
        public Header {
            Objects.requireNonNull(modelName, "modelName");
            Objects.requireNonNull(signature, "signature");
            parameters = ClientNames.copyOf(parameters);
        }

        /** A header of a request that calls the model's default signature. */
        public Header(
                String modelName,
                String modelVersion,
                String id,
                CorrelationId correlationId,
                boolean sequenceStart,
                boolean sequenceEnd,
                long priority,
                long timeoutMicros,
                Map<String, Parameter> parameters) {
            this(
                    modelName,
                    modelVersion,
                    id,
                    correlationId,
                    sequenceStart,
                    sequenceEnd,
                    priority,
                    timeoutMicros,
                    parameters,
                    "");
        }

        /** A header with nothing but the names. */
        public static Header of(String modelName, String modelVersion, String id) {
            return new Header(modelName, modelVersion, id, CorrelationId.NONE, false, false, 0, 0, Map.of());
        }

        /** This header with further parameters, where it has none of their names. */
        public Header withMore(Map<String, Parameter> more) {
            Map<String, Parameter> all = new HashMap<>(more);
            all.putAll(parameters);
            return with(all, signature);
        }

        /** This header of a request that calls the signature of that name. */
        public Header withSignature(String name) {
            return with(parameters, name);
        }

        private Header with(Map<String, Parameter> newParameters, String newSignature) {
            return new Header(
                    modelName,
                    modelVersion,
                    id,
                    correlationId,
                    sequenceStart,
                    sequenceEnd,
                    priority,
                    timeoutMicros,
                    newParameters,
                    newSignature);
        }

        /** {@code [request id: x] }, the prefix of most error texts. */
        public String prefix() {
            return "[request id: " + (id.isEmpty() ? "<id_unknown>" : id) + "] ";
        }
    }

    /**
     * What executing a request took, without waiting for other batches.
     *
     * @param batchSize of the batch that it was in, padding included
     * @param queueNanos before it
     */
    public record Execution(long batchSize, long queueNanos, long inputNanos, long inferNanos, long outputNanos) {
        /** Of all parts. */
        public long computeNanos() {
            return inputNanos + inferNanos + outputNanos;
        }
    }

    /** The larger request that a request is made for, such as an ensemble's for those of its steps. Any thread. */
    public interface Parent {
        /** The parent of a client's own request. */
        Parent NONE = new Parent() {
            @Override
            public boolean cancelled() {
                return false;
            }

            @Override
            public void executed(Execution execution) {}
        };

        /** Whether all that is done for the parent should be dropped. */
        boolean cancelled();

        /** Is told what computing the request took, before its last answer; not told of a request that failed. */
        void executed(Execution execution);
    }

    private static final UnaryOperator<ResponseSink> UNWATCHED = UnaryOperator.identity();

    private final Header header;
    private final List<InputTensor> inputs;
    private final List<RequestedOutput> outputs;
    private final List<AutoCloseable> memory;
    private final long receivedNanos;
    private final Parent parent;
    private Optional<RequestTrace> trace = Optional.empty();
    private Optional<CallRecord> call = Optional.empty();
    private UnaryOperator<ResponseSink> watcher = UNWATCHED;
    private final AtomicBoolean cancelled = new AtomicBoolean();
    private final AtomicBoolean closed = new AtomicBoolean();
    /** This request, and its copies, that are not closed. */
    private final AtomicInteger holders = new AtomicInteger(1);

    private boolean background;
    private boolean noted;
    private volatile BooleanSupplier room = () -> true;
    private volatile boolean withTheFirst;
    private volatile boolean begun;

    /**
     * Creates a request.
     *
     * @param outputs the outputs that the client named; empty for all
     * @param memory what {@link #close} gives back: the slabs of the inputs
     * @param receivedNanos {@link System#nanoTime} when the request began to arrive
     */
    public InferRequest(
            Header header,
            List<InputTensor> inputs,
            List<RequestedOutput> outputs,
            List<? extends AutoCloseable> memory,
            long receivedNanos) {
        this(header, inputs, outputs, memory, receivedNanos, Parent.NONE);
    }

    /** Creates a request for the sake of another one; see the other constructor. */
    public InferRequest(
            Header header,
            List<InputTensor> inputs,
            List<RequestedOutput> outputs,
            List<? extends AutoCloseable> memory,
            long receivedNanos,
            Parent parent) {
        this.header = Objects.requireNonNull(header, "header");
        this.inputs = List.copyOf(inputs);
        this.outputs = List.copyOf(outputs);
        this.memory = new ArrayList<>(memory);
        this.receivedNanos = receivedNanos;
        this.parent = Objects.requireNonNull(parent, "parent");
    }

    public Header header() {
        return header;
    }

    public List<InputTensor> inputs() {
        return inputs;
    }

    public List<RequestedOutput> outputs() {
        return outputs;
    }

    public long receivedNanos() {
        return receivedNanos;
    }

    /** What is noted of the request; empty for one that is not traced. */
    public Optional<RequestTrace> trace() {
        return trace;
    }

    /** Has the request traced, until it is closed. To be called before a model is given the request. */
    public void traceWith(RequestTrace noted) {
        trace = Optional.of(noted);
    }

    /** Has the request noted as one of a client's call. To be called before a model is given the request. */
    public void noteIn(CallRecord served) {
        call = Optional.of(served);
    }

    /** Says which version of which model has taken the request; the first one is noted. */
    public void takenBy(String model, long version) {
        if (trace.isPresent()) {
            trace.get().takenBy(model, version);
        }
        if (call.isPresent() && !noted) {
            noted = true;
            call.get().asks(this, model, version);
        }
    }

    /**
     * Has the answers watched on their way to whoever asked; once, before a model is given the request.
     *
     * @param newWatcher is given where the answers go, and gives back where the model sends them
     */
    public void watchAnswers(UnaryOperator<ResponseSink> newWatcher) {
        watcher = newWatcher;
    }

    /** Where a model sends the answers that are meant for a sink; the first model that is given the request asks. */
    public ResponseSink watched(ResponseSink sink) {
        UnaryOperator<ResponseSink> first = watcher;
        watcher = UNWATCHED;
        return first.apply(sink);
    }

    public Optional<InputTensor> input(String name) {
        for (InputTensor input : inputs) {
            if (input.name().equals(name)) {
                return Optional.of(input);
            }
        }
        return Optional.empty();
    }

    /** Asks that the request be dropped at the next stage. Any thread, any time. */
    public void cancel() {
        cancelled.set(true);
    }

    public boolean cancelled() {
        return cancelled.get() || parent.cancelled();
    }

    /** Says that an instance runs the request now, or that its ensemble has taken it; the scheduler calls it. */
    public void begin() {
        begun = true;
    }

    /** Whether the request has been begun: an error is not a refusal to run it any more. Any thread. */
    public boolean hasBegun() {
        return begun;
    }

    /** Says what computing the request took; the scheduler calls it before the last answer of a success. */
    public void executed(Execution execution) {
        parent.executed(execution);
        if (call.isPresent()) {
            call.get().executed(execution);
        }
    }

    /**
     * Says how to ask whether the client keeps up with the responses; once, before the request is handed on.
     *
     * @param newRoom any thread
     */
    public void answerWhile(BooleanSupplier newRoom) {
        room = newRoom;
    }

    /**
     * Says that of the responses of a model that should give one, but gives several, the first is the answer, and that they
     * are no error; once, before the request is handed on.
     */
    public void answerWithTheFirst() {
        withTheFirst = true;
    }

    /** Whether one response may be taken of several. Any thread. */
    public boolean isAnsweredWithTheFirst() {
        return withTheFirst;
    }

    /**
     * Whether the client has taken what it was sent, or most of it. A model with many responses to a request waits while
     * it has not: nobody else holds back what a slow client does not read. Any thread.
     */
    public boolean hasRoom() {
        return room.getAsBoolean();
    }

    /**
     * The same request for another version, with as little of the machine as it can do with: of low priority, without a trace. It keeps the
     * memory of the inputs until it is closed too. To be called before this one is closed.
     */
    public InferRequest backgroundCopy() {
        holders.incrementAndGet();
        List<AutoCloseable> shared = List.of(this::release);
        InferRequest copy = new InferRequest(header, inputs, outputs, shared, System.nanoTime());
        copy.background = true;
        return copy;
    }

    /** Whether nobody waits for the answer: it is run on one core. */
    public boolean isInBackground() {
        return background;
    }

    private void release() {
        if (holders.decrementAndGet() == 0) {
            Closing.all(memory);
        }
    }

    /** Gives the input memory back. Any thread; once is enough, twice is harmless. */
    @Override
    public void close() {
        if (closed.compareAndSet(false, true)) {
            try {
                release();
            } finally {
                if (trace.isPresent()) {
                    trace.get().end(System.nanoTime());
                }
            }
        }
    }
}
