package dev.nereid.server;

import dev.nereid.memory.SlabPool;
import dev.nereid.server.config.Front;
import dev.nereid.server.config.ServerConfig;
import dev.nereid.server.config.StartException;
import dev.nereid.server.extension.Extensions;
import dev.nereid.server.grpc.GrpcFront;
import dev.nereid.server.http.HttpFront;
import dev.nereid.server.http.MetricsFront;
import dev.nereid.server.http.SageMakerConfig;
import dev.nereid.server.http.VertexAiConfig;
import dev.nereid.server.protocol.BindAddress;
import dev.nereid.server.protocol.Listener;
import dev.nereid.server.repository.ModelRepository;
import dev.nereid.server.tensorflow.Servables;
import dev.nereid.server.tensorflow.TensorflowConfig;
import dev.nereid.server.tensorflow.grpc.TensorflowGrpc;
import dev.nereid.server.tensorflow.rest.TensorflowRest;
import dev.nereid.server.torchserve.TorchServe;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Predicate;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The fronts of a server: opens those that are wanted, knows their ports, and stops them together. */
final class ServerFronts {
    private static final Logger LOG = LoggerFactory.getLogger(ServerFronts.class);

    private final ServerConfig config;
    private final ModelRepository repository;
    private final SlabPool memory;
    private final Extensions extensions;
    private final Servables servables;
    private final Optional<TorchServe> torchServe;
    private final Supplier<String> metricsText;

    /** One is added while the server may be stopped already. */
    private final List<OpenFront> fronts = new CopyOnWriteArrayList<>();

    ServerFronts(
            ServerConfig config,
            ModelRepository repository,
            SlabPool memory,
            Extensions extensions,
            Servables servables,
            Optional<TorchServe> torchServe,
            Supplier<String> metricsText) {
        this.config = config;
        this.repository = repository;
        this.memory = memory;
        this.extensions = extensions;
        this.servables = servables;
        this.torchServe = torchServe;
        this.metricsText = metricsText;
    }

    /**
     * Makes sure that all fronts can listen, before anything else is started.
     *
     * @throws StartException with one sentence where one cannot
     */
    static void probe(ServerConfig config) {
        Set<String> probed = new HashSet<>(); // fronts of TorchServe's kind may share an address
        for (Front front : config.fronts()) {
            if (config.singlePort() && front == Front.GRPC) {
                continue;
            }
            BindAddress address = config.bind(front);
            if (address.port() != 0 && !probed.add(address.toString())) {
                continue;
            }
            OpenFront.probe(front, address, config.reusePort(front));
        }
    }

    /**
     * Opens HTTP by itself, and SageMaker's, so that health answers early, then lets the start-up models load and opens the
     * others beside that: the classes of each take a while to load.
     */
    void open() {
        List<CompletableFuture<OpenFront>> opening = new ArrayList<>();
        Optional<SinglePort> single = Optional.empty();
        if (config.singlePort()) {
            single = Optional.of(SinglePort.start(config, repository, memory, extensions));
            fronts.add(opened(Front.HTTP, "HTTPService", config.http().address(), single.get()));
        } else if (config.fronts().contains(Front.HTTP)) {
            fronts.add(openHttp());
        }
        if (config.fronts().contains(Front.SAGEMAKER)) {
            fronts.add(openSageMaker(config.sageMaker().orElseThrow()));
        }
        if (config.fronts().contains(Front.TENSORFLOW_REST)) {
            fronts.add(openTensorflowRest());
        }
        repository.loadStartupModels();
        torchServe.ifPresent(this::openTorchServe);
        if (single.isPresent()) {
            SinglePort port = single.get();
            opening.add(openBeside(() -> openGrpc(port)));
        } else if (config.fronts().contains(Front.GRPC)) {
            opening.add(openBeside(this::openGrpc));
        }
        if (config.fronts().contains(Front.TENSORFLOW_GRPC)) {
            opening.add(openBeside(() -> openTensorflowGrpc(Front.TENSORFLOW_GRPC)));
        }
        if (config.fronts().contains(Front.TENSORFLOW_GRPC_SOCKET)) {
            opening.add(openBeside(() -> openTensorflowGrpc(Front.TENSORFLOW_GRPC_SOCKET)));
        }
        if (config.fronts().contains(Front.METRICS)) {
            fronts.add(openMetrics());
        }
        opening.forEach(front -> fronts.add(front.join()));
        ReachableAddresses.lines(config).forEach(LOG::info);
    }

    /**
     * Opens the front for Vertex AI, where it is wanted.
     *
     * @throws StartException with one sentence if there is no model that it could serve
     */
    void openVertexAi() {
        Optional<VertexAiConfig> wanted = config.vertexAi();
        if (wanted.isEmpty()) {
            return;
        }
        VertexAiConfig vertexAi =
                wanted.get().withDefaultModel(VertexAiModel.of(wanted.get().defaultModel(), repository.index(true)));
        Optional<Supplier<String>> metrics =
                config.fronts().contains(Front.METRICS) ? Optional.of(metricsText) : Optional.empty();
        HttpFront front = HttpFront.startVertexAi(vertexAi, repository, memory, extensions, metrics);
        fronts.add(
                opened(Front.VERTEX_AI, "Vertex AI HTTPService", vertexAi.http().address(), front));
    }

    /** The port that a front listens on; empty where it is not open. */
    Optional<Integer> port(Front front) {
        return fronts.stream()
                .filter(open -> open.front() == front)
                .map(OpenFront::port)
                .findFirst();
    }

    /** Tells clients that the server will stop, as far as their protocol can say so, and serves on. */
    void drain() {
        listeners().forEach(Listener::drain);
    }

    /**
     * Has all fronts accept no new connections at the same time, and waits for the calls that have come.
     *
     * @param deadline as {@link System#nanoTime} tells it
     * @return whether all calls had finished
     */
    boolean finish(long deadline) {
        return together(listener -> listener.finish(left(deadline)));
    }

    /**
     * Stops all fronts at the same time, and closes what is left at the deadline.
     *
     * @param deadline as {@link System#nanoTime} tells it
     * @return whether all calls had finished
     */
    boolean stop(long deadline) {
        return together(listener -> listener.stop(left(deadline)));
    }

    private boolean together(Predicate<Listener> action) {
        List<CompletableFuture<Boolean>> results = new ArrayList<>();
        for (Listener listener : listeners()) {
            results.add(CompletableFuture.supplyAsync(
                    () -> action.test(listener), Thread.ofVirtual().name("stop-front")::start));
        }
        boolean all = true;
        for (CompletableFuture<Boolean> result : results) {
            all &= result.join();
        }
        return all;
    }

    private List<Listener> listeners() {
        return fronts.stream().map(OpenFront::listener).distinct().toList();
    }

    private static Duration left(long deadline) {
        return Duration.ofNanos(Math.max(deadline - System.nanoTime(), 0));
    }

    private static CompletableFuture<OpenFront> openBeside(Supplier<OpenFront> opening) {
        return CompletableFuture.supplyAsync(opening, Thread.ofPlatform().name("open-grpc")::start);
    }

    private OpenFront openHttp() {
        HttpFront http = HttpFront.start(config.http(), repository, memory, extensions);
        return opened(Front.HTTP, "HTTPService", config.http().address(), http);
    }

    private OpenFront openSageMaker(SageMakerConfig sageMaker) {
        HttpFront front = HttpFront.startSageMaker(sageMaker, repository, memory, extensions);
        return opened(Front.SAGEMAKER, "Sagemaker HTTPService", sageMaker.http().address(), front);
    }

    private OpenFront openGrpc() {
        GrpcFront grpc = GrpcFront.start(config.grpc(), repository, memory, extensions);
        return opened(Front.GRPC, "GRPCInferenceService", config.grpc().address(), grpc);
    }

    private OpenFront openGrpc(SinglePort port) {
        port.openGrpc(config, repository, memory, extensions);
        return opened(Front.GRPC, "GRPCInferenceService", config.http().address(), port);
    }

    private OpenFront openTensorflowRest() {
        TensorflowConfig tensorflow = config.tensorflow().orElseThrow();
        HttpFront rest = TensorflowRest.start(tensorflow, servables, memory, extensions, Optional.of(metricsText));
        return opened(Front.TENSORFLOW_REST, "HTTP/REST API", tensorflow.rest().address(), rest);
    }

    private OpenFront openTensorflowGrpc(Front front) {
        TensorflowConfig wanted = config.tensorflow().orElseThrow();
        TensorflowConfig tensorflow = front == Front.TENSORFLOW_GRPC_SOCKET ? wanted.atGrpcSocket() : wanted;
        GrpcFront grpc = TensorflowGrpc.start(tensorflow, servables, memory, extensions);
        return opened(front, "gRPC ModelServer", tensorflow.grpc().address(), grpc);
    }

    /** Opens the fronts of TorchServe's kind; its start-up models are registered before, and get their workers after that. */
    private void openTorchServe(TorchServe torch) {
        TorchServeFronts opening = new TorchServeFronts(config, torch, repository, memory, extensions);
        opening.registerStartupModels();
        fronts.addAll(opening.open());
        Thread.ofVirtual().name("torchserve-startup").start(torch.models()::startWorkers);
    }

    private OpenFront openMetrics() {
        MetricsFront metrics = MetricsFront.start(config.metrics(), metricsText, extensions);
        return opened(Front.METRICS, "Metrics Service", config.metrics().address(), metrics);
    }

    /** Triton's words, which scripts wait for in the log. */
    static OpenFront opened(Front front, String service, String address, Listener listener) {
        OpenFront open = new OpenFront(front, address, listener);
        LOG.info("Started {} at {}", service, open.place());
        return open;
    }
}
