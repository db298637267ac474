package dev.nereid.server.cache;

import dev.nereid.server.observe.CacheSnapshot;
import dev.nereid.server.schedule.Clock;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.HexFormat;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Answers in a Redis, which other servers and later lives of this one may use too. What is there under which key depends on
 * the request and on what the model is, not on who asked. Redis decides what stays and for how long. Where it cannot be
 * reached, nothing is found and nothing stored: that is logged once, and it is asked again after a while. Any thread.
 */
final class RedisCache extends ResponseCache {
    /** Whoever changes how an answer is written changes this too. */
    private static final String PREFIX = "nereid:1:";

    /** Redis takes no larger value. */
    private static final long MOST_BYTES = 512L << 20;

    /** How long a Redis that could not be reached is left alone. */
    private static final long PAUSE_NANOS = Duration.ofSeconds(1).toNanos();

    /** Answers on their way; while there are so many, others are not stored. */
    private static final int MOST_PENDING = 64;

    private static final long CLOSE_MILLIS = 2000;

    private static final Logger LOG = LoggerFactory.getLogger(RedisCache.class);

    private final RedisConnections redis;
    private final Clock clock;
    private final AtomicLong owners = new AtomicLong();
    private final Map<Long, String> identities = new ConcurrentHashMap<>();
    private final Semaphore pending = new Semaphore(MOST_PENDING);
    private final AtomicBoolean failing = new AtomicBoolean();
    private final AtomicBoolean malformedTold = new AtomicBoolean();
    private final AtomicLong pausedUntil;
    private volatile boolean closed;

    private RedisCache(RedisConnections redis, Clock clock) {
        this.redis = redis;
        this.clock = clock;
        this.pausedUntil = new AtomicLong(clock.nanos());
    }

    /**
     * Connects.
     *
     * @throws IllegalArgumentException in Triton's words if Redis cannot be reached, or lets nobody in
     */
    static RedisCache connect(CacheConfig.Redis config, Clock clock) {
        RedisConnections redis = new RedisConnections(config);
        try {
            redis.ping();
        } catch (RedisFailure e) {
            redis.close();
            throw new IllegalArgumentException("Failed to initialize RedisCache: " + e.getMessage(), e);
        }
        LOG.info("response cache: {}", config);
        return new RedisCache(redis, clock);
    }

    @Override
    long newOwner(Supplier<String> identity) {
        long owner = owners.incrementAndGet();
        identities.put(owner, identity.get());
        return owner;
    }

    @Override
    boolean isRemote() {
        return true;
    }

    @Override
    Optional<CachedAnswer> find(CacheKey key) {
        Optional<byte[]> name = name(key);
        if (name.isEmpty() || isPaused()) {
            return Optional.empty();
        }
        try {
            Optional<byte[]> value = redis.get(name.get());
            succeeded();
            return value.isPresent() ? Optional.of(AnswerCodec.decode(value.get(), memory())) : Optional.empty();
        } catch (RedisFailure e) {
            failed(e);
        } catch (IllegalArgumentException e) {
            if (!malformedTold.getAndSet(true)) {
                LOG.error("the response cache holds something else than answers: {}; said once", e.getMessage());
            }
        } catch (RuntimeException | OutOfMemoryError e) {
            LOG.error("an answer of the response cache could not be read", e);
        }
        return Optional.empty();
    }

    @Override
    long mostBytes() {
        return MOST_BYTES;
    }

    /** What cannot be sent now is as good as evicted at once. */
    @Override
    Insertion insert(CacheKey key, CachedAnswer answer, long startNanos) {
        Optional<byte[]> name = name(key);
        if (closed || name.isEmpty() || answer.bytes() > MOST_BYTES) {
            return Insertion.REFUSED;
        }
        if (isPaused() || !pending.tryAcquire()) {
            return Insertion.STORED;
        }
        answer.hold();
        try {
            Thread.ofVirtual().name("redis-insertion").start(() -> send(name.get(), answer));
        } catch (RuntimeException | Error e) {
            answer.release();
            pending.release();
            throw e;
        }
        return Insertion.STORED;
    }

    private void send(byte[] name, CachedAnswer answer) {
        try {
            redis.set(name, AnswerCodec.encode(answer));
            succeeded();
        } catch (RedisFailure e) {
            failed(e);
        } catch (RuntimeException | OutOfMemoryError e) {
            LOG.error("an answer could not be sent to the response cache", e);
        } finally {
            answer.release();
            pending.release();
        }
    }

    /** The answers stay: another server may have the same model. */
    @Override
    void invalidate(long owner) {
        identities.remove(owner);
    }

    @Override
    public Optional<CacheSnapshot> metrics() {
        return Optional.empty();
    }

    /** Waits a moment for answers on their way. */
    @Override
    public void close() {
        closed = true;
        try {
            if (!pending.tryAcquire(MOST_PENDING, CLOSE_MILLIS, TimeUnit.MILLISECONDS)) {
                LOG.warn("answers on their way to the response cache are given up");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        redis.close();
        super.close();
    }

    /** Where an answer lies; empty where its model has gone. */
    private Optional<byte[]> name(CacheKey key) {
        return Optional.ofNullable(identities.get(key.owner())).map(identity -> {
            byte[] digest = ByteBuffer.allocate(4 * Long.BYTES)
                    .putLong(key.digest0())
                    .putLong(key.digest1())
                    .putLong(key.digest2())
                    .putLong(key.digest3())
                    .array();
            return (PREFIX + identity + ":" + HexFormat.of().formatHex(digest)).getBytes(StandardCharsets.US_ASCII);
        });
    }

    private boolean isPaused() {
        return clock.nanos() - pausedUntil.get() < 0;
    }

    private void failed(RedisFailure failure) {
        if (failure.isUnreachable()) {
            pausedUntil.set(clock.nanos() + PAUSE_NANOS);
        }
        if (!failing.getAndSet(true)) {
            LOG.error(
                    "the response cache does not work, requests are computed meanwhile: {}; said once until it does",
                    failure.getMessage());
        }
    }

    private void succeeded() {
        if (failing.get() && failing.getAndSet(false)) {
            LOG.info("the response cache works again");
        }
    }
}
