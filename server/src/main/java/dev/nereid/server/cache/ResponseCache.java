package dev.nereid.server.cache;

import dev.nereid.server.observe.CacheSnapshot;
import dev.nereid.server.protocol.InferResponse;
import dev.nereid.server.schedule.Clock;
import java.util.Optional;
import java.util.function.Supplier;

/** Where the models of a server keep their answers. Any thread. */
public abstract sealed class ResponseCache implements AutoCloseable permits LocalCache, RedisCache {
    /** What became of an answer that was to be stored. */
    enum Insertion {
        /** It is there, as long as the cache likes. */
        STORED,
        /** There was one of this key; it stays. */
        EXISTS,
        /** It is larger than the whole cache, or the cache is closed. */
        REFUSED
    }

    private final CacheMemory memory = new CacheMemory();

    /**
     * Opens a cache.
     *
     * @throws IllegalArgumentException with one sentence if it cannot be reached
     */
    public static ResponseCache open(CacheConfig config, Clock clock) {
        return switch (config) {
            case CacheConfig.Local local -> new LocalCache(local.bytes(), clock);
            case CacheConfig.Redis redis -> RedisCache.connect(redis, clock);
        };
    }

    /**
     * A number for one load of one model version: its entries are its own, and no more found when it has gone.
     *
     * @param identity what two loads have in common that may have each other's answers; only asked for where others use the
     *     same cache
     */
    abstract long newOwner(Supplier<String> identity);

    /** Whether a look-up may take so long that the caller should not wait for it. */
    abstract boolean isRemote();

    /** Looks an answer up; throws nothing. The caller becomes a holder of it and releases it. */
    abstract Optional<CachedAnswer> find(CacheKey key);

    /** Bytes that an answer may take at most. */
    abstract long mostBytes();

    /** Whether an answer could be stored at all, were the cache empty. */
    final boolean hasRoomFor(InferResponse response) {
        return CachedAnswer.leastBytes(response) <= mostBytes();
    }

    /** A copy of an answer, stored or not. The caller holds it and releases it. */
    final CachedAnswer copy(InferResponse response) {
        return CachedAnswer.copyOf(response, memory);
    }

    /** Where answers lie. */
    final CacheMemory memory() {
        return memory;
    }

    /** Native bytes of answers that the cache or responses hold. */
    final long heldBytes() {
        return memory.heldBytes();
    }

    /**
     * Stores an answer, or begins to; waits for nobody.
     *
     * @param startNanos when the insertion began: before the answer was copied
     */
    abstract Insertion insert(CacheKey key, CachedAnswer answer, long startNanos);

    /** Lets go of everything of one load of a model. */
    abstract void invalidate(long owner);

    /** The counters as they stand; empty where others use the cache too. */
    public abstract Optional<CacheSnapshot> metrics();

    /** Lets go of every answer and stores no more; what responses still show is freed when they are closed. */
    @Override
    public void close() {
        memory.close();
    }
}
