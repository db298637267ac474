package dev.nereid.server.cache;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.nereid.server.CapturedLog;
import dev.nereid.server.protocol.InferResponse;
import dev.nereid.server.protocol.OutputTensor;
import dev.nereid.server.schedule.VirtualClock;
import dev.nereid.tensor.DataType;
import dev.nereid.tensor.Shape;
import dev.nereid.tensor.Tensor;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The cache in a Redis, with a stand-in for it. */
class RedisCacheTest {
    private static final long PATIENCE_NANOS = 20_000_000_000L;
    private static final String LEFT_ALONE = "the response cache does not work, requests are computed meanwhile: ";

    private final VirtualClock clock = new VirtualClock();

    private static CacheConfig.Redis config(int port, String password, int millis) {
        return new CacheConfig.Redis(
                "127.0.0.1",
                port,
                Optional.empty(),
                password.isEmpty() ? Optional.empty() : Optional.of(password),
                0,
                Duration.ofSeconds(5),
                Duration.ofMillis(millis),
                2,
                Duration.ofSeconds(5),
                Optional.empty());
    }

    private RedisCache connect(FakeRedis redis) {
        return RedisCache.connect(config(redis.port(), "", 5000), clock);
    }

    private static CacheKey key(long owner, int number) {
        return new CacheKey(owner, number, 2, 3, 4);
    }

    private static InferResponse response(int value) {
        MemorySegment memory = Arena.ofAuto().allocate(Integer.BYTES);
        memory.set(ValueLayout.JAVA_INT, 0, value);
        OutputTensor output = new OutputTensor("Y", Tensor.of(DataType.INT32, Shape.of(1, 1), memory));
        return new InferResponse("m", "1", "", Map.of(), List.of(output), () -> {});
    }

    private static ResponseCache.Insertion insert(RedisCache cache, CacheKey key, int value) {
        CachedAnswer answer = cache.copy(response(value));
        ResponseCache.Insertion insertion = cache.insert(key, answer, 0);
        answer.release();
        return insertion;
    }

    /** The number that an answer holds; -1 where there is none. */
    private static int find(RedisCache cache, CacheKey key) {
        Optional<CachedAnswer> found = cache.find(key);
        if (found.isEmpty()) {
            return -1;
        }
        int value = found.get().outputs().getFirst().tensor().segment().get(ValueLayout.JAVA_INT, 0);
        found.get().release();
        return value;
    }

    private static void await(BooleanSupplier condition) {
        long end = System.nanoTime() + PATIENCE_NANOS;
        while (!condition.getAsBoolean()) {
            assertThat(System.nanoTime()).isLessThan(end);
            LockSupport.parkNanos(1_000_000);
        }
    }

    /** Has one answer of a model stored, that of key 1; returns the model. */
    private static long storeOne(RedisCache cache, FakeRedis redis) {
        long model = cache.newOwner(() -> "model");
        insert(cache, key(model, 1), 7);
        await(() -> redis.values.size() == 1);
        return model;
    }

    @Test
    void serversWithTheSameModelHaveEachOthersAnswers() {
        try (FakeRedis redis = new FakeRedis();
                RedisCache first = connect(redis);
                RedisCache second = connect(redis)) {
            long model = first.newOwner(() -> "model");
            long same = second.newOwner(() -> "model");
            long other = second.newOwner(() -> "another");
            assertThat(find(first, key(model, 1))).isEqualTo(-1);
            assertThat(insert(first, key(model, 1), 7)).isEqualTo(ResponseCache.Insertion.STORED);
            await(() -> redis.values.size() == 1);
            assertThat(find(first, key(model, 1))).isEqualTo(7);
            assertThat(find(second, key(same, 1))).isEqualTo(7);
            assertThat(find(second, key(same, 2))).isEqualTo(-1);
            assertThat(find(second, key(other, 1))).isEqualTo(-1);

            second.invalidate(same);
            assertThat(find(second, key(same, 1))).isEqualTo(-1);
            assertThat(insert(second, key(same, 2), 7)).isEqualTo(ResponseCache.Insertion.REFUSED);
            assertThat(find(first, key(model, 1))).isEqualTo(7);
            assertThat(second.heldBytes()).isZero();
        }
    }

    @Test
    void anUnreachableRedisIsAMissIsLoggedOnceAndLeftAloneForASecond() {
        try (FakeRedis redis = new FakeRedis();
                RedisCache cache = connect(redis);
                CapturedLog log = CapturedLog.of(RedisCache.class)) {
            long model = cache.newOwner(() -> "model");
            redis.mood = FakeRedis.Mood.HANGING_UP;
            assertThat(find(cache, key(model, 1))).isEqualTo(-1);
            int asked = redis.commands.size();
            assertThat(find(cache, key(model, 1))).isEqualTo(-1);
            assertThat(insert(cache, key(model, 1), 7)).isEqualTo(ResponseCache.Insertion.STORED);
            assertThat(redis.commands).hasSize(asked);

            clock.advanceMicros(1_000_000);
            assertThat(find(cache, key(model, 1))).isEqualTo(-1);
            assertThat(redis.commands.size()).isGreaterThan(asked);
            assertThat(log.errors()).singleElement().asString().startsWith(LEFT_ALONE);

            redis.mood = FakeRedis.Mood.WELL;
            clock.advanceMicros(1_000_000);
            assertThat(insert(cache, key(model, 1), 7)).isEqualTo(ResponseCache.Insertion.STORED);
            await(() -> redis.values.size() == 1);
            assertThat(find(cache, key(model, 1))).isEqualTo(7);
            assertThat(log.lines()).contains("the response cache works again");
            assertThat(log.errors()).hasSize(1);
            await(() -> cache.heldBytes() == 0);
        }
    }

    @Test
    void aConnectionThatRedisHasClosedMeanwhileIsReplaced() {
        try (FakeRedis redis = new FakeRedis();
                RedisCache cache = connect(redis);
                CapturedLog log = CapturedLog.of(RedisCache.class)) {
            long model = storeOne(cache, redis);
            redis.hangUp();
            assertThat(find(cache, key(model, 1))).isEqualTo(7);
            assertThat(log.errors()).isEmpty();
        }
    }

    @Test
    void aRedisThatSaysNothingIsWaitedForAsLongAsItIsTold() {
        try (FakeRedis redis = new FakeRedis();
                RedisCache cache = RedisCache.connect(config(redis.port(), "", 50), clock)) {
            long model = cache.newOwner(() -> "model");
            redis.mood = FakeRedis.Mood.SILENT;
            long start = System.nanoTime();
            assertThat(find(cache, key(model, 1))).isEqualTo(-1);
            assertThat(System.nanoTime() - start).isBetween(40_000_000L, 10_000_000_000L);
        }
    }

    @Test
    void aCommandThatIsRefusedIsAMissAndTheNextOneIsTried() {
        try (FakeRedis redis = new FakeRedis();
                RedisCache cache = connect(redis);
                CapturedLog log = CapturedLog.of(RedisCache.class)) {
            long model = cache.newOwner(() -> "model");
            redis.mood = FakeRedis.Mood.REFUSING;
            insert(cache, key(model, 1), 7);
            await(() -> !log.errors().isEmpty());
            assertThat(log.errors().getFirst()).startsWith(LEFT_ALONE + "OOM command not allowed");
            redis.mood = FakeRedis.Mood.WELL;
            insert(cache, key(model, 1), 7);
            await(() -> redis.values.size() == 1);
            assertThat(find(cache, key(model, 1))).isEqualTo(7);
        }
    }

    @Test
    void whatIsNoAnswerIsAMissAndLoggedOnce() {
        try (FakeRedis redis = new FakeRedis();
                RedisCache cache = connect(redis);
                CapturedLog log = CapturedLog.of(RedisCache.class)) {
            long model = storeOne(cache, redis);
            redis.values.replaceAll((_, _) -> new byte[] {1, 2, 3});
            assertThat(find(cache, key(model, 1))).isEqualTo(-1);
            assertThat(find(cache, key(model, 1))).isEqualTo(-1);
            assertThat(log.errors())
                    .singleElement()
                    .asString()
                    .contains("something else than answers: expected an answer, got 3 bytes that end early");
            await(() -> cache.heldBytes() == 0);
        }
    }

    @ParameterizedTest
    @CsvSource({
        "wrong, WRONGPASS invalid username-password pair or user is disabled.",
        "'', NOAUTH Authentication required."
    })
    void whoeverIsNotLetInDoesNotStart(String password, String reason) {
        try (FakeRedis redis = new FakeRedis("secret")) {
            assertThatThrownBy(() -> RedisCache.connect(config(redis.port(), password, 5000), clock))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessage("Failed to initialize RedisCache: " + reason);
            RedisCache.connect(config(redis.port(), "secret", 5000), clock).close();
        }
    }

    @Test
    void whereThereIsNoRedisNothingStarts() throws IOException {
        int port;
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            port = socket.getLocalPort();
        }
        assertThatThrownBy(() -> RedisCache.connect(config(port, "", 5000), clock))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("Failed to initialize RedisCache: failed to connect to Redis (127.0.0.1:" + port
                        + "): Connection refused");
    }

    /** The suite L0_response_cache gives such a port. */
    @Test
    @Tag("found-17")
    void aPortThatIsNoNumberIsSaidToHaveNobodyListening() {
        assertThatThrownBy(() -> RedisCache.connect(config(0, "", 5000), clock))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage(
                        "Failed to initialize RedisCache: failed to connect to Redis (127.0.0.1:0): Connection refused. "
                                + "The port is to be a number of at least 1 and at most 65535");
    }

    @Test
    void thePasswordIsNotShown() {
        assertThat(config(6379, "secret", 1).toString()).doesNotContain("secret");
    }
}
