package dev.nereid.server;

import dev.nereid.memory.SlabPool;
import dev.nereid.server.backend.Backend;
import dev.nereid.server.backend.Backends;
import dev.nereid.server.http.HttpConfig;
import dev.nereid.server.http.HttpFront;
import dev.nereid.server.repository.ModelRepository;
import dev.nereid.server.repository.RepositoryConfig;
import dev.nereid.server.storage.FolderTree;
import java.io.BufferedInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Sends requests to an HTTP front of its own, on loopback and any free port, for small models of its own: the way of a
 * request through socket, codec, scheduler and plan is loaded and compiled before a client comes. It goes on while models
 * load, and models that have loaded wait for the first part of it alone. Nobody else knows the port, and it is closed at the
 * end. Bounded; what fails is logged and does no harm. Uses memory and kernels of the server, which has to {@link #stop} it
 * before it closes those.
 */
final class Rehearsal {
    /**
     * A model of the server's own, with two inputs and two outputs of shape {@code [batch, length]}.
     *
     * @param strings which file: {@code J = I + I} and {@code G = F + F} of INT64 and FP32, or {@code M = N + N} of INT32
     *     and {@code T = S} of strings
     * @param scheduling what the config adds: each takes another scheduler
     */
    record Model(String name, boolean strings, String scheduling) {
        private String file() {
            return strings ? "rehearsal-strings.onnx" : "rehearsal-numbers.onnx";
        }

        private String config() {
            return "backend: \"onnxruntime\" max_batch_size: 4 "
                    + (strings
                            ? ports("input", "N", "INT32", "S", "STRING") + ports("output", "M", "INT32", "T", "STRING")
                            : ports("input", "I", "INT64", "F", "FP32") + ports("output", "J", "INT64", "G", "FP32"))
                    + scheduling;
        }

        private static String ports(String kind, String first, String type, String second, String otherType) {
            String format = "%1$s [ { name: '%2$s' data_type: TYPE_%3$s dims: [ -1 ] } ] ";
            return format.formatted(kind, first, type) + format.formatted(kind, second, otherType);
        }
    }

    static final List<Model> MODELS =
            List.of(new Model("rehearsal", false, ""), new Model("rehearsal_batching", true, "dynamic_batching {}"));

    /** Models that are loaded wait for so many requests, and for more where that takes no longer than a moment. */
    private static final int FEWEST_REQUESTS = 100;

    private static final long ENOUGH_NANOS = 400_000_000;
    private static final long MOST_NANOS = 800_000_000;

    /** Beside models that take longer to load the rehearsal goes on until so many; nothing gets faster after that. */
    private static final int MOST_REQUESTS = 4000;

    private static final int REQUESTS_A_CONNECTION = 10;
    private static final int SOCKET_MILLIS = 2_000;
    private static final Duration PATIENCE = Duration.ofSeconds(1);
    private static final int MOST_SECONDS = 3;
    private static final int PAUSE_SECONDS = 5;
    private static final Pattern LENGTH = Pattern.compile("(?i)\r\ncontent-length: *([0-9]+)\r\n");

    private static final Logger LOG = LoggerFactory.getLogger(Rehearsal.class);

    private final SlabPool memory;
    private final Backend plans;
    private final Path folder;
    /** Completes when the way of a request has been walked often enough for a model to be called ready. */
    private final CompletableFuture<Void> enough = new CompletableFuture<>();
    /** Completes when nothing of the rehearsal is left. */
    private final CompletableFuture<Void> ended = new CompletableFuture<>();

    private volatile boolean finishing;
    private final CountDownLatch stopping = new CountDownLatch(1);

    private Rehearsal(SlabPool memory, Backend plans, Path folder) {
        this.memory = memory;
        this.plans = plans;
        this.folder = folder;
    }

    /**
     * Begins on a thread of its own.
     *
     * @param plans what will run the models of clients
     */
    static Rehearsal start(SlabPool memory, Backend plans) {
        return start(memory, plans, Path.of(System.getProperty("java.io.tmpdir")));
    }

    /** @param folder where the models lie meanwhile, in a folder of their own */
    static Rehearsal start(SlabPool memory, Backend plans, Path folder) {
        Rehearsal rehearsal = new Rehearsal(memory, plans, folder);
        Thread.ofPlatform().daemon().name("rehearsal").start(rehearsal::play);
        return rehearsal;
    }

    /** What models of clients wait for. Completes normally whatever happens, and in bounded time. */
    CompletableFuture<Void> awaited() {
        return enough.copy().completeOnTimeout(null, MOST_SECONDS, TimeUnit.SECONDS);
    }

    /** Nothing is waited for any more: the rehearsal ends as soon as it has been enough. */
    void finish() {
        finishing = true;
    }

    /**
     * Lets the rehearsal end early and waits for that.
     *
     * @return whether it has ended within {@code patience}
     */
    boolean stop(Duration patience) {
        stopping.countDown();
        return ended.thenApply(_ -> true)
                .completeOnTimeout(false, patience.toNanos(), TimeUnit.NANOSECONDS)
                .join();
    }

    private void play() {
        LOG.info(
                "rehearsing requests on models of the server's own: {}",
                MODELS.stream().map(Model::name).collect(Collectors.joining(", ")));
        try {
            Path root = Files.createTempDirectory(folder, "nereid-rehearsal");
            try {
                for (Model model : MODELS) {
                    Path written = root.resolve(model.name());
                    Path version = Files.createDirectories(written.resolve("1"));
                    Files.writeString(written.resolve("config.pbtxt"), model.config());
                    try (InputStream file =
                            Objects.requireNonNull(Rehearsal.class.getResourceAsStream(model.file()), model.file())) {
                        Files.copy(file, version.resolve("model.onnx"));
                    }
                }
                play(root);
            } finally {
                FolderTree.delete(root);
            }
        } catch (IOException | RuntimeException | Error e) {
            LOG.debug("no rehearsal of requests: the first ones will take longer", e);
        } finally {
            enough.complete(null);
            ended.complete(null);
        }
    }

    private void play(Path root) throws IOException {
        ModelRepository repository = ModelRepository.start(RepositoryConfig.of(root), new Backends(List.of(plans)));
        try {
            HttpFront front = HttpFront.start(HttpConfig.of("127.0.0.1", 0, "rehearsal"), repository, memory);
            try {
                repository.startup().join();
                send(front.port());
                enough.complete(null);
                // Taking all of it down is work too: not while the first clients come.
                boolean _ = stopping.await(PAUSE_SECONDS, TimeUnit.SECONDS);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            } finally {
                front.stop(PATIENCE);
            }
        } finally {
            repository.close(PATIENCE);
        }
    }

    private void send(int port) throws IOException {
        List<byte[]> requests = RehearsalRequests.all();
        long start = System.nanoTime();
        int sent = 0;
        while (stopping.getCount() > 0 && sent < MOST_REQUESTS && !(finishing && enough.isDone())) {
            try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
                socket.setTcpNoDelay(true);
                socket.setSoTimeout(SOCKET_MILLIS);
                OutputStream out = socket.getOutputStream();
                InputStream in = new BufferedInputStream(socket.getInputStream());
                for (int i = 0; i < REQUESTS_A_CONNECTION; i++) {
                    out.write(requests.get(sent++ % requests.size()));
                    readAnswer(in);
                }
            }
            if (System.nanoTime() - start > (sent < FEWEST_REQUESTS ? MOST_NANOS : ENOUGH_NANOS)) {
                enough.complete(null);
            }
        }
        LOG.debug("rehearsed {} requests in {} ms", sent, (System.nanoTime() - start) / 1_000_000);
    }

    private static void readAnswer(InputStream in) throws IOException {
        StringBuilder head = new StringBuilder();
        while (head.indexOf("\r\n\r\n") < 0) {
            int next = in.read();
            if (next < 0) {
                throw new EOFException("the rehearsal's connection was closed after '" + head + "'");
            }
            head.append((char) next);
        }
        Matcher length = LENGTH.matcher(head);
        if (!head.toString().startsWith("HTTP/1.1 200") || !length.find()) {
            throw new IOException("the rehearsal was answered with '" + head + "'");
        }
        in.skipNBytes(Long.parseLong(length.group(1)));
    }
}
