package dev.nereid.server.torchserve;

import com.google.protobuf.TextFormat;
import dev.nereid.files.FolderTree;
import dev.nereid.proto.inference.ModelConfig;
import dev.nereid.server.protocol.CorrelationId;
import dev.nereid.server.protocol.InferException;
import dev.nereid.server.repository.LoadParameters;
import dev.nereid.server.repository.Model;
import dev.nereid.server.repository.ModelRepository;
import dev.nereid.server.repository.validation.TensorMetadata;
import dev.nereid.server.torchserve.TorchServeException.Kind;
import dev.nereid.server.torchserve.archive.EngineModelFolder;
import dev.nereid.server.torchserve.archive.TorchArchive;
import dev.nereid.server.torchserve.handler.ModelHandler;
import dev.nereid.server.torchserve.handler.ModelTensor;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.ReentrantLock;

/**
 * One version of a registered model. Its workers are the instances of a model of the engine's repository, which is there while
 * there are any. Any thread.
 */
public final class RegisteredVersion {
    /** TorchServe numbers workers by the ports that they would listen on. */
    private static final AtomicInteger NEXT_WORKER = new AtomicInteger(9000);

    private final String name;
    private final String version;
    private final String url;
    private final boolean atStartup;
    private final ModelStore.Stored stored;
    private final TorchArchive archive;
    private final Settings settings;
    private final ModelRepository repository;
    private final String engineName;
    private final Path folder;
    private final ReentrantLock scaling = new ReentrantLock();
    private final Optional<OpenSequences> sequences;
    private final AtomicInteger inFlight = new AtomicInteger();
    private final RequestCounts byDefault = new RequestCounts();
    private final RequestCounts byVersion = new RequestCounts();
    private volatile List<Worker> workers = List.of();
    /** Guarded by the lock. */
    private boolean closed;

    private volatile int minWorkers;
    private volatile int maxWorkers;
    private volatile Optional<ModelHandler> handler = Optional.empty();

    /** One instance. */
    public record Worker(int id, Instant start, boolean ready) {}

    /**
     * How it is run.
     *
     * @param clientTimeoutMillis 0 for none
     * @param sequences of a model with state; empty for one without
     */
    public record Settings(
            int batchSize,
            int maxBatchDelayMillis,
            int responseTimeoutSeconds,
            int startupTimeoutSeconds,
            int jobQueueSize,
            int clientTimeoutMillis,
            int maxRetryTimeoutSeconds,
            String envelope,
            Duration unregisterTimeout,
            Optional<OpenSequences.Limits> sequences) {}

    /**
     * A version without workers.
     *
     * @param url what it was registered by
     * @param archive closed with the version
     * @param models folder of the engine's repository
     */
    RegisteredVersion(
            String name,
            String version,
            String url,
            boolean atStartup,
            ModelStore.Stored stored,
            TorchArchive archive,
            Settings settings,
            ModelRepository repository,
            Path models) {
        this.name = name;
        this.version = version;
        this.url = url;
        this.atStartup = atStartup;
        this.stored = stored;
        this.archive = archive;
        this.settings = settings;
        this.repository = repository;
        this.sequences = settings.sequences().map(limits -> new OpenSequences(limits, this::endInEngine));
        this.engineName = name + "@" + version;
        this.folder = models.resolve(engineName);
    }

    public String name() {
        return name;
    }

    public String version() {
        return version;
    }

    public String url() {
        return url;
    }

    public boolean isOfStartup() {
        return atStartup;
    }

    public TorchArchive archive() {
        return archive;
    }

    public Settings settings() {
        return settings;
    }

    /**
     * Whether what is done for a request beside running the model is no more than reading and writing its numbers, and the
     * model is without state and answers once.
     */
    public boolean isLittleWork() {
        return sequences.isEmpty() && handler.map(ModelHandler::isLittleWork).orElse(false);
    }

    /** The open sequences; empty where the model has no state. */
    Optional<OpenSequences> sequences() {
        return sequences;
    }

    /** Ends all sequences. */
    void endSequences() {
        sequences.ifPresent(OpenSequences::clear);
    }

    private void endInEngine(String id) {
        try {
            repository.find(engineName, "").endSequence(new CorrelationId.Textual(id));
        } catch (InferException e) {
            // Without workers there are no sequences either.
        }
    }

    /** Ends a sequence, where the model has state: the next request of this id begins another one. */
    public void endSequence(String id) {
        sequences.ifPresent(open -> open.end(id));
    }

    public List<Worker> workers() {
        return workers;
    }

    public int minWorkers() {
        return minWorkers;
    }

    public int maxWorkers() {
        return maxWorkers;
    }

    /**
     * What requests to it took.
     *
     * @param named those that named the version; else those that meant it as the default one
     */
    RequestCounts counts(boolean named) {
        return named ? byVersion : byDefault;
    }

    /** Whether there are as many workers as there should be. */
    public boolean isHealthy() {
        return workers.stream().filter(Worker::ready).count() >= minWorkers;
    }

    /** Requests that wait for a worker. */
    public int waiting() {
        return Math.max(0, inFlight.get() - workers.size());
    }

    /**
     * The model of the engine, for one request.
     *
     * @throws TorchServeException if there are no workers
     */
    public Model model() {
        try {
            return repository.find(engineName, "");
        } catch (InferException e) {
            throw noWorker(e);
        }
    }

    /**
     * What makes tensors of requests.
     *
     * @throws TorchServeException if there are no workers
     */
    public ModelHandler handler() {
        return handler.orElseThrow(() -> noWorker(InferException.unavailable("no workers")));
    }

    /**
     * Counts a request in; {@link #leave} counts it out.
     *
     * @throws TorchServeException if too many wait, or there are no workers
     */
    public void enter() {
        if (workers.isEmpty()) {
            throw noWorker(InferException.unavailable("no workers"));
        }
        if (inFlight.incrementAndGet() > settings.jobQueueSize() + workers.size()) {
            inFlight.decrementAndGet();
            throw noWorker(InferException.unavailable("more than " + settings.jobQueueSize() + " requests wait"));
        }
    }

    public void leave() {
        inFlight.decrementAndGet();
    }

    /** The error of a request that nobody can take. */
    TorchServeException noWorker(Exception cause) {
        return new TorchServeException(
                Kind.NO_WORKER,
                "Model \"" + name + "\" Version " + version
                        + " has no worker to serve inference request. Please use scale workers API to add workers. If this is a "
                        + "sequence inference, please check if it is closed, or expired; or exceeds maxSequenceJobQueueSize",
                cause);
    }

    /** Says how many workers there should be, before {@link #scale} makes it so. */
    void want(int min, int max) {
        minWorkers = min;
        maxWorkers = max;
    }

    /**
     * Changes the number of workers to {@link #minWorkers} and returns when that is done. Requests go on meanwhile.
     *
     * @throws InferException if the engine cannot load the model; what was there before goes on
     */
    void scale() {
        scaling.lock();
        try {
            scaleTo(minWorkers);
        } finally {
            scaling.unlock();
        }
    }

    private void scaleTo(int count) {
        List<Worker> before = workers;
        try {
            if (closed) {
                throw InferException.unavailable(
                        "model '" + name + "' version " + version + " is not registered any more");
            }
            if (count == 0) {
                workers = List.of();
                endSequences();
                repository.unload(engineName, false);
                return;
            }
            workers = planned(before, count);
            write(count);
            repository.load(engineName, LoadParameters.NONE);
            if (handler.isEmpty()) {
                handler = Optional.of(makeHandler());
            }
            workers = workers.stream()
                    .map(worker -> new Worker(worker.id(), worker.start(), true))
                    .toList();
        } catch (RuntimeException | Error e) {
            workers = before;
            throw e;
        }
    }

    private static List<Worker> planned(List<Worker> before, int count) {
        List<Worker> planned = new ArrayList<>(before.subList(0, Math.min(count, before.size())));
        while (planned.size() < count) {
            planned.add(new Worker(NEXT_WORKER.getAndIncrement(), Instant.now(), false));
        }
        return List.copyOf(planned);
    }

    private void write(int instances) {
        if (!Files.exists(folder)) {
            EngineModelFolder.write(
                    archive,
                    folder,
                    new EngineModelFolder.Settings(
                            settings.batchSize(), settings.maxBatchDelayMillis(), instances, sequenceIdle()));
            return;
        }
        Path file = folder.resolve("config.pbtxt");
        Path renewed = folder.resolve(".config.pbtxt");
        try {
            ModelConfig.Builder config = TextFormat.parse(Files.readString(file), ModelConfig.class).toBuilder();
            config.getInstanceGroupBuilder(0).setCount(instances);
            Files.writeString(renewed, TextFormat.printer().printToString(config));
            Files.move(renewed, file, StandardCopyOption.ATOMIC_MOVE);
        } catch (IOException e) {
            throw new UncheckedIOException("the config of model '" + name + "' cannot be written", e);
        }
    }

    /**
     * How long the engine keeps a sequence without requests. It counts from the last request's arrival, and must not end one that
     * is still open here.
     */
    private Optional<Duration> sequenceIdle() {
        return settings.sequences()
                .map(limits -> limits.idle()
                        .plusSeconds(1)
                        .plusSeconds((long) settings.responseTimeoutSeconds() * (limits.mostWaiting() + 1L)));
    }

    private ModelHandler makeHandler() {
        Model model = repository.find(engineName, "");
        String ofManifest = archive.manifest().envelope();
        String vocabulary = archive.manifest().sourceVocab();
        return ModelHandler.of(new ModelHandler.Setup(
                archive.handler(),
                ofManifest.isEmpty() ? settings.envelope() : ofManifest,
                archive.folder(),
                vocabulary.isEmpty() ? Optional.empty() : Optional.of(vocabulary),
                name,
                version,
                tensors(model.inputs()),
                tensors(model.outputs())));
    }

    private static List<ModelTensor> tensors(List<TensorMetadata> tensors) {
        return tensors.stream()
                .map(tensor -> new ModelTensor(tensor.name(), tensor.dataType(), tensor.shape()))
                .toList();
    }

    /** Takes the version out of the engine. Requests in flight finish, within the time of the settings. */
    void close() {
        scaling.lock();
        try {
            closed = true;
            workers = List.of();
            endSequences();
            if (Files.exists(folder)) {
                boolean _ = repository.unload(engineName, false, settings.unregisterTimeout());
                FolderTree.delete(folder);
            }
            archive.close();
            stored.discard();
        } catch (IOException e) {
            throw new UncheckedIOException("the files of model '" + name + "' cannot be deleted", e);
        } finally {
            scaling.unlock();
        }
    }
}
