package dev.nereid.server.schedule;

import static org.assertj.core.api.Assertions.assertThat;

import dev.nereid.proto.inference.ModelRateLimiter;
import dev.nereid.server.backend.Batch;
import dev.nereid.server.backend.Execution;
import dev.nereid.server.backend.ModelInstance;
import dev.nereid.server.observe.ModelStatistics;
import dev.nereid.server.protocol.CorrelationId;
import dev.nereid.server.protocol.InferException;
import dev.nereid.server.protocol.InferRequest;
import dev.nereid.server.protocol.InferResponse;
import dev.nereid.server.protocol.ResponseSink;
import dev.nereid.server.schedule.limit.RateLimitConfig;
import dev.nereid.server.schedule.limit.RateLimiter;
import dev.nereid.tensor.Shape;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.Queue;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * Models that share two resources, under clients on threads of their own that send, cancel, and add and remove
 * instances. Nobody may hold more than there is, and everybody is answered. Runs for {@code
 * -Dnereid.test.stress.seconds} (2), from the seed {@code -Dnereid.test.stress.seed} where it is given.
 */
@Tag("soak")
class RateLimiterStressTest {
    private static final int MODELS = 5;
    private static final int CLIENTS = 4;
    private static final long THERE_IS = 3;

    private final Queue<String> faults = new ConcurrentLinkedQueue<>();
    private final AtomicInteger[] held = {new AtomicInteger(), new AtomicInteger()};
    private final AtomicInteger answers = new AtomicInteger();

    /** Checks that nobody holds more than there is while it works. */
    private final class Instance implements ModelInstance {
        private final int[] needs;
        private final Random random;

        private Instance(int[] needs, long seed) {
            this.needs = needs;
            this.random = new Random(seed);
        }

        @Override
        public void execute(Batch batch) {
            for (int i = 0; i < needs.length; i++) {
                if (held[i].addAndGet(needs[i]) > THERE_IS) {
                    faults.add("more is held of resource " + i + " than there is");
                }
            }
            LockSupport.parkNanos(random.nextInt(100_000));
            for (int i = 0; i < needs.length; i++) {
                held[i].addAndGet(-needs[i]);
            }
            if (random.nextInt(50) == 0) {
                throw InferException.internal("broken");
            }
            batch.executions().forEach(Instance::respond);
        }

        private static void respond(Execution execution) {
            execution.respond(new InferResponse("m", "1", "", Map.of(), List.of(), () -> {}), true);
        }

        @Override
        public void close() {}
    }

    private static ModelRateLimiter settings(int[] needs, int priority) {
        ModelRateLimiter.Builder settings = ModelRateLimiter.newBuilder().setPriority(priority);
        for (int i = 0; i < needs.length; i++) {
            settings.addResourcesBuilder().setName("R" + i).setCount(needs[i]);
        }
        return settings.build();
    }

    private Lane lane(RateLimiter.Model model, Random random) {
        int[] needs = {random.nextInt((int) THERE_IS + 1), random.nextInt(2)};
        return Schedulers.lane(
                new Instance(needs, random.nextLong()), "stress", model.newTurn(settings(needs, random.nextInt(4))));
    }

    @Test
    void holdsNoMoreThanThereIsAndAnswersEverybody() throws InterruptedException {
        long seed = Long.getLong("nereid.test.stress.seed", 42);
        long nanos = TimeUnit.SECONDS.toNanos(Integer.getInteger("nereid.test.stress.seconds", 2));
        System.out.println("rate limiter stress from seed " + seed);
        Random random = new Random(seed);
        RateLimiter limiter = RateLimiter.of(new RateLimitConfig(
                true,
                List.of(
                        new RateLimitConfig.Available("R0", THERE_IS, OptionalInt.empty()),
                        new RateLimitConfig.Available("R1", THERE_IS, OptionalInt.empty()))));
        List<QueuedScheduler> models = new ArrayList<>();
        List<RateLimiter.Model> limits = new ArrayList<>();
        for (int i = 0; i < MODELS; i++) {
            RateLimiter.Model limit = limiter.newModel();
            limits.add(limit);
            List<Lane> lanes = List.of(lane(limit, random), lane(limit, random));
            String batching = i % 2 == 0 ? "dynamic_batching { max_queue_delay_microseconds: 50 }" : "";
            models.add((QueuedScheduler) Schedulers.of(
                    SchedulerFixture.config(
                            "max_batch_size: 4 input { name: 'X' data_type: TYPE_INT32 dims: 1 } " + batching),
                    lanes,
                    new ModelStatistics(),
                    Clock.system(),
                    new SharedDevice()));
        }
        AtomicInteger sent = new AtomicInteger();
        List<Thread> threads = new ArrayList<>();
        long deadline = System.nanoTime() + nanos;
        for (int i = 0; i < CLIENTS; i++) {
            Random own = new Random(seed + i);
            threads.add(Thread.ofPlatform().start(() -> send(models, own, deadline, sent)));
        }
        threads.add(Thread.ofPlatform().start(() -> change(models, limits, new Random(seed - 1), deadline)));
        for (Thread thread : threads) {
            thread.join();
        }
        models.forEach(Scheduler::close);
        assertThat(faults).as("seed %d", seed).isEmpty();
        assertThat(answers.get()).as("seed %d", seed).isEqualTo(sent.get()).isPositive();
        assertThat(held[0].get() + held[1].get()).isZero();
    }

    private void send(List<QueuedScheduler> models, Random random, long deadline, AtomicInteger sent) {
        Semaphore inFlight = new Semaphore(16);
        while (System.nanoTime() - deadline < 0) {
            inFlight.acquireUninterruptibly();
            sent.incrementAndGet();
            InferRequest request = new InferRequest(
                    new InferRequest.Header("m", "", "", CorrelationId.NONE, false, false, 0, 0, Map.of()),
                    List.of(SchedulerFixture.input("X", Shape.of(1, 1))),
                    List.of(),
                    List.of(),
                    System.nanoTime());
            models.get(random.nextInt(MODELS)).submit(request, new ResponseSink() {
                @Override
                public void respond(InferResponse response, boolean last) {
                    response.close();
                    end();
                }

                @Override
                public void fail(InferException error) {
                    end();
                }

                @Override
                public void end() {
                    answers.incrementAndGet();
                    inFlight.release();
                }
            });
            if (random.nextInt(8) == 0) {
                request.cancel();
            }
        }
        inFlight.acquireUninterruptibly(16);
    }

    /** Adds an instance to a model and takes it away again, for ever. */
    private void change(List<QueuedScheduler> models, List<RateLimiter.Model> limits, Random random, long deadline) {
        while (System.nanoTime() - deadline < 0) {
            int model = random.nextInt(MODELS);
            Lane lane = lane(limits.get(model), random);
            CompletableFuture<Void> _ = models.get(model).change(List.of(lane), List.of());
            LockSupport.parkNanos(random.nextInt(2_000_000));
            CompletableFuture<Void> _ = models.get(model).change(List.of(), List.of(lane));
        }
    }
}
