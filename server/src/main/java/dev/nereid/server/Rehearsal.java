package dev.nereid.server;

import dev.nereid.memory.SlabPool;
import dev.nereid.server.backend.Backend;
import dev.nereid.server.backend.Backends;
import dev.nereid.server.http.HttpConfig;
import dev.nereid.server.http.HttpFront;
import dev.nereid.server.repository.ModelRepository;
import dev.nereid.server.repository.RepositoryConfig;
import java.io.BufferedInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Sends requests to an HTTP front of its own, on loopback and any free port, for a model of two sums: the way of a request
 * through socket, codec, scheduler and plan is loaded and compiled before a client comes. Nobody else knows the port, and
 * it is closed at the end. Bounded in time; what fails is logged and does no harm. Uses memory and kernels of the server,
 * which has to {@link #stop} it before it closes those.
 */
final class Rehearsal {
    /** The model's file: {@code J = I + I} and {@code G = F + F}, of shape [batch, length]. */
    private static final String FILE = "rehearsal.onnx";

    private static final String CONFIG = """
            backend: "onnxruntime"
            max_batch_size: 4
            input [ { name: "I" data_type: TYPE_INT64 dims: [ -1 ] }, { name: "F" data_type: TYPE_FP32 dims: [ -1 ] } ]
            output [ { name: "J" data_type: TYPE_INT64 dims: [ -1 ] }, { name: "G" data_type: TYPE_FP32 dims: [ -1 ] } ]
            """;
    /** What a model of the name adds to the config: each takes another scheduler. */
    private static final Map<String, String> MODELS =
            Map.of("rehearsal", "", "rehearsal_batching", "dynamic_batching {}");

    /** Elements of a tensor in most requests, and in some: what is written in pieces has a way of its own. */
    private static final int ELEMENTS = 16;

    private static final int MANY_ELEMENTS = 1024;
    /** As many as it takes until the compiler has seen the whole way, and longer where there is time. */
    private static final int FEWEST_REQUESTS = 100;

    private static final int MOST_REQUESTS = 1000;
    private static final int REQUESTS_A_CONNECTION = 10;
    private static final long ENOUGH_NANOS = 400_000_000;
    private static final long MOST_NANOS = 800_000_000;
    private static final int SOCKET_MILLIS = 2_000;
    private static final Duration PATIENCE = Duration.ofSeconds(1);
    private static final int MOST_SECONDS = 3;
    private static final Pattern LENGTH = Pattern.compile("(?i)\r\ncontent-length: *([0-9]+)\r\n");

    private static final Logger LOG = LoggerFactory.getLogger(Rehearsal.class);

    private final SlabPool memory;
    private final Backend plans;
    private final Path folder;
    /** Completes when nothing of the rehearsal is left. */
    private final CompletableFuture<Void> ended = new CompletableFuture<>();

    private volatile boolean stopping;

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
        return ended.copy().completeOnTimeout(null, MOST_SECONDS, TimeUnit.SECONDS);
    }

    /**
     * Lets the rehearsal end early and waits for that.
     *
     * @return whether it has ended within {@code patience}
     */
    boolean stop(Duration patience) {
        stopping = true;
        return ended.thenApply(_ -> true)
                .completeOnTimeout(false, patience.toNanos(), TimeUnit.NANOSECONDS)
                .join();
    }

    private void play() {
        LOG.info("rehearsing requests on models of the server's own: {}", String.join(", ", MODELS.keySet()));
        try {
            Path root = Files.createTempDirectory(folder, "nereid-rehearsal");
            try {
                for (Map.Entry<String, String> model : MODELS.entrySet()) {
                    Path written = root.resolve(model.getKey());
                    Path version = Files.createDirectories(written.resolve("1"));
                    Files.writeString(written.resolve("config.pbtxt"), CONFIG + model.getValue());
                    try (InputStream file = Objects.requireNonNull(Rehearsal.class.getResourceAsStream(FILE), FILE)) {
                        Files.copy(file, version.resolve("model.onnx"));
                    }
                }
                play(root);
            } finally {
                delete(root);
            }
        } catch (IOException | RuntimeException | Error e) {
            LOG.debug("no rehearsal of requests: the first ones will take longer", e);
        } finally {
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
            } finally {
                front.stop(PATIENCE);
            }
        } finally {
            repository.close(PATIENCE);
        }
    }

    private void send(int port) throws IOException {
        List<byte[]> requests = new ArrayList<>();
        for (String model : MODELS.keySet()) {
            requests.addAll(List.of(json(model, ELEMENTS), binary(model), json(model, ELEMENTS)));
        }
        requests.add(json(MODELS.keySet().iterator().next(), MANY_ELEMENTS));
        long start = System.nanoTime();
        int sent = 0;
        while (!stopping
                && sent < MOST_REQUESTS
                && System.nanoTime() - start < (sent < FEWEST_REQUESTS ? MOST_NANOS : ENOUGH_NANOS)) {
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
        }
        LOG.debug("rehearsed {} requests in {} ms", sent, (System.nanoTime() - start) / 1_000_000);
    }

    /** Tensors as JSON, integers and floats with many digits. */
    private static byte[] json(String model, int elements) {
        String integers = IntStream.range(0, elements)
                .mapToObj(i -> Integer.toString(i * 37))
                .collect(Collectors.joining(","));
        String floats = IntStream.range(0, elements)
                .mapToObj(i -> Double.toString(i * 0.123456789 - 1))
                .collect(Collectors.joining(","));
        String shape = "\"shape\":[1," + elements + "]";
        String body = "{\"inputs\":[{\"name\":\"I\",\"datatype\":\"INT64\"," + shape + ",\"data\":[" + integers
                + "]},{\"name\":\"F\",\"datatype\":\"FP32\"," + shape + ",\"data\":[" + floats + "]}]}";
        return request(model, "", body, 0);
    }

    /** The same tensors of zeros by the binary extension, the answer too. */
    private static byte[] binary(String model) {
        String size = "\"parameters\":{\"binary_data_size\":";
        String shape = "\"shape\":[1," + ELEMENTS + "],";
        String header =
                "{\"parameters\":{\"binary_data_output\":true},\"inputs\":[{\"name\":\"I\",\"datatype\":\"INT64\","
                        + shape + size + ELEMENTS * Long.BYTES + "}},{\"name\":\"F\",\"datatype\":\"FP32\"," + shape
                        + size
                        + ELEMENTS * Float.BYTES + "}}]}";
        return request(
                model,
                "Inference-Header-Content-Length: " + header.length() + "\r\n",
                header,
                ELEMENTS * (Long.BYTES + Float.BYTES));
    }

    private static byte[] request(String model, String header, String body, int zeros) {
        int length = body.length() + zeros;
        byte[] text = ("POST /v2/models/" + model + "/infer HTTP/1.1\r\nHost: rehearsal\r\n"
                        + "Content-Type: application/json\r\nContent-Length: " + length + "\r\n" + header + "\r\n"
                        + body)
                .getBytes(StandardCharsets.US_ASCII);
        return Arrays.copyOf(text, text.length + zeros);
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

    private static void delete(Path root) throws IOException {
        try (Stream<Path> files = Files.walk(root)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.deleteIfExists(file);
            }
        }
    }
}
