package dev.nereid.server.torchserve;

import dev.nereid.memory.NoMemoryException;
import dev.nereid.memory.SlabPool;
import dev.nereid.server.protocol.CorrelationId;
import dev.nereid.server.protocol.InferException;
import dev.nereid.server.protocol.InferRequest;
import dev.nereid.server.protocol.InferResponse;
import dev.nereid.server.protocol.RequestBudget;
import dev.nereid.server.protocol.ResponseSink;
import dev.nereid.server.repository.Model;
import dev.nereid.server.torchserve.TorchServeException.Kind;
import dev.nereid.server.torchserve.handler.ModelHandler;
import dev.nereid.server.torchserve.handler.RequestPart;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One request to a model, of whatever protocol: from its parts to the engine's request, and from a response to the bytes of the
 * answer. Counts as a request of its model until it is closed; closing closes the engine's request too.
 */
public final class Prediction implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Prediction.class);

    private final RegisteredVersion version;
    private final Model model;
    private final ModelHandler handler;
    private final ModelHandler.Prepared prepared;
    private final InferRequest request;
    private final RequestBudget.Share share;
    private final Asked asked;
    private final Computed computed;
    private final Optional<OpenSequences.Turn> turn;
    private boolean closed;

    /**
     * What is asked of whom.
     *
     * @param named whether the client named the version
     * @param parts by their names
     * @param sequence used where the model has state
     * @param mostBytes of the answer
     */
    public record Asked(
            RegisteredVersion version,
            boolean named,
            Map<String, RequestPart> parts,
            Sequence sequence,
            int mostBytes) {}

    /** Hears what a worker needed. */
    private static final class Computed implements InferRequest.Parent {
        private final long submitted = System.nanoTime();
        private volatile long nanos;
        private volatile long queued;

        @Override
        public boolean cancelled() {
            return false;
        }

        @Override
        public void executed(InferRequest.Execution execution) {
            nanos = execution.computeNanos();
            queued = Math.max(0, System.nanoTime() - submitted - nanos);
        }
    }

    /**
     * The sequence that a request is part of.
     *
     * @param id made up for the first request of a sequence that has none
     */
    public record Sequence(String id, boolean start, boolean end) {
        /** Of a request to a model without state. */
        public static final Sequence NONE = new Sequence("", false, false);

        /** The one that a request names, or a new one; none for a model without state. */
        public static Sequence of(RegisteredVersion version, Optional<String> id, boolean start, boolean end) {
            if (version.sequences().isEmpty()) {
                return NONE;
            }
            return id.filter(text -> !text.isEmpty())
                    .map(text -> new Sequence(text, start, end))
                    .orElseGet(() -> new Sequence("ts-seq-" + RequestIds.next(), true, end));
        }
    }

    private Prediction(
            Model model,
            ModelHandler handler,
            ModelHandler.Prepared prepared,
            InferRequest request,
            RequestBudget.Share share,
            Asked asked,
            Computed computed,
            Optional<OpenSequences.Turn> turn) {
        this.version = asked.version();
        this.model = model;
        this.handler = handler;
        this.prepared = prepared;
        this.request = request;
        this.share = share;
        this.asked = asked;
        this.computed = computed;
        this.turn = turn;
    }

    /**
     * Makes a request.
     *
     * @param memory where tensors come from
     * @param share what the request holds of the heap
     * @throws TorchServeException if the model has no workers, or cannot take the request
     */
    public static Prediction of(Asked asked, SlabPool memory, RequestBudget.Share share) {
        long received = System.nanoTime();
        RegisteredVersion version = asked.version();
        Sequence sequence = asked.sequence();
        version.counts(asked.named()).arrive();
        version.enter();
        try {
            Model model = version.model();
            ModelHandler handler = version.handler();
            Optional<CorrelationId> correlation =
                    version.sequences().map(_ -> new CorrelationId.Textual(sequence.id()));
            ModelHandler.Prepared prepared = handler.preprocess(asked.parts(), memory, share);
            Optional<OpenSequences.Turn> turn = Optional.empty();
            try {
                turn = version.sequences().map(open -> open.enter(sequence.id(), sequence.start(), sequence.end()));
                InferRequest.Header header = header(model, sequence, correlation, turn);
                Computed computed = new Computed();
                InferRequest request =
                        new InferRequest(header, prepared.inputs(), List.of(), prepared.memory(), received, computed);
                return new Prediction(model, handler, prepared, request, share, asked, computed, turn);
            } catch (RuntimeException | Error e) {
                turn.ifPresent(OpenSequences.Turn::close);
                prepared.close();
                if (e instanceof TorchServeException full && full.kind() == Kind.NO_WORKER) {
                    throw version.noWorker(full);
                }
                throw e;
            }
        } catch (InferException e) {
            version.leave();
            throw failure(version, e);
        } catch (NoMemoryException e) {
            version.leave();
            throw failure(version, InferException.of(e));
        } catch (RuntimeException | Error e) {
            version.leave();
            throw e;
        }
    }

    private static InferRequest.Header header(
            Model model, Sequence sequence, Optional<CorrelationId> correlation, Optional<OpenSequences.Turn> turn) {
        return turn.isEmpty()
                ? InferRequest.Header.of(model.name(), "", "")
                : new InferRequest.Header(
                        model.name(),
                        "",
                        "",
                        correlation.orElseThrow(),
                        turn.get().start(),
                        sequence.end(),
                        0,
                        0,
                        Map.of());
    }

    /** Hands the request to the engine. */
    public void submit(ResponseSink sink) {
        try {
            model.infer(request, sink);
        } finally {
            turn.ifPresent(OpenSequences.Turn::submitted);
        }
    }

    /** What a client is told of an error; why a handler failed is for the log, as in TorchServe. */
    private static TorchServeException failure(RegisteredVersion version, InferException error) {
        TorchServeException failure = TorchServeException.ofInference(error);
        if (failure.kind() == Kind.PREDICTION_FAILED) {
            LOG.info("a request to model '{}' failed: {}", version.name(), error.text());
        }
        return failure;
    }

    public TorchServeException failure(InferException error) {
        turn.ifPresent(taken -> taken.failed(request.cancelled()));
        return failure(version, error);
    }

    public Model model() {
        return model;
    }

    public InferRequest request() {
        return request;
    }

    /** Whether the model keeps state between requests of a sequence. */
    public boolean isOfSequence() {
        return turn.isPresent();
    }

    /** Whether {@link PredictionRun} runs it: there may be several answers, or the order of requests counts. */
    public boolean isRun() {
        return isOfSequence() || model.decoupled();
    }

    /**
     * The body of the answer.
     *
     * @param requestId for answers that tell it
     * @throws TorchServeException if it cannot be made, or is too large
     */
    public byte[] answer(InferResponse response, String requestId) {
        byte[] body;
        try {
            body = handler.postprocess(prepared, response.outputs(), requestId, share);
        } catch (InferException e) {
            throw failure(version, e);
        }
        if (body.length > asked.mostBytes()) {
            throw new TorchServeException(
                    Kind.FAILED,
                    "Response of " + body.length + " bytes exceeds max_response_size of " + asked.mostBytes()
                            + " bytes");
        }
        return body;
    }

    /** Counts the request out. Once is enough, twice is harmless. */
    @Override
    public void close() {
        synchronized (this) {
            if (closed) {
                return;
            }
            closed = true;
        }
        // What is cancelled while it runs ends its sequence in the engine, whatever the client was told.
        boolean cancelled = request.cancelled();
        request.close();
        turn.ifPresent(taken -> {
            if (cancelled) {
                taken.failed(true);
            }
            taken.close();
        });
        version.leave();
        version.counts(asked.named())
                .add(new RequestCounts.Times(
                        System.nanoTime() - request.receivedNanos(), computed.queued, computed.nanos));
    }
}
