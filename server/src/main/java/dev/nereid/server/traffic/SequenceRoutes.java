package dev.nereid.server.traffic;

import dev.nereid.server.protocol.CorrelationId;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongSupplier;

/**
 * Which version the running sequences of a model went to, whatever the traffic document says by now. A sequence that was
 * not heard of for the idle time is forgotten; beyond a number of them further ones are not noted, and go by the hash of their
 * ids. Any thread.
 */
final class SequenceRoutes {
    /** How often sequences that are over are looked for, while any request of a sequence comes. */
    private static final long CLEAN_EVERY_NANOS = TimeUnit.SECONDS.toNanos(10);

    /** @param label what stood where the version stands; empty for requests that named none */
    private record Key(String label, CorrelationId id) implements Comparable<Key> {
        /** Clients choose the ids, and could choose ids of one hash code. */
        @Override
        public int compareTo(Key other) {
            int labels = label.compareTo(other.label);
            return labels != 0 ? labels : id.compareTo(other.id);
        }
    }

    private static final class Entry {
        private final long version;
        private volatile long usedNanos;

        private Entry(long version, long usedNanos) {
            this.version = version;
            this.usedNanos = usedNanos;
        }
    }

    private final int most;
    private final LongSupplier nanoTime;
    private final ConcurrentMap<Key, Entry> entries = new ConcurrentHashMap<>();
    private final AtomicLong nextClean;

    /** @param most sequences that are noted */
    SequenceRoutes(int most, LongSupplier nanoTime) {
        this.most = most;
        this.nanoTime = nanoTime;
        this.nextClean = new AtomicLong(nanoTime.getAsLong());
    }

    boolean isEmpty() {
        return entries.isEmpty();
    }

    /** The version of a running sequence. */
    OptionalLong find(String label, CorrelationId id, long idleNanos) {
        long now = nanoTime.getAsLong();
        clean(now, idleNanos);
        Entry entry = entries.get(new Key(label, id));
        if (entry == null || now - entry.usedNanos > idleNanos) {
            return OptionalLong.empty();
        }
        entry.usedNanos = now;
        return OptionalLong.of(entry.version);
    }

    /** Notes the version of a sequence. */
    void put(String label, CorrelationId id, long version, long idleNanos) {
        long now = nanoTime.getAsLong();
        clean(now, idleNanos);
        if (entries.size() < most) {
            entries.put(new Key(label, id), new Entry(version, now));
        }
    }

    private void clean(long now, long idleNanos) {
        long due = nextClean.get();
        if (now - due >= 0 && nextClean.compareAndSet(due, now + CLEAN_EVERY_NANOS)) {
            entries.values().removeIf(entry -> now - entry.usedNanos > idleNanos);
        }
    }

    /** Forgets the sequences of all other versions. */
    void retain(Set<Long> versions) {
        entries.values().removeIf(entry -> !versions.contains(entry.version));
    }

    void clear() {
        entries.clear();
    }

    void remove(String label, CorrelationId id) {
        entries.remove(new Key(label, id));
    }
}
