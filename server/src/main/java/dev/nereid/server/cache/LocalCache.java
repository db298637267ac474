package dev.nereid.server.cache;

import dev.nereid.server.observe.CacheSnapshot;
import dev.nereid.server.schedule.Clock;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Supplier;

/**
 * The answers that all models of a server keep, in one budget of bytes: the entry that was used longest ago makes room
 * for a new one. An entry that was evicted while responses still show it keeps its memory until they are closed; it no
 * longer counts against the budget. Any thread; one lock, under which nothing is copied or digested.
 */
final class LocalCache extends ResponseCache {
    private final long capacity;
    private final Clock clock;
    private final AtomicLong owners = new AtomicLong();
    /** From the entry that was used longest ago to the one used last. */
    private final Map<CacheKey, CachedAnswer> entries = new LinkedHashMap<>(16, 0.75f, true);

    private long bytes;
    private long hits;
    private long misses;
    private long evictions;
    private long lookupNanos;
    private long insertionNanos;
    private boolean closed;

    /**
     * An empty cache.
     *
     * @param capacity bytes that the entries may take together, more than 0
     */
    LocalCache(long capacity, Clock clock) {
        if (capacity <= 0) {
            throw new IllegalArgumentException("the response cache needs more than 0 bytes, got " + capacity);
        }
        this.capacity = capacity;
        this.clock = clock;
    }

    @Override
    long newOwner(Supplier<String> identity) {
        return owners.incrementAndGet();
    }

    @Override
    boolean isRemote() {
        return false;
    }

    @Override
    Optional<CachedAnswer> find(CacheKey key) {
        long start = clock.nanos();
        synchronized (this) {
            CachedAnswer found = entries.get(key);
            if (found == null) {
                misses++;
            } else {
                found.hold();
                hits++;
            }
            lookupNanos += clock.nanos() - start;
            return Optional.ofNullable(found);
        }
    }

    @Override
    long mostBytes() {
        return capacity;
    }

    /** Makes an answer an entry, of which the cache is a holder, and evicts what is too much then. */
    @Override
    Insertion insert(CacheKey key, CachedAnswer answer, long startNanos) {
        List<CachedAnswer> evicted = new ArrayList<>(0);
        Insertion insertion;
        synchronized (this) {
            insertion = closed || answer.bytes() > capacity
                    ? Insertion.REFUSED
                    : entries.containsKey(key) ? Insertion.EXISTS : Insertion.STORED;
            if (insertion == Insertion.STORED) {
                while (bytes + answer.bytes() > capacity) {
                    evicted.add(evictEldest());
                }
                answer.hold();
                entries.put(key, answer);
                bytes += answer.bytes();
            }
            insertionNanos += clock.nanos() - startNanos;
        }
        evicted.forEach(CachedAnswer::release);
        return insertion;
    }

    /** Called with the lock held while there are entries. */
    private CachedAnswer evictEldest() {
        Iterator<CachedAnswer> fromEldest = entries.values().iterator();
        CachedAnswer eldest = fromEldest.next();
        fromEldest.remove();
        bytes -= eldest.bytes();
        evictions++;
        return eldest;
    }

    @Override
    void invalidate(long owner) {
        List<CachedAnswer> gone = new ArrayList<>();
        synchronized (this) {
            entries.entrySet().removeIf(entry -> {
                if (entry.getKey().owner() != owner) {
                    return false;
                }
                bytes -= entry.getValue().bytes();
                gone.add(entry.getValue());
                return true;
            });
        }
        gone.forEach(CachedAnswer::release);
    }

    /** The counters as they stand. */
    synchronized CacheSnapshot snapshot() {
        return new CacheSnapshot(capacity, bytes, entries.size(), hits, misses, evictions, lookupNanos, insertionNanos);
    }

    @Override
    public Optional<CacheSnapshot> metrics() {
        return Optional.of(snapshot());
    }

    @Override
    public void close() {
        List<CachedAnswer> gone;
        synchronized (this) {
            closed = true;
            gone = List.copyOf(entries.values());
            entries.clear();
            bytes = 0;
        }
        gone.forEach(CachedAnswer::release);
        super.close();
    }
}
