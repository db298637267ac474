package dev.nereid.server.repository;

import static org.assertj.core.api.Assertions.assertThat;

import dev.nereid.memory.NativeMemory;
import dev.nereid.server.backend.Backends;
import dev.nereid.server.cache.CacheConfig;
import dev.nereid.server.cache.ResponseCache;
import dev.nereid.server.observe.CacheSnapshot;
import dev.nereid.server.protocol.CorrelationId;
import dev.nereid.server.protocol.InferException;
import dev.nereid.server.protocol.InferRequest;
import dev.nereid.server.protocol.InferResponse;
import dev.nereid.server.protocol.InputTensor;
import dev.nereid.server.protocol.ResponseSink;
import dev.nereid.server.schedule.Clock;
import dev.nereid.server.schedule.limit.RateLimitConfig;
import dev.nereid.server.schedule.limit.RateLimiter;
import dev.nereid.tensor.DataType;
import dev.nereid.tensor.Shape;
import dev.nereid.tensor.Tensor;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Queue;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * Never loses a request: real schedulers and threads under random load, cancellations, failing instances, full queues,
 * expiring requests, reloads, changes of the instances, unloads and the end of the server; with sequences and their states,
 * the response cache, the rate limiter and the adaptive policy beside one another. Every request gets exactly one
 * final answer, and nothing is left: no thread, no native byte. {@code -Dnereid.test.soak.seconds} says how long, {@code
 * -Dnereid.test.soak.seed} repeats the choices (not the order in which threads get their turns).
 */
@Tag("soak")
class SoakTest {
    private static final int SECONDS = Integer.getInteger("nereid.test.soak.seconds", 3);
    private static final long SEED = Long.getLong("nereid.test.soak.seed", 42);
    private static final int CLIENTS = 3;
    private static final int IN_FLIGHT_A_CLIENT = 40;
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    /** So little that entries are evicted too. */
    private static final long CACHE_BYTES = 20_000;

    private static final String BODY = """
            backend: "chaos"
            max_batch_size: 8
            input [ { name: "INPUT0" data_type: TYPE_FP32 dims: [ -1 ] } ]
            output [ { name: "OUTPUT0" data_type: TYPE_FP32 dims: [ -1 ] } ]
            """;

    /** An ensemble whose steps fail, forget and are unloaded like any model; its first step streams. */
    private static final String ENSEMBLE = BODY.replace("backend: \"chaos\"", "platform: \"ensemble\"") + """
            ensemble_scheduling { max_inflight_requests: 3 step [
              { model_name: "%s" model_version: -1
                input_map { key: "INPUT0" value: "INPUT0" } output_map { key: "OUTPUT0" value: "between" } },
              { model_name: "batched" model_version: -1
                input_map { key: "INPUT0" value: "between" } output_map { key: "OUTPUT0" value: "OUTPUT0" } } ] }
            """;

    private static final Map<String, String> ENSEMBLES = Map.of(
            "ensemble", ENSEMBLE.formatted("limited"),
            "stream", ENSEMBLE.formatted("ordered"));

    /** START and END, and a state that the backend changes now and then. */
    private static final String SEQUENCES = """
            sequence_batching { max_sequence_idle_microseconds: 20000 %s
              control_input [
                { name: "START" control [ { kind: CONTROL_SEQUENCE_START int32_false_true: [ 0, 1 ] } ] },
                { name: "END" control [ { kind: CONTROL_SEQUENCE_END int32_false_true: [ 0, 1 ] } ] } ]
              state [ { input_name: "IN" output_name: "OUT" data_type: TYPE_INT32 dims: [ 1 ] } ] }
            """;

    private static final String CACHED = "response_cache { enable: true } dynamic_batching { }";

    private static final Set<String> SEQUENCE_MODELS = Set.of("slots", "oldest");
    private static final int SEQUENCE_IDS = 12;

    /** Models whose instances share the one resource there is. */
    private static final Set<String> SHARING = Set.of("frugal", "greedy");

    private static final RateLimitConfig LIMITS =
            new RateLimitConfig(true, List.of(new RateLimitConfig.Available("R", 1, OptionalInt.empty())));

    private static final Map<String, String> MODELS = Map.of(
            "plain", "",
            "batched", "dynamic_batching { preferred_batch_size: [ 4 ] max_queue_delay_microseconds: 300 }",
            "slots", SEQUENCES.formatted("direct { }"),
            "oldest", SEQUENCES.formatted("oldest { max_candidate_sequences: 4 max_queue_delay_microseconds: 200 }"),
            "cached", CACHED,
            "frugal", "dynamic_batching { }",
            "greedy", CACHED,
            "adaptive", """
                    dynamic_batching { }
                    parameters { key: "scheduler.policy" value { string_value: "adaptive" } }
                    parameters { key: "scheduler.slo_ms" value { string_value: "5" } }
                    parameters { key: "scheduler.max_instances" value { string_value: "3" } }""",
            "limited", """
                    dynamic_batching { priority_levels: 2 default_priority_level: 2
                      default_queue_policy { max_queue_size: 10 default_timeout_microseconds: 2000
                        allow_timeout_override: true }
                      priority_queue_policy { key: 1 value { timeout_action: DELAY
                        default_timeout_microseconds: 1000 } } }""",
            "ordered", "dynamic_batching { preserve_ordering: true } model_transaction_policy { decoupled: true }");

    @TempDir
    Path root;

    private final ChaosBackend backend = new ChaosBackend(SEED);
    private final AtomicBoolean stop = new AtomicBoolean();
    private final AtomicLong submitted = new AtomicLong();
    private final AtomicLong answered = new AtomicLong();
    /** Models that have answered without an error. */
    private final Set<String> answering = ConcurrentHashMap.newKeySet();

    private final Map<String, AtomicLong> answers = new ConcurrentSkipListMap<>();
    private final Queue<String> problems = new ConcurrentLinkedQueue<>();
    private final Set<InferRequest> open = ConcurrentHashMap.newKeySet();

    @Test
    @Timeout(value = 20, unit = TimeUnit.MINUTES)
    void answersEveryRequestOnceAndLeavesNothingBehind() throws Exception {
        System.out.println("soak: -Dnereid.test.soak.seed=" + SEED + ", " + SECONDS + " s");
        long bytesBefore = NativeMemory.liveBytes();
        Set<Thread> threadsBefore = Thread.getAllStackTraces().keySet();
        MODELS.forEach((name, more) -> TestRepository.write(root, name, BODY + groups(name, 1) + more, 1));
        ENSEMBLES.forEach((name, config) -> TestRepository.write(root, name, config, 1));
        ResponseCache cache = ResponseCache.open(new CacheConfig.Local(CACHE_BYTES), Clock.system());
        ModelRepository repository = ModelRepository.open(
                TestRepository.config(ControlMode.EXPLICIT, root),
                new Backends(List.of(backend)),
                new SharedResources(Optional.of(cache), RateLimiter.of(LIMITS)));
        repository.loadStartupModels();
        assertThat(repository.startup().orTimeout(30, TimeUnit.SECONDS).join()).isEmpty();
        List<Thread> threads = new ArrayList<>();
        for (int i = 0; i < CLIENTS; i++) {
            Random random = new Random(SEED + i);
            threads.add(start("soak-client", () -> submitRequests(repository, random)));
        }
        Random random = new Random(SEED - 1);
        threads.add(start("soak-cancel", this::cancelRequests));
        threads.add(start("soak-operator", () -> operate(repository, random)));
        Thread.sleep(Duration.ofSeconds(SECONDS));

        assertThat(repository.close(PATIENCE)).as("closed under load").isTrue();
        stop.set(true);
        for (Thread thread : threads) {
            thread.join();
        }
        CacheSnapshot cached = cache.metrics().orElseThrow();
        System.out.println("soak: " + submitted + " requests, answers " + answers + ", " + cached);
        await(() -> answered.get() == submitted.get());
        assertThat(problems).isEmpty();
        assertThat(backend.staleReads()).isZero();
        assertThat(answered).hasValue(submitted.get());
        assertThat(open).isEmpty();
        assertThat(answering).as("every model has answered").containsAll(names());
        assertThat(answers.keySet()).as("what is to be soaked has happened").contains("ok", "CANCELLED", "UNAVAILABLE");
        assertThat(backend.stateUpdates()).as("states that were changed").isPositive();
        assertThat(backend.mostSharing())
                .as("instances at once that share one resource")
                .isEqualTo(1);
        assertThat(cached.hits()).as("answers from the cache").isPositive();
        assertThat(cached.entries()).as("entries of models that are unloaded").isZero();
        cache.close();
        await(() -> NativeMemory.liveBytes() == bytesBefore);
        assertThat(NativeMemory.liveBytes()).isEqualTo(bytesBefore);
        await(() -> newThreads(threadsBefore).isEmpty());
        assertThat(newThreads(threadsBefore)).isEmpty();
    }

    private static String groups(String name, int count) {
        String limiter = SHARING.contains(name) ? " rate_limiter { resources [ { name: \"R\" count: 1 } ] }" : "";
        return "instance_group [ { kind: KIND_CPU count: " + count + limiter + " } ]\n";
    }

    private Thread start(String name, Runnable task) {
        return Thread.ofPlatform().name(name).start(() -> {
            try {
                task.run();
            } catch (RuntimeException | Error e) {
                problems.add(name + ": " + e);
            }
        });
    }

    private static List<String> names() {
        return Stream.concat(MODELS.keySet().stream(), ENSEMBLES.keySet().stream())
                .sorted()
                .toList();
    }

    private void submitRequests(ModelRepository repository, Random random) {
        List<String> names = names();
        Semaphore room = new Semaphore(IN_FLIGHT_A_CLIENT);
        while (!stop.get()) {
            room.acquireUninterruptibly();
            Model model;
            try {
                model = repository.find(names.get(random.nextInt(names.size())), "");
            } catch (InferException e) {
                room.release(); // unloaded just now
                LockSupport.parkNanos(100_000);
                continue;
            }
            submit(model, random, room);
            if (random.nextInt(20) == 0) {
                LockSupport.parkNanos(random.nextInt(2_000_000));
            }
        }
    }

    private void submit(Model model, Random random, Semaphore room) {
        boolean inSequence = SEQUENCE_MODELS.contains(model.name());
        long batch = inSequence ? 1 : random.nextLong(1, 4);
        long width = random.nextLong(1, 3);
        NativeMemory memory = NativeMemory.allocate(batch * width * Float.BYTES);
        memory.segment().fill((byte) random.nextInt(8)); // few enough for the cache to know some
        Tensor tensor = Tensor.of(DataType.FP32, Shape.of(batch, width), memory.segment());
        InferRequest.Header header = new InferRequest.Header(
                model.name(),
                "",
                Long.toString(submitted.incrementAndGet()),
                inSequence ? new CorrelationId.Numeric(1 + random.nextInt(SEQUENCE_IDS)) : CorrelationId.NONE,
                inSequence && random.nextInt(3) == 0,
                inSequence && random.nextInt(6) == 0,
                random.nextInt(3),
                random.nextInt(3) * 500L,
                Map.of());
        InferRequest request = new InferRequest(
                header, List.of(new InputTensor("INPUT0", tensor)), List.of(), List.of(memory), System.nanoTime());
        open.add(request);
        try {
            model.infer(request, new CountingSink(request, room));
        } catch (IllegalStateException e) {
            LockSupport.parkNanos(1); // a refusal before the queue, whose sink threw
        }
    }

    /** Cancels requests in storms. */
    private void cancelRequests() {
        while (!stop.get()) {
            int left = 10;
            for (InferRequest request : open) {
                if (left-- == 0) {
                    break;
                }
                request.cancel();
            }
            LockSupport.parkNanos(3_000_000);
        }
    }

    /** Reloads, changes the instances of, unloads and loads the models. */
    private void operate(ModelRepository repository, Random random) {
        List<String> names = names();
        while (!stop.get()) {
            String name = names.get(random.nextInt(names.size()));
            try {
                switch (random.nextInt(3)) {
                    case 0 -> touch(name);
                    case 1 -> rewrite(name, 1 + random.nextInt(3));
                    default -> repository.unload(name, false);
                }
                repository.load(name, LoadParameters.NONE);
            } catch (InferException e) {
                if (!e.text().equals("Server not ready")) {
                    problems.add("operator: " + e.text());
                }
                return;
            }
            LockSupport.parkNanos(random.nextInt(5_000_000));
        }
    }

    /** Changes the instances of a model; an ensemble has none. */
    private void rewrite(String name, int instances) {
        String more = MODELS.get(name);
        if (more != null) {
            TestRepository.write(root, name, BODY + groups(name, instances) + more);
        }
    }

    private void touch(String name) {
        try {
            Path file = Files.writeString(root.resolve(name).resolve("1").resolve("model"), "x");
            Files.setLastModifiedTime(file, FileTime.fromMillis(1000 + backend.loads()));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void await(BooleanSupplier condition) {
        long deadline = System.nanoTime() + PATIENCE.toNanos();
        while (!condition.getAsBoolean() && System.nanoTime() - deadline < 0) {
            LockSupport.parkNanos(1_000_000);
        }
    }

    /** Threads of the server's that did not live before; those that the whole process shares stay. */
    private static List<String> newThreads(Set<Thread> before) {
        return Thread.getAllStackTraces().keySet().stream()
                .filter(thread -> !before.contains(thread) && thread.isAlive())
                .map(Thread::getName)
                .filter(name -> !name.equals("schedule-alarms")
                        && !name.startsWith("ForkJoinPool")
                        && !name.startsWith("VirtualThread")
                        && !name.contains("Cleaner"))
                .toList();
    }

    /** Counts the final answer of one request and gives its memory back. */
    private final class CountingSink implements ResponseSink {
        private final InferRequest request;
        private final Semaphore room;
        private final AtomicBoolean ended = new AtomicBoolean();

        private CountingSink(InferRequest request, Semaphore room) {
            this.request = request;
            this.room = room;
        }

        @Override
        public void respond(InferResponse response, boolean last) {
            response.close();
            if (last) {
                end("ok");
            } else if (ended.get()) {
                problems.add("request " + request.header().id() + " got a response after its last answer");
            }
        }

        @Override
        public void fail(InferException error) {
            end(error.code().name());
        }

        @Override
        public void end() {
            end("ok");
        }

        private void end(String answer) {
            if (!ended.compareAndSet(false, true)) {
                problems.add("request " + request.header().id() + " was answered twice: " + answer);
                return;
            }
            if (answer.equals("ok")) {
                answering.add(request.header().modelName());
            }
            answers.computeIfAbsent(answer, _ -> new AtomicLong()).incrementAndGet();
            open.remove(request);
            request.close();
            answered.incrementAndGet();
            room.release();
            if (Long.parseLong(request.header().id()) % 997 == 0) {
                throw new IllegalStateException("the client is gone"); // must hurt nobody else
            }
        }
    }
}
