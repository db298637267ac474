package dev.nereid.server.cache;

import static org.assertj.core.api.Assertions.assertThat;

import dev.nereid.server.observe.ModelStatistics;
import dev.nereid.server.observe.StatisticsOptions;
import dev.nereid.server.protocol.CorrelationId;
import dev.nereid.server.protocol.InferException;
import dev.nereid.server.protocol.InferRequest;
import dev.nereid.server.protocol.InferResponse;
import dev.nereid.server.protocol.OutputTensor;
import dev.nereid.server.protocol.ResponseSink;
import dev.nereid.server.schedule.Clock;
import dev.nereid.server.schedule.Lane;
import dev.nereid.server.schedule.Scheduler;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** A scheduler behind a cache that others use too: who waits for it, and who does not. */
class RemoteLookUpTest {
    private static final long PATIENCE_NANOS = 20_000_000_000L;

    /** Answers each request with its inputs. */
    private final class Echo implements Scheduler {
        @Override
        public void submit(InferRequest request, ResponseSink sink) {
            executions.incrementAndGet();
            if (throwing) {
                throw new IllegalStateException("broken");
            }
            List<OutputTensor> outputs = request.inputs().stream()
                    .map(input -> new OutputTensor("Y", input.tensor()))
                    .toList();
            sink.respond(new InferResponse("m", "1", request.header().id(), Map.of(), outputs, () -> {}), true);
        }

        @Override
        public CompletableFuture<Void> change(List<Lane> added, List<Lane> removed) {
            return CompletableFuture.completedFuture(null);
        }

        @Override
        public OptionalInt wantedInstances() {
            return OptionalInt.empty();
        }

        @Override
        public void forget() {}

        @Override
        public void refuse() {}

        @Override
        public void close() {}
    }

    private final AtomicInteger executions = new AtomicInteger();
    private volatile boolean throwing;
    private final List<String> heard = new CopyOnWriteArrayList<>();
    private final FakeRedis redis = new FakeRedis();
    private final ModelStatistics statistics = new ModelStatistics(StatisticsOptions.of(false));
    private final RedisCache cache = RedisCache.connect(
            new CacheConfig.Redis(
                    "127.0.0.1",
                    redis.port(),
                    Optional.empty(),
                    Optional.empty(),
                    0,
                    Duration.ofSeconds(20),
                    Duration.ofSeconds(20),
                    4,
                    Duration.ofSeconds(20),
                    Optional.empty()),
            Clock.system());
    private final CachingScheduler scheduler =
            new CachingScheduler(new Echo(), cache, () -> "model", statistics, Clock.system(), false);

    @AfterEach
    void close() {
        scheduler.close();
        await(() -> cache.heldBytes() == 0); // one may still be on its way
        cache.close();
        redis.close();
    }

    private InferRequest submit(String id, int value) {
        InferRequest.Header header =
                new InferRequest.Header("m", "", id, CorrelationId.NONE, false, false, 0, 0, Map.of());
        InferRequest request =
                new InferRequest(header, List.of(CacheFixture.input(value)), List.of(), List.of(), System.nanoTime());
        scheduler.submit(request, new ResponseSink() {
            @Override
            public void respond(InferResponse response, boolean last) {
                heard.add(response.id());
                response.close();
            }

            @Override
            public void fail(InferException error) {
                heard.add(id + " " + error.code());
            }

            @Override
            public void end() {
                heard.add(id + " end");
            }
        });
        return request;
    }

    private static void await(BooleanSupplier condition) {
        long end = System.nanoTime() + PATIENCE_NANOS;
        while (!condition.getAsBoolean()) {
            assertThat(System.nanoTime()).isLessThan(end);
            LockSupport.parkNanos(1_000_000);
        }
    }

    private long gets() {
        return redis.commands.stream().filter("GET"::equals).count();
    }

    @Test
    void theCallerWaitsForNobodyAndIdenticalRequestsShareALookUpAndAnExecution() {
        redis.mood = FakeRedis.Mood.WAITING;
        submit("a", 1);
        await(() -> gets() == 1);
        submit("b", 1);
        submit("c", 1);
        assertThat(heard).isEmpty();
        redis.mood = FakeRedis.Mood.WELL;
        await(() -> heard.size() == 3);
        assertThat(heard).containsExactlyInAnyOrder("a", "b", "c");
        assertThat(executions).hasValue(1);
        assertThat(gets()).isEqualTo(1);
        assertThat(statistics.snapshot().cacheMiss().count()).isEqualTo(1);
        assertThat(statistics.snapshot().cacheHit().count()).isEqualTo(2);
    }

    @Test
    void whatIsFoundAnswersAllThatWaited() {
        submit("a", 1);
        // Until its answer is out, who asks the same goes along with it.
        await(() -> redis.values.size() == 1 && heard.size() == 1);
        redis.mood = FakeRedis.Mood.WAITING;
        submit("b", 1);
        await(() -> gets() == 2);
        submit("c", 1);
        InferRequest cancelled = submit("d", 1);
        cancelled.cancel();
        redis.mood = FakeRedis.Mood.WELL;
        await(() -> heard.size() == 4);
        assertThat(heard).containsExactlyInAnyOrder("a", "b", "c", "d CANCELLED");
        assertThat(executions).hasValue(1);
        assertThat(statistics.snapshot().cacheHit().count()).isEqualTo(2);
    }

    @Test
    void aSchedulerThatThrowsLeavesNobodyWithoutAnAnswer() {
        throwing = true;
        redis.mood = FakeRedis.Mood.WAITING;
        submit("a", 1);
        await(() -> gets() == 1);
        submit("b", 1);
        submit("c", 1);
        redis.mood = FakeRedis.Mood.WELL;
        await(() -> heard.size() == 3);
        assertThat(heard).containsExactlyInAnyOrder("a INTERNAL", "b INTERNAL", "c INTERNAL");
        assertThat(executions).hasValue(3);
    }

    @Test
    void otherRequestsDoNotWaitForThem() {
        redis.mood = FakeRedis.Mood.WAITING;
        submit("a", 1);
        submit("b", 2);
        await(() -> gets() == 2);
        redis.mood = FakeRedis.Mood.WELL;
        await(() -> heard.size() == 2);
        assertThat(executions).hasValue(2);
    }
}
