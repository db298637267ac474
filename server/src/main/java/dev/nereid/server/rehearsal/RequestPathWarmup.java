package dev.nereid.server.rehearsal;

import dev.nereid.files.TemporaryFolder;
import dev.nereid.memory.SlabPool;
import dev.nereid.server.backend.Backend;
import dev.nereid.server.backend.Backends;
import dev.nereid.server.config.Front;
import dev.nereid.server.grpc.GrpcConfig;
import dev.nereid.server.grpc.GrpcFront;
import dev.nereid.server.http.HttpConfig;
import dev.nereid.server.http.HttpFront;
import dev.nereid.server.repository.ModelRepository;
import dev.nereid.server.repository.RepositoryConfig;
import io.grpc.netty.shaded.io.netty.util.concurrent.DefaultPromise;
import io.grpc.netty.shaded.io.netty.util.concurrent.GlobalEventExecutor;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Warms up the request path at start-up. It sends requests to fronts of its own, on loopback and any free port, for small
 * models of its own, so that socket, codec, scheduler and plan are loaded and compiled before a client comes. Models are
 * ready when the first requests have been answered; the others follow with rests between them, beside loading and serving.
 * Nobody else knows the ports. The fronts are closed some seconds after the last request, because closing loads classes too.
 *
 * <p>Bounded in time. A failure is logged and does no harm. Uses memory and kernels of the server, which has to {@link #stop}
 * it before it closes those.
 */
public final class RequestPathWarmup {
    /** A front of the request-path warm-up. */
    private record PlayedFront(int port, Predicate<Duration> stop) {}

    /**
     * How many requests are sent to a front.
     *
     * @param first models that have loaded wait for so many, but no longer than a moment
     * @param all more make nothing faster
     */
    private record Extent(int first, int all) {}

    private static final Extent HTTP = new Extent(20, 1000);
    private static final Extent GRPC = new Extent(10, 100);

    private static final long FIRST_NANOS = 300_000_000;

    /** Length of a pause relative to the work before it: loading models and clients need the processors more. */
    private static final int REST = 3;

    private static final String ADDRESS = "127.0.0.1";
    private static final String NAME = "request-warmup";
    private static final int REQUESTS_A_CONNECTION = 10;
    private static final Duration PATIENCE = Duration.ofSeconds(1);
    private static final int MOST_SECONDS = 3;
    private static final int PAUSE_SECONDS = 5;

    private static final Logger LOG = LoggerFactory.getLogger(RequestPathWarmup.class);

    private final SlabPool memory;
    private final Backend plans;
    private final Set<Front> fronts;
    private final Path folder;
    /** Completes when the request path has been run often enough for models to be reported ready. */
    private final CompletableFuture<Void> enough = new CompletableFuture<>();
    /** Completes when the request-path warm-up has released everything. */
    private final CompletableFuture<Void> ended = new CompletableFuture<>();

    private final CountDownLatch stopping = new CountDownLatch(1);

    private RequestPathWarmup(SlabPool memory, Backend plans, Set<Front> fronts, Path folder) {
        this.memory = memory;
        this.plans = plans;
        this.fronts = fronts;
        this.folder = folder;
    }

    /**
     * Starts the warm-up on a thread of its own.
     *
     * @param plans what will run the models of clients
     * @param fronts that clients will come by
     */
    public static RequestPathWarmup start(SlabPool memory, Backend plans, Set<Front> fronts) {
        return start(memory, plans, fronts, Path.of(System.getProperty("java.io.tmpdir")));
    }

    /** @param folder where the models lie meanwhile, in a folder of their own */
    static RequestPathWarmup start(SlabPool memory, Backend plans, Set<Front> fronts, Path folder) {
        RequestPathWarmup requestPathWarmup = new RequestPathWarmup(memory, plans, fronts, folder);
        Thread.ofPlatform().daemon().name("request-warmup").start(requestPathWarmup::play);
        return requestPathWarmup;
    }

    /** Models wait for this before they are reported ready. Completes normally in any case, and in bounded time. */
    public CompletableFuture<Void> awaited() {
        return enough.copy().completeOnTimeout(null, MOST_SECONDS, TimeUnit.SECONDS);
    }

    /**
     * Stops the request-path warm-up early and waits for its end.
     *
     * @return whether it has ended within {@code patience}
     */
    public boolean stop(Duration patience) {
        stopping.countDown();
        return ended.thenApply(_ -> true)
                .completeOnTimeout(false, patience.toNanos(), TimeUnit.NANOSECONDS)
                .join();
    }

    private void play() {
        LOG.debug(
                "warm-up: requests to models of the server's own, {}",
                RequestPathWarmupModel.ALL.stream()
                        .map(RequestPathWarmupModel::name)
                        .collect(Collectors.joining(", ")));
        try {
            try (TemporaryFolder root = TemporaryFolder.create(folder, "request-warmup")) {
                for (RequestPathWarmupModel model : RequestPathWarmupModel.ALL) {
                    model.write(root.path());
                }
                play(root.path());
            }
        } catch (IOException | RuntimeException | Error e) {
            LOG.debug("no warm-up by requests: the first ones will take longer", e);
        } finally {
            enough.complete(null);
            ended.complete(null);
        }
    }

    private void play(Path root) throws IOException {
        ModelRepository repository =
                ModelRepository.startUnnoticed(RepositoryConfig.of(root), new Backends(List.of(plans)));
        try {
            List<Play> plays = new ArrayList<>();
            if (fronts.stream().anyMatch(Front::isHttp)) {
                plays.add(new Play(
                        "http", repository, this::openHttp, new HttpWarmupClient(WarmupHttpRequests.all()), HTTP));
            }
            if (fronts.contains(Front.GRPC)) {
                plays.add(new Play(
                        "grpc", repository, this::openGrpc, new GrpcWarmupClient(WarmupGrpcCalls.all()), GRPC));
            }
            List<CompletableFuture<Void>> ends = plays.stream()
                    .map(play -> CompletableFuture.runAsync(play, play.thread()))
                    .toList();
            CompletableFuture<Void> _ =
                    all(plays.stream().map(play -> play.enough).toList()).thenRun(() -> enough.complete(null));
            all(ends).join();
        } finally {
            repository.close(PATIENCE);
        }
    }

    private static CompletableFuture<Void> all(List<CompletableFuture<Void>> futures) {
        return CompletableFuture.allOf(futures.toArray(CompletableFuture[]::new));
    }

    private PlayedFront openHttp(ModelRepository repository) {
        HttpFront front = HttpFront.start(HttpConfig.of(ADDRESS, 0, NAME), repository, memory);
        return new PlayedFront(front.port(), front::stop);
    }

    private PlayedFront openGrpc(ModelRepository repository) {
        GrpcFront front = GrpcFront.start(new GrpcConfig(ADDRESS, 0, NAME), repository, memory);
        tellFromAnotherThread();
        return new PlayedFront(front.port(), front::stop);
    }

    /** Where a connection is registered before its acceptor listens, which is rare, Netty needs a class more. */
    private static void tellFromAnotherThread() {
        var _ = new DefaultPromise<Void>(GlobalEventExecutor.INSTANCE)
                .setSuccess(null)
                .addListener(_ -> {});
    }

    /** The part of one front, beside those of others. */
    private final class Play implements Runnable {
        private final String name;
        private final ModelRepository repository;
        private final Function<ModelRepository, PlayedFront> opening;
        private final WarmupClient client;
        private final Extent extent;
        private final CompletableFuture<Void> enough = new CompletableFuture<>();

        Play(
                String name,
                ModelRepository repository,
                Function<ModelRepository, PlayedFront> opening,
                WarmupClient client,
                Extent extent) {
            this.name = name;
            this.repository = repository;
            this.opening = opening;
            this.client = client;
            this.extent = extent;
        }

        Executor thread() {
            return Thread.ofPlatform().daemon().name("request-warmup-" + name)::start;
        }

        @Override
        public void run() {
            try {
                PlayedFront front = opening.apply(repository);
                try {
                    repository.startup().join();
                    send(front.port());
                    enough.complete(null);
                    // Taking all of it down is work too: not while the first clients come.
                    boolean _ = stopping.await(PAUSE_SECONDS, TimeUnit.SECONDS);
                } finally {
                    boolean _ = front.stop().test(PATIENCE);
                }
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            } catch (IOException | RuntimeException | Error e) {
                LOG.debug("no warm-up over {}: the first requests will take longer", name, e);
            } finally {
                enough.complete(null);
            }
        }

        private void send(int port) throws IOException, InterruptedException {
            long begin = System.nanoTime();
            int sent = 0;
            boolean stopped = false;
            while (!stopped && sent < extent.all()) {
                long start = System.nanoTime();
                client.visit(port, REQUESTS_A_CONNECTION);
                sent += REQUESTS_A_CONNECTION;
                long end = System.nanoTime();
                if (sent >= extent.first() || end - begin > FIRST_NANOS) {
                    enough.complete(null);
                }
                long rest = enough.isDone() ? REST * (end - start) : 0;
                stopped = stopping.await(rest, TimeUnit.NANOSECONDS);
            }
            LOG.debug("warm-up: {} requests over {} in {} ms", sent, name, (System.nanoTime() - begin) / 1_000_000);
        }
    }
}
