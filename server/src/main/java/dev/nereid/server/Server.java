package dev.nereid.server;

import dev.nereid.kernels.KernelSelection;
import dev.nereid.kernels.parallel.WorkerPool;
import dev.nereid.memory.SlabPool;
import dev.nereid.server.backend.Backends;
import dev.nereid.server.backend.IdentityBackend;
import dev.nereid.server.backend.PlanBackend;
import dev.nereid.server.grpc.GrpcFront;
import dev.nereid.server.http.HttpFront;
import dev.nereid.server.http.MetricsFront;
import dev.nereid.server.repository.ModelRepository;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A running server: its parts wired together, started in the order kernels, repository, fronts, and stopped the other way
 * round. Fronts answer while models still load.
 */
final class Server {
    /** Free memory of requests that is kept for the next ones. */
    private static final long RETAINED_REQUEST_BYTES = 256L << 20;

    private static final String ANY_ADDRESS = "0.0.0.0";

    private static final Logger LOG = LoggerFactory.getLogger(Server.class);

    private final ServerConfig config;
    private final WorkerPool workers;
    private final SlabPool requestMemory = new SlabPool(RETAINED_REQUEST_BYTES);
    private final ModelRepository repository;
    private final List<OpenFront> fronts = new ArrayList<>();

    private Server(ServerConfig config) {
        this.config = config;
        this.workers = new WorkerPool(config.engine().threads());
        KernelSelection selection = Kernels.select(config.engine().kernelLayers());
        selection.log();
        Backends backends = new Backends(
                List.of(new PlanBackend(selection.kernels(), workers), new IdentityBackend()));
        this.repository = ModelRepository.start(config.repository(), backends);
    }

    /**
     * Starts a server. Returns when its fronts listen; models may still load.
     *
     * @throws StartException with one sentence if a repository folder cannot be read or a port cannot be bound
     */
    static Server start(ServerConfig config) {
        Server server;
        try {
            server = new Server(config);
        } catch (IllegalArgumentException e) {
            throw new StartException(String.valueOf(e.getMessage()), e);
        }
        try {
            server.openFronts();
        } catch (RuntimeException e) {
            server.stop();
            throw e;
        }
        return server;
    }

    ServerConfig config() {
        return config;
    }

    ModelRepository repository() {
        return repository;
    }

    /** Completes when every start-up model has been tried; with one sentence for each that could not be loaded. */
    CompletableFuture<List<String>> startup() {
        return repository.startup();
    }

    /** The port that a front listens on; empty where it is not open. */
    Optional<Integer> port(Front front) {
        return fronts.stream().filter(open -> open.front() == front).map(OpenFront::port).findFirst();
    }

    /** Where a client on this machine reaches the HTTP front; empty where there is none. */
    Optional<String> httpHost() {
        String address = config.http().address();
        return port(Front.HTTP).map(port -> (address.equals(ANY_ADDRESS) ? "localhost" : address) + ":" + port);
    }

    /**
     * Accepts nothing new, lets what is in flight finish, and unloads the models.
     *
     * @return whether all was done within the exit timeout
     */
    boolean stop() {
        long deadline = System.nanoTime() + config.exitTimeout().toNanos();
        List<CompletableFuture<Boolean>> stops = new ArrayList<>();
        for (OpenFront front : fronts) {
            stops.add(CompletableFuture.supplyAsync(
                    () -> front.stop().test(left(deadline)),
                    Thread.ofVirtual().name("stop-" + front.front())::start));
        }
        boolean finished = true;
        for (CompletableFuture<Boolean> stop : stops) {
            finished &= stop.join();
        }
        finished &= repository.close(left(deadline));
        workers.close();
        requestMemory.close();
        LOG.info(finished ? "stopped" : "stopped with work in flight: the exit timeout has expired");
        return finished;
    }

    private static Duration left(long deadline) {
        return Duration.ofNanos(Math.max(deadline - System.nanoTime(), 0));
    }

    /** Opens them side by side: loading the classes of each takes a while. */
    private void openFronts() {
        List<CompletableFuture<OpenFront>> opening = new ArrayList<>();
        for (Front front : Front.values()) {
            if (config.fronts().contains(front)) {
                Supplier<OpenFront> start =
                        switch (front) {
                            case HTTP -> this::openHttp;
                            case GRPC -> this::openGrpc;
                            case METRICS -> this::openMetrics;
                        };
                opening.add(CompletableFuture.supplyAsync(
                        start, Thread.ofPlatform().name("open-" + front)::start));
            }
        }
        RuntimeException failure = null;
        for (CompletableFuture<OpenFront> future : opening) {
            try {
                fronts.add(future.join());
            } catch (CompletionException e) {
                failure = e.getCause() instanceof RuntimeException cause ? cause : e;
            }
        }
        if (failure != null) {
            throw failure;
        }
    }

    private OpenFront openHttp() {
        OpenFront open = OpenFront.open(Front.HTTP, config.http().address(), config.http().port(), () -> {
            HttpFront http = HttpFront.start(config.http(), repository, requestMemory);
            return new OpenFront(Front.HTTP, config.http().address(), http.port(), http::stop);
        });
        LOG.info("Started HTTPService at {}", open.place());
        return open;
    }

    private OpenFront openGrpc() {
        OpenFront open = OpenFront.open(Front.GRPC, config.grpc().address(), config.grpc().port(), () -> {
            GrpcFront grpc = GrpcFront.start(config.grpc(), repository, requestMemory);
            return new OpenFront(Front.GRPC, config.grpc().address(), grpc.port(), grpc::stop);
        });
        LOG.info("Started GRPCInferenceService at {}", open.place());
        return open;
    }

    private OpenFront openMetrics() {
        String address = config.metrics().address();
        OpenFront open = OpenFront.open(Front.METRICS, address, config.metrics().port(), () -> {
            MetricsFront metrics =
                    MetricsFront.start(config.metrics(), new ServerMetrics(repository, config.machineMetrics()));
            return new OpenFront(Front.METRICS, address, metrics.port(), _ -> {
                metrics.stop();
                return true;
            });
        });
        LOG.info("Started Metrics Service at {}", open.place());
        return open;
    }
}
