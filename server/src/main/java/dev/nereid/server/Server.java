package dev.nereid.server;

import dev.nereid.kernels.KernelSelection;
import dev.nereid.kernels.KernelSet;
import dev.nereid.kernels.parallel.WorkerPool;
import dev.nereid.memory.MemoryBudget;
import dev.nereid.memory.NativeMemory;
import dev.nereid.memory.SlabPool;
import dev.nereid.models.device.Devices;
import dev.nereid.models.device.PinnedMemoryBudget;
import dev.nereid.server.access.Authenticator;
import dev.nereid.server.access.Caller;
import dev.nereid.server.backend.Backend;
import dev.nereid.server.backend.Backends;
import dev.nereid.server.backend.builtin.BuiltInBackends;
import dev.nereid.server.backend.plan.PlanBackend;
import dev.nereid.server.backend.plan.PlanFormat;
import dev.nereid.server.cache.ResponseCache;
import dev.nereid.server.config.BackendFlags;
import dev.nereid.server.config.ExporterFlags;
import dev.nereid.server.config.Front;
import dev.nereid.server.config.ServerConfig;
import dev.nereid.server.config.StartException;
import dev.nereid.server.extension.Extensions;
import dev.nereid.server.javamodel.JavaBackend;
import dev.nereid.server.observe.AccessLog;
import dev.nereid.server.observe.LogSettings;
import dev.nereid.server.observe.Logging;
import dev.nereid.server.observe.TraceConfig;
import dev.nereid.server.observe.TraceSettings;
import dev.nereid.server.protocol.Closing;
import dev.nereid.server.protocol.Dialect;
import dev.nereid.server.protocol.RequestBudget;
import dev.nereid.server.rehearsal.RequestPathWarmup;
import dev.nereid.server.rehearsal.RequestPathWarmupBackend;
import dev.nereid.server.repository.ModelRepository;
import dev.nereid.server.repository.SharedResources;
import dev.nereid.server.schedule.Clock;
import dev.nereid.server.schedule.ensemble.StepModel;
import dev.nereid.server.schedule.limit.RateLimiter;
import dev.nereid.server.sharedmemory.SharedMemory;
import dev.nereid.server.tensorflow.Servables;
import dev.nereid.server.tensorflow.grpc.WarmupRequests;
import dev.nereid.server.tls.TlsConfig;
import dev.nereid.server.tls.TlsWatch;
import dev.nereid.server.torchserve.TorchServe;
import dev.nereid.server.trace.OpenTelemetryWriter;
import dev.nereid.server.trace.TraceFileWriter;
import dev.nereid.server.trace.TraceWriter;
import dev.nereid.server.trace.Tracer;
import dev.nereid.server.watch.FileWatch;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Executor;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A running server: its parts wired together, started in the order kernels, repository, fronts, and stopped the other way
 * round. Fronts answer while models still load.
 */
public final class Server {
    /** Free memory of requests that is kept for the next ones. */
    private static final long RETAINED_REQUEST_BYTES = 256L << 20;

    /** What closing may take in any case where nothing is in flight: with a timeout of 0 that is no error. */
    private static final long CLOSING_NANOS = 1_000_000_000;

    /** What answers to cancelled requests have to reach their clients before connections are closed. */
    private static final long LAST_ANSWERS_NANOS = 200_000_000;

    private static final long LEAST_TRACE_MILLIS = 200;
    private static final long MOST_TRACE_MILLIS = 5000;

    private static final String ANY_ADDRESS = "0.0.0.0";

    private static final Logger LOG = LoggerFactory.getLogger(Server.class);

    private final ServerConfig config;
    private final WorkerPool workers;
    private final NativeMemory.Limit memoryLimit;
    private final SlabPool requestMemory;
    private final Optional<RequestPathWarmup> requestPathWarmup;
    private final Optional<ResponseCache> cache;
    private final ModelRepository repository;
    private final Extensions extensions;
    private final Servables servables;
    private final Optional<TorchServe> torchServe;
    private final PinnedMemoryBudget pinned;
    private final boolean hasGpus;
    private final GpuMonitor gpus;
    private final IdleCollection idleCollection = IdleCollection.start();
    private final FileWatch files = new FileWatch();
    /** What uses the server, and is closed before it is stopped. */
    private final List<AutoCloseable> users = new CopyOnWriteArrayList<>();
    /** What the server uses, and is closed when it has stopped. */
    private final List<AutoCloseable> resources = new CopyOnWriteArrayList<>();

    private final ServerFronts fronts;

    private Server(ServerConfig config, Function<PinnedMemoryBudget, Devices> find) {
        this.config = config;
        this.memoryLimit = NativeMemory.limit(config.repository().memoryLimit().bytes());
        this.requestMemory = new SlabPool(
                Math.min(RETAINED_REQUEST_BYTES, config.requestMemoryBytes()),
                MemoryBudget.of(config.requestMemoryBytes()));
        KernelSelection selection = Kernels.select(config.engine().kernelLayers());
        selection.log();
        KernelSet kernels = Kernels.chosen(selection, config.engine());
        this.cache = config.cache().map(wanted -> ResponseCache.open(wanted, Clock.system()));
        this.workers = new WorkerPool(config.engine().threads());
        this.pinned = new PinnedMemoryBudget(config.pinnedMemoryBytes());
        Devices devices = find.apply(pinned);
        this.hasGpus = !devices.all().isEmpty();
        LOG.info("GPUs: {}", devices.reason());
        this.gpus = GpuMonitor.start(devices, config.gpuMetrics());
        PlanBackend plans = new PlanBackend(kernels, workers, devices, threads(config), warmupThread());
        this.requestPathWarmup = config.fronts().stream().anyMatch(Front::infers)
                ? Optional.of(RequestPathWarmup.start(requestMemory, plans, config.fronts()))
                : Optional.empty();
        List<Backend> backends = new ArrayList<>(BuiltInBackends.all(requestMemory, devices.numbers()));
        backends.add(new JavaBackend(this::hold, requestMemory, Clock.system()));
        for (PlanFormat format : PlanFormat.values()) {
            PlanBackend ofFormat = plans.of(format);
            backends.add(requestPathWarmup
                    .<Backend>map(played -> new RequestPathWarmupBackend(ofFormat, played.awaited()))
                    .orElse(ofFormat));
        }
        TraceSettings traceSettings = new TraceSettings(config.trace());
        this.extensions = new Extensions(
                SharedMemory.of(config.clientSharedMemory(), devices),
                new LogSettings(config.log(), Logging::start),
                traceSettings,
                new Tracer(
                        traceSettings, traceWriter(config.trace(), config.http().dialect() != Dialect.TRITON)),
                RequestBudget.ofProcess(),
                new TlsWatch(files),
                Authenticator.open(config.access(), files),
                AccessLog.open(config.accessLog()));
        SharedResources shared = new SharedResources(cache, RateLimiter.of(config.rateLimit()));
        try {
            this.repository = openRepository(config, new Backends(backends), shared);
        } catch (RuntimeException e) {
            long deadline = System.nanoTime() + config.exitTimeout().toNanos();
            endRequestPathWarmup(deadline);
            closeShared(deadline);
            throw e;
        }
        if (!extensions.authenticator().isOff()) {
            repository.showOnly(Caller::currentSees);
        }
        this.servables = new Servables(repository);
        this.torchServe = config.torchServe().map(torch -> TorchServe.open(torch, repository));
        servables.warmUpWith(new WarmupRequests(requestMemory));
        this.fronts =
                new ServerFronts(config, repository, requestMemory, extensions, servables, torchServe, metricsText());
    }

    /** One thread, and only while there is something to warm up. */
    private static Executor warmupThread() {
        return new ThreadPoolExecutor(
                0,
                1,
                1,
                TimeUnit.SECONDS,
                new LinkedBlockingQueue<>(),
                Thread.ofPlatform().daemon().name("warm-up").factory());
    }

    /** Cores that one execution of an ONNX model has unless its config says otherwise. */
    private static int threads(ServerConfig config) {
        int threads = Integer.parseInt(config.repository().backendSetting(PlanBackend.NAME, BackendFlags.THREADS, "0"));
        return threads == 0 ? Integer.MAX_VALUE : threads;
    }

    /**
     * Starts a server. Returns when its fronts listen; models may still load.
     *
     * @throws StartException with one sentence if a repository folder cannot be read or a port cannot be bound
     */
    public static Server start(ServerConfig config) {
        return start(config, Kernels::devices);
    }

    /**
     * Starts a server as the other method does.
     *
     * @param find its GPUs, which pin no more of the machine's memory than they are told
     */
    static Server start(ServerConfig config, Function<PinnedMemoryBudget, Devices> find) {
        Server server;
        try {
            if (config.exitOnError()) {
                ModelRepository.check(config.repository());
            }
            ServerFronts.probe(config);
            config.fronts().forEach(front -> config.tls(front).ifPresent(TlsConfig::check));
            config.access().check();
            config.accessLog().check();
            server = new Server(config, find);
        } catch (IllegalArgumentException e) {
            throw new StartException("error: creating server: Internal - " + e.getMessage(), e);
        }
        try {
            server.fronts.open();
        } catch (RuntimeException e) {
            server.stop();
            throw e;
        }
        return server;
    }

    /** A server that shall not exit on an error runs without a repository, so that its clients learn of it. */
    private static ModelRepository openRepository(ServerConfig config, Backends backends, SharedResources shared) {
        try {
            return ModelRepository.open(config.repository(), backends, shared);
        } catch (IllegalArgumentException e) {
            if (config.exitOnError()) {
                throw e;
            }
            LOG.error("{}; the server is not live", e.getMessage());
            return ModelRepository.unusable(config.repository(), backends, shared);
        }
    }

    /** Models begin to load when the repository is there. */
    private StepModel hold(String model, long version) {
        return repository.hold(model, version);
    }

    /**
     * Opens the front for Vertex AI, where it is wanted. It serves a model that is there, so it is opened when every
     * start-up model has been tried.
     *
     * @throws StartException with one sentence if there is no such model
     * @throws IllegalStateException if somebody else has taken the port meanwhile
     */
    public void openVertexAi() {
        fronts.openVertexAi();
    }

    public ServerConfig config() {
        return config;
    }

    /** Has something closed before the server stops that uses it. */
    public void closeBefore(AutoCloseable user) {
        users.add(user);
    }

    /** Has something closed when the server has stopped that it uses. */
    public void closeAfter(AutoCloseable resource) {
        resources.add(resource);
    }

    /** The models as TensorFlow Serving's clients see them. */
    public Servables servables() {
        return servables;
    }

    public ModelRepository repository() {
        return repository;
    }

    /** Completes when every start-up model has been tried; with one sentence for each that could not be loaded. */
    public CompletableFuture<List<String>> startup() {
        return repository.startup();
    }

    /** The port that a front listens on; empty where it is not open. */
    Optional<Integer> port(Front front) {
        return fronts.port(front);
    }

    /** Where a client on this machine reaches the HTTP front, {@code host:port} or {@code unix:PATH}; empty where there is none. */
    public Optional<String> httpHost() {
        String address = config.http().address();
        if (config.http().bind().socketFile().isPresent()) {
            return port(Front.HTTP).map(_ -> config.http().bind().toString());
        }
        return port(Front.HTTP).map(port -> (address.equals(ANY_ADDRESS) ? "localhost" : address) + ":" + port);
    }

    /**
     * Is not ready from now on and serves on for the drain delay, then accepts no new connections, lets what has come finish
     * and stops. Open sequences go on at the end of the delay, and hold the fronts open for their requests alone.
     *
     * @param latest as {@link System#nanoTime} tells it, when what is in flight is cancelled
     * @return whether all was done in time
     */
    public boolean drainAndStop(long latest) {
        LOG.info(
                "Draining: the server is not ready, and serves on for {} s.",
                config.drainDelay().toSeconds());
        repository.drain();
        fronts.drain();
        try {
            Thread.sleep(config.drainDelay());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        if (repository.openSequences() == 0) {
            boolean _ = fronts.finish(latest); // what has not finished by then is cancelled
        }
        return stop(latest);
    }

    /** Stops as the other method does, within the exit timeout from now on. */
    public boolean stop() {
        return stop(System.nanoTime() + config.exitTimeout().toNanos());
    }

    /**
     * Refuses new requests, lets what is in flight finish while the fronts still answer, closes them, and unloads the
     * models. Returns soon after the deadline at the latest.
     *
     * @param latest as {@link System#nanoTime} tells it, when what is in flight is cancelled
     * @return whether all was done in time
     */
    public boolean stop(long latest) {
        Closing.all(users);
        repository.refuse();
        torchServe.ifPresent(TorchServe::endSequences);
        boolean finished = new RequestsInFlight(repository).finish(latest);
        long closing = System.nanoTime() + (finished ? CLOSING_NANOS : LAST_ANSWERS_NANOS);
        long deadline = closing - latest > 0 ? closing : latest;
        finished &= endRequestPathWarmup(deadline);
        finished &= fronts.stop(deadline);
        finished &= repository.close(left(deadline));
        torchServe.ifPresent(TorchServe::close);
        closeShared(deadline);
        Closing.all(resources);
        if (finished) {
            LOG.info("stopped");
        } else {
            LOG.error("Exit timeout expired. Exiting immediately.");
        }
        return finished;
    }

    /** Models that load wait for the request-path warm-up, and it uses what they use; answers whether it has ended in time. */
    private boolean endRequestPathWarmup(long deadline) {
        return requestPathWarmup.isEmpty() || requestPathWarmup.get().stop(left(deadline));
    }

    /** Closes what fronts and models used. */
    private void closeShared(long deadline) {
        cache.ifPresent(ResponseCache::close);
        extensions.tracer().close(traceTime(deadline));
        extensions.accessLog().close();
        workers.close();
        extensions.sharedMemory().close();
        files.close();
        gpus.close();
        idleCollection.close();
        requestMemory.close();
        memoryLimit.close();
    }

    /** How long the last traces may take: a moment in any case, and not long where there is time. */
    private static Duration traceTime(long deadline) {
        long millis = Math.clamp(left(deadline).toMillis(), LEAST_TRACE_MILLIS, MOST_TRACE_MILLIS);
        return Duration.ofMillis(millis);
    }

    private static TraceWriter traceWriter(TraceConfig trace, boolean explained) {
        if (trace.mode().equals(TraceConfig.OPENTELEMETRY)) {
            return new OpenTelemetryWriter(ExporterFlags.config(trace.exporter()));
        }
        if (trace.file().isEmpty()) {
            if (!new TraceSettings(trace).off()) {
                LOG.warn("traces are asked for and go nowhere: --trace-config triton,file=<path> says where to");
            }
            return TraceWriter.none();
        }
        return new TraceFileWriter(Path.of(trace.file()), explained);
    }

    private static Duration left(long deadline) {
        return Duration.ofNanos(Math.max(deadline - System.nanoTime(), 0));
    }

    private Supplier<String> metricsText() {
        return new ServerMetrics(
                repository,
                cache,
                config.repository().latencies(),
                config.machineMetrics(),
                gpus::last,
                hasGpus ? Optional.of(pinned) : Optional.empty(),
                workers.cores(),
                workers::heldNanos,
                extensions);
    }
}
