package dev.nereid.server.repository;

import dev.nereid.proto.inference.ModelConfig;
import dev.nereid.server.backend.BackendModel;
import dev.nereid.server.observe.ModelStatistics;
import dev.nereid.server.observe.ModelStatistics.FailureReason;
import dev.nereid.server.protocol.CallRecord;
import dev.nereid.server.protocol.ClientNames;
import dev.nereid.server.protocol.CorrelationId;
import dev.nereid.server.protocol.InferException;
import dev.nereid.server.protocol.InferRequest;
import dev.nereid.server.protocol.InferResponse;
import dev.nereid.server.protocol.RequestTrace;
import dev.nereid.server.protocol.ResponseSink;
import dev.nereid.server.repository.folders.ModelId;
import dev.nereid.server.repository.validation.ModelSignature;
import dev.nereid.server.repository.validation.ModelTensors;
import dev.nereid.server.repository.validation.RequestValidator;
import dev.nereid.server.repository.validation.TensorMetadata;
import dev.nereid.server.schedule.Scheduler;
import dev.nereid.server.schedule.ensemble.StepModel;
import dev.nereid.server.traffic.ModelTraffic;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;

/**
 * One loaded version of a model: what it takes, what it answers, and the way into its scheduler. It stays usable after
 * a reload: requests that come in late go to the version that took its place. Any thread.
 */
public final class Model {
    /** Set in {@link #inFlight} once no request may enter any more; the other bits count. */
    private static final int RETIRED = 1 << 31;

    private final Description description;
    private volatile ModelConfig config;
    private final Scheduler scheduler;
    private final ModelStatistics statistics;
    private final RequestValidator validator;
    private final ModelExecution execution;
    private final List<TensorMetadata> inputs;
    private final List<TensorMetadata> outputs;
    private final AtomicInteger inFlight = new AtomicInteger();
    private final CompletableFuture<Void> released = new CompletableFuture<>();
    private volatile @Nullable Model successor;
    private volatile Optional<BiConsumer<InferRequest, ResponseSink>> late = Optional.empty();
    private volatile ModelTraffic traffic = ModelTraffic.NONE;
    private volatile ModelSignatures signatures;
    private final Object holdLock = new Object();
    /** Requests of ensembles and calls of models that hold it; guarded by the lock, as is the next. */
    private int holds;

    private boolean refusing;

    /**
     * What a loaded version is.
     *
     * @param config complete, normalised and valid
     * @param labels output name to one label a class
     * @param loadTime how long loading took
     */
    record Description(
            ModelId id, long version, ModelConfig config, Map<String, List<String>> labels, Duration loadTime) {
        Description {
            Objects.requireNonNull(id, "id");
            Objects.requireNonNull(config, "config");
            labels = ClientNames.copyOf(labels);
            Objects.requireNonNull(loadTime, "loadTime");
        }
    }

    /** Creates a model that is ready for requests, and that closes its execution. */
    Model(Description description, Scheduler scheduler, ModelStatistics statistics, ModelExecution execution) {
        this.description = Objects.requireNonNull(description, "description");
        this.config = description.config();
        this.scheduler = Objects.requireNonNull(scheduler, "scheduler");
        this.statistics = Objects.requireNonNull(statistics, "statistics");
        this.execution = Objects.requireNonNull(execution, "execution");
        this.validator = new RequestValidator(config);
        this.inputs = ModelTensors.inputs(config);
        this.outputs = ModelTensors.outputs(config);
        this.signatures = ModelSignatures.only(ModelSignature.of(config));
    }

    /** Who it is. */
    public ModelId id() {
        return description.id();
    }

    /** What requests call it. */
    public String name() {
        return id().name();
    }

    /** The number of the version's folder. */
    public long version() {
        return description.version();
    }

    /** The config as it is served: completed and normalised. */
    public ModelConfig config() {
        return config;
    }

    /** What metadata calls the platform: the config's platform, or its backend where it names none. */
    public String platform() {
        return config.getPlatform().isEmpty() ? config.getBackend() : config.getPlatform();
    }

    /** The inputs in the config's order. */
    public List<TensorMetadata> inputs() {
        return inputs;
    }

    /** The outputs in the config's order. */
    public List<TensorMetadata> outputs() {
        return outputs;
    }

    /** The ways to call it; the first one is called when a request names none. */
    public List<ModelSignature> signatures() {
        return signatures.all();
    }

    /**
     * The signature of a name.
     *
     * @param name empty for {@link ModelSignature#DEFAULT}, or whatever the only one is called
     */
    public Optional<ModelSignature> signature(String name) {
        return signatures.find(name);
    }

    /** Why a signature of the model's files cannot be called; empty for others. */
    public Optional<String> signatureFailure(String name) {
        return signatures.failure(name);
    }

    /** Says in which ways it can be called; before requests can find it. */
    void signatures(ModelSignatures newSignatures) {
        signatures = newSignatures;
    }

    /** Whether it has signatures that are models of their own. */
    boolean hasFurtherSignatures() {
        return !signatures.models().isEmpty();
    }

    /** The labels of an output's classes, by index; empty for an output without labels. */
    public List<String> labels(String output) {
        return description.labels().getOrDefault(output, List.of());
    }

    /** Whether a request may have any number of responses. */
    public boolean decoupled() {
        return config.getModelTransactionPolicy().getDecoupled();
    }

    /** How long loading took. */
    public Duration loadTime() {
        return description.loadTime();
    }

    public ModelStatistics statistics() {
        return statistics;
    }

    /** What its backend counts, for the metrics. */
    public List<BackendModel.Counter> counters() {
        return execution.counters();
    }

    /** The traffic of the model that this is a version of. */
    ModelTraffic traffic() {
        return traffic;
    }

    /** Says which traffic it takes part in; before requests can find it. */
    void traffic(ModelTraffic newTraffic) {
        traffic = newTraffic;
    }

    /** Whether a sequence has begun here and not ended. */
    boolean hasSequence(CorrelationId id) {
        return scheduler.hasSequence(id) || signatures.models().stream().anyMatch(model -> model.hasSequence(id));
    }

    /** Checks requests against this model's config. */
    public RequestValidator validator() {
        return validator;
    }

    /**
     * Takes a request: checks it against the config, then hands it to the scheduler. Returns at once or, for tiny models
     * that are free, when it is answered. Everything that goes wrong goes to the sink.
     */
    public void infer(InferRequest request, ResponseSink sink) {
        if (!request.isInBackground()) {
            CallRecord.current().ifPresent(request::noteIn);
        }
        inferWatched(request, request.watched(sink));
    }

    /** As {@link #infer}, with a sink that the request's watchers have seen. */
    void inferWatched(InferRequest request, ResponseSink sink) {
        if (!enter()) {
            Model next = successor;
            boolean anyVersion = request.header().modelVersion().isEmpty();
            if (next != null && (anyVersion || next.version() == version())) {
                next.inferWatched(request, sink);
            } else {
                late.ifPresentOrElse(
                        takes -> takes.accept(request, sink),
                        () -> sink.fail(InferException.unavailable(LookUpErrors.notReady(id(), version()))));
            }
            return;
        }
        admit(request, sink, false);
    }

    /**
     * Whether the model would answer a request, found out by running it where no scheduler and no statistics see it. Blocks
     * meanwhile. False of models that cannot be run so: all but those of our own engine that are on the CPU.
     */
    public boolean wouldAnswer(InferRequest request) {
        if (!enter()) {
            return false;
        }
        try {
            Model called = called(request);
            if (called != this) {
                return called.wouldAnswer(request);
            }
            validator.check(request);
            return execution.answers(request);
        } catch (InferException e) {
            return false;
        } finally {
            leave();
        }
    }

    /**
     * The model of the signature that a request calls; this one for its own.
     *
     * @throws InferException if there is no such signature: versions of one model may have different ones
     */
    private Model called(InferRequest request) {
        String name = request.header().signature();
        if (name.isEmpty() || name.equals(signatures.own().name())) {
            return this;
        }
        return signatures
                .model(name)
                .orElseThrow(() -> InferException.notFound("model '" + name() + "' version " + version()
                        + " has no signature '" + name + "', only "
                        + signatures().stream().map(ModelSignature::name).toList()));
    }

    /** @param held whether it is a step of an ensemble, or a call: what is refused counts as a failure here too then */
    private void admit(InferRequest request, ResponseSink sink, boolean held) {
        ResponseSink tracked = new InFlightSink(sink);
        Model called;
        try {
            called = called(request);
        } catch (InferException e) {
            tracked.fail(e);
            return;
        }
        if (called != this) {
            called.inFlight.incrementAndGet();
            called.admit(request, tracked, held);
            return;
        }
        request.takenBy(name(), version());
        if (request.trace().isPresent()) {
            RequestTrace trace = request.trace().get();
            trace.at(RequestTrace.Moment.REQUEST_START, System.nanoTime());
        }
        try {
            validator.check(request);
        } catch (InferException e) {
            if (held) {
                statistics.recordFailure(FailureReason.OTHER, System.nanoTime() - request.receivedNanos());
            }
            tracked.fail(e);
            return;
        }
        execution.record(request);
        scheduler.submit(request, tracked);
    }

    /**
     * Changes the instances while requests go on. Where the model is being unloaded nothing happens.
     *
     * @param newConfig complete, normalised and valid; differs in instance groups and version policy alone
     * @throws InferException if a new instance cannot be made; nothing has changed then
     */
    void update(ModelConfig newConfig) {
        if (!enter()) {
            return;
        }
        try {
            synchronized (execution) {
                execution.update(newConfig);
                config = newConfig;
            }
        } finally {
            leave();
        }
    }

    /** Bytes of native memory that it holds. */
    long memoryBytes() {
        return execution.memoryBytes()
                + signatures.models().stream().mapToLong(Model::memoryBytes).sum();
    }

    /** Has requests that come in after it was unloaded handed to somebody, with their sinks, in place of a refusal. */
    void passLateRequests(BiConsumer<InferRequest, ResponseSink> to) {
        late = Optional.of(to);
    }

    /** Answers no later request from the response cache with what is there by now. */
    void forgetAnswers() {
        scheduler.forget();
        signatures.models().forEach(Model::forgetAnswers);
    }

    /**
     * Lets the scheduler refuse new requests; those taken go on. While ensembles' requests or calls hold the model they are among
     * those: the model refuses when the last of them is done.
     */
    void refuse() {
        synchronized (holdLock) {
            refusing = true;
            if (holds > 0) {
                return;
            }
        }
        refuseAll();
    }

    private void refuseAll() {
        scheduler.refuse();
        signatures.models().forEach(Model::refuse);
    }

    /** Ends what its instances run as soon as they can; the requests are answered with errors. To be refused before. */
    void cancelRuns() {
        execution.cancelRuns();
        signatures.models().forEach(Model::cancelRuns);
    }

    /** Holds the model for an ensemble's request or a call, which closes it; empty where it takes no more requests. */
    Optional<StepModel> hold() {
        if (!enter()) {
            return Optional.empty();
        }
        synchronized (holdLock) {
            holds++;
        }
        return Optional.of(new HeldModel(this));
    }

    /** Takes the request of a holder, whatever else the model refuses. */
    void inferHeld(InferRequest request, ResponseSink sink) {
        inFlight.incrementAndGet();
        admit(request, sink, true);
    }

    /** Called once by each holder. */
    void endHold() {
        boolean refuse;
        synchronized (holdLock) {
            holds--;
            refuse = refusing && holds == 0;
        }
        if (refuse) {
            refuseAll();
        }
        leave();
    }

    /** What a server that exits waits for: requests and responses, or the sequences that are open, whatever is more. */
    public int awaited() {
        return Math.max(inFlight(), openSequences());
    }

    /** Sequences that have begun and not ended. */
    int openSequences() {
        return scheduler.openSequences()
                + signatures.models().stream().mapToInt(Model::openSequences).sum();
    }

    /** Ends a sequence whose last request will not come. */
    public void endSequence(CorrelationId id) {
        scheduler.endSequence(id);
        signatures.models().forEach(model -> model.endSequence(id));
    }

    /** Requests and responses that still use the model. */
    public int inFlight() {
        return inFlight.get() & ~RETIRED;
    }

    /**
     * Lets no more requests in and releases the model's memory when the last response has been closed: at once, on this
     * thread, where nothing is in flight.
     *
     * @param next takes the requests that come in late; null where nothing takes this model's place
     */
    void retire(@Nullable Model next) {
        successor = next;
        if (inFlight.getAndUpdate(count -> count | RETIRED) == 0) {
            release();
        }
    }

    /** Completes when the model's memory has been given back. */
    CompletableFuture<Void> released() {
        return released;
    }

    private void release() {
        List<Model> further = signatures.models();
        further.forEach(model -> model.retire(null));
        try {
            execution.close();
        } catch (RuntimeException | Error e) {
            released.completeExceptionally(e);
            return;
        }
        CompletableFuture<Void> all =
                CompletableFuture.allOf(further.stream().map(Model::released).toArray(CompletableFuture[]::new));
        var _ = all.whenComplete((_, failure) -> {
            if (failure == null) {
                released.complete(null);
            } else {
                released.completeExceptionally(failure);
            }
        });
    }

    private boolean enter() {
        int count = inFlight.get();
        while ((count & RETIRED) == 0) {
            if (inFlight.compareAndSet(count, count + 1)) {
                return true;
            }
            count = inFlight.get();
        }
        return false;
    }

    private void leave() {
        if (inFlight.decrementAndGet() == RETIRED) {
            // The last user may be an instance's own thread, which cannot wait for its own end.
            Thread.ofVirtual().name("release-" + name()).start(this::release);
        }
    }

    /** Keeps the model's memory for as long as a request or one of its responses needs it. */
    private final class InFlightSink implements ResponseSink {
        private final ResponseSink sink;

        private InFlightSink(ResponseSink sink) {
            this.sink = sink;
        }

        @Override
        public void respond(InferResponse response, boolean last) {
            if (!last) { // the last one takes the place of the request: who has closed it finds the model idle
                inFlight.incrementAndGet();
            }
            InferResponse tracked = response.andThen(Model.this::leave);
            try {
                sink.respond(tracked, last);
            } catch (RuntimeException | Error e) {
                tracked.close();
                throw e;
            }
        }

        @Override
        public void failOne(InferException error) {
            sink.failOne(error);
        }

        @Override
        public void fail(InferException error) {
            try {
                sink.fail(error);
            } finally {
                leave();
            }
        }

        @Override
        public void end() {
            try {
                sink.end();
            } finally {
                leave();
            }
        }
    }
}
