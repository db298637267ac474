package dev.nereid.server.cache;

import static org.assertj.core.api.Assertions.assertThat;

import dev.nereid.memory.NativeMemory;
import dev.nereid.proto.inference.ModelConfig;
import dev.nereid.proto.inference.ModelDynamicBatching;
import dev.nereid.server.backend.Batch;
import dev.nereid.server.backend.Execution;
import dev.nereid.server.backend.ModelInstance;
import dev.nereid.server.observe.ModelStatistics;
import dev.nereid.server.observe.StatisticsOptions;
import dev.nereid.server.observe.StatisticsSnapshot;
import dev.nereid.server.protocol.CorrelationId;
import dev.nereid.server.protocol.InferException;
import dev.nereid.server.protocol.InferRequest;
import dev.nereid.server.protocol.InferResponse;
import dev.nereid.server.protocol.OutputTensor;
import dev.nereid.server.protocol.ResponseSink;
import dev.nereid.server.schedule.Clock;
import dev.nereid.server.schedule.Schedulers;
import dev.nereid.server.schedule.SharedDevice;
import dev.nereid.server.schedule.limit.Turn;
import dev.nereid.tensor.DataType;
import dev.nereid.tensor.Shape;
import dev.nereid.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Random;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * Clients on threads of their own ask models behind one small cache for random keys, cancel, and close their responses
 * late; models break now and then. Runs for {@code -Dnereid.test.stress.seconds} (2), from the seed {@code
 * -Dnereid.test.stress.seed} where it is given.
 */
@Tag("soak")
class CacheStressTest {
    /** Answers are kept to the end, which must not keep responses. */
    private static final InferResponse NO_RESPONSE = new InferResponse("m", "1", "", Map.of(), List.of(), () -> {});

    private static final int CLIENTS = 6;
    private static final int KEYS = 40;
    private static final int MODELS = 2;

    private final Queue<String> faults = new ConcurrentLinkedQueue<>();
    private final AtomicInteger executions = new AtomicInteger();

    /** The answer to a key of a model: so many bytes of that content. */
    private static int bytes(int model, int key) {
        return 100 + model + key * key * 10;
    }

    private static byte content(int model, int key) {
        return (byte) (model * 50 + key + 1);
    }

    /** Answers from memory that is freed when the response is closed. */
    private final class Instance implements ModelInstance {
        private final int model;
        private final Random random;

        private Instance(int model, long seed) {
            this.model = model;
            this.random = new Random(seed);
        }

        @Override
        public void execute(Batch batch) {
            executions.incrementAndGet();
            LockSupport.parkNanos(random.nextInt(200_000));
            if (random.nextInt(20) == 0) {
                throw InferException.internal("the model is broken");
            }
            for (Execution execution : batch.executions()) {
                if (execution.request().cancelled()) {
                    execution.fail(new InferException(InferException.Code.CANCELLED, "Request cancelled"));
                    continue;
                }
                int key = execution.input("X").orElseThrow().segment().get(ValueLayout.JAVA_INT, 0);
                NativeMemory memory = NativeMemory.allocate(bytes(model, key));
                memory.segment().fill(content(model, key));
                Tensor tensor = Tensor.of(DataType.UINT8, Shape.of(1, bytes(model, key)), memory.segment());
                String id = execution.request().header().id();
                execution.respond(
                        new InferResponse("m", "1", id, Map.of(), List.of(new OutputTensor("Y", tensor)), () -> {
                            memory.segment().fill((byte) 0);
                            memory.close();
                        }),
                        true);
            }
        }

        @Override
        public void close() {}
    }

    /** One request: checks its answer, and keeps the response open for a while where it should. */
    private final class Answer implements ResponseSink {
        private final int model;
        private final int key;
        private final boolean late;
        private final Semaphore inFlight;
        private final Queue<Answer> open;
        private final AtomicInteger finals = new AtomicInteger();
        private volatile InferResponse response = NO_RESPONSE;
        private volatile String error = "";

        private Answer(int model, int key, boolean late, Semaphore inFlight, Queue<Answer> open) {
            this.model = model;
            this.key = key;
            this.late = late;
            this.inFlight = inFlight;
            this.open = open;
        }

        @Override
        public void respond(InferResponse answer, boolean last) {
            response = answer;
            if (late) {
                open.add(this);
            } else {
                check();
            }
            finish();
        }

        private void check() {
            MemorySegment segment = response.outputs().getFirst().tensor().segment();
            if (segment.byteSize() != bytes(model, key)
                    || segment.get(ValueLayout.JAVA_BYTE, 0) != content(model, key)
                    || segment.get(ValueLayout.JAVA_BYTE, segment.byteSize() - 1) != content(model, key)) {
                faults.add("key " + key + " of model " + model + " got another's answer or freed memory");
            }
            response.close();
            response = NO_RESPONSE;
        }

        @Override
        public void fail(InferException failure) {
            error = failure.text();
            finish();
        }

        @Override
        public void end() {
            faults.add("a request ended without an answer");
            finish();
        }

        private void finish() {
            finals.incrementAndGet();
            inFlight.release();
        }
    }

    @Test
    void answersEveryRequestOnceAndLeavesNoByteBehind() throws InterruptedException {
        long seed = Long.getLong("nereid.test.stress.seed", 42);
        Duration time = Duration.ofSeconds(Integer.getInteger("nereid.test.stress.seconds", 2));
        System.out.println("cache stress from seed " + seed);
        long before = NativeMemory.liveBytes();
        LocalCache cache = new LocalCache(60_000, Clock.system());
        List<ModelStatistics> statistics = new ArrayList<>();
        List<CachingScheduler> models = new ArrayList<>();
        for (int model = 0; model < MODELS; model++) {
            statistics.add(new ModelStatistics(StatisticsOptions.of(false)));
            models.add(scheduler(model, cache, statistics.getLast(), seed));
        }
        List<List<Answer>> sent = new ArrayList<>();
        List<Thread> clients = new ArrayList<>();
        for (int i = 0; i < CLIENTS; i++) {
            List<Answer> answers = new ArrayList<>();
            sent.add(answers);
            Random random = new Random(seed + i);
            clients.add(Thread.ofPlatform()
                    .start(() -> client(models, random, System.nanoTime() + time.toNanos(), answers)));
        }
        for (Thread client : clients) {
            client.join();
        }
        models.forEach(CachingScheduler::close);
        List<Answer> all = sent.stream().flatMap(List::stream).toList();
        assertThat(faults).as("seed %d", seed).isEmpty();
        assertThat(all).as("seed %d", seed).isNotEmpty().allMatch(answer -> answer.finals.get() == 1);
        assertThat(all.stream().map(answer -> answer.error).distinct())
                .isSubsetOf("", "the model is broken", "Request cancelled");
        assertThat(executions.get())
                .as("many were answered without an execution")
                .isLessThan(all.size());
        long counted = 0;
        for (ModelStatistics each : statistics) {
            StatisticsSnapshot snapshot = each.snapshot();
            counted += snapshot.success().count() + snapshot.fail().count();
            assertThat(snapshot.success().count())
                    .isEqualTo(snapshot.compute().infer().count()
                            + snapshot.cacheHit().count());
            assertThat(snapshot.pendingCount()).isZero();
        }
        assertThat(counted).isEqualTo(all.size());
        assertThat(cache.snapshot().evictions()).isPositive();
        assertThat(cache.snapshot().entries()).isZero();
        assertThat(cache.snapshot().bytes()).isZero();
        assertThat(cache.heldBytes()).isZero();
        cache.close();
        assertThat(NativeMemory.liveBytes()).isEqualTo(before);
    }

    private CachingScheduler scheduler(int model, LocalCache cache, ModelStatistics statistics, long seed) {
        ModelConfig.Builder config =
                ModelConfig.newBuilder().setName("m" + model).setMaxBatchSize(8);
        if (model == 0) {
            config.setDynamicBatching(
                    ModelDynamicBatching.newBuilder().addPreferredBatchSize(8).setPreserveOrdering(true));
        }
        return new CachingScheduler(
                Schedulers.of(
                        config.build(),
                        List.of(
                                Schedulers.lane(new Instance(model, seed), "stress-" + model + "-0", Turn.FREE),
                                Schedulers.lane(new Instance(model, seed + 1), "stress-" + model + "-1", Turn.FREE)),
                        statistics,
                        Clock.system(),
                        new SharedDevice()),
                cache,
                () -> "m" + model,
                statistics,
                Clock.system(),
                model == 0);
    }

    /** Sends with a few requests in flight, until the time is up and all are answered. */
    private void client(List<CachingScheduler> models, Random random, long deadline, List<Answer> answers) {
        int most = 8;
        Semaphore inFlight = new Semaphore(most);
        Queue<Answer> open = new ConcurrentLinkedQueue<>();
        List<InferRequest> requests = new ArrayList<>();
        while (System.nanoTime() - deadline < 0) {
            inFlight.acquireUninterruptibly();
            int model = random.nextInt(MODELS);
            int key = random.nextInt(KEYS) * random.nextInt(2);
            Answer answer = new Answer(model, key, random.nextInt(4) == 0, inFlight, open);
            answers.add(answer);
            InferRequest.Header header =
                    new InferRequest.Header("m", "", "", CorrelationId.NONE, false, false, 0, 0, Map.of());
            InferRequest request =
                    new InferRequest(header, List.of(CacheFixture.input(key)), List.of(), List.of(), System.nanoTime());
            requests.add(request);
            if (requests.size() > most) {
                requests.removeFirst();
            }
            models.get(model).submit(request, answer);
            if (random.nextInt(6) == 0) {
                requests.get(random.nextInt(requests.size())).cancel();
            }
            while (open.size() > random.nextInt(6)) {
                open.remove().check();
            }
        }
        inFlight.acquireUninterruptibly(most);
        open.forEach(Answer::check);
    }
}
