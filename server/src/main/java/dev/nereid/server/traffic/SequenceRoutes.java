package dev.nereid.server.traffic;

import dev.nereid.server.protocol.CorrelationId;
import java.util.OptionalLong;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.LongSupplier;

/**
 * Which version the running sequences of a model went to, whatever the traffic document says by now. A sequence that was
 * not heard of for the idle time is forgotten; beyond a number of them further ones are not noted, and go by the hash of their
 * ids. Any thread.
 */
final class SequenceRoutes {
    private static final int CLEAN_EVERY = 1024;

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
    private final AtomicInteger starts = new AtomicInteger();

    /** @param most sequences that are noted */
    SequenceRoutes(int most, LongSupplier nanoTime) {
        this.most = most;
        this.nanoTime = nanoTime;
    }

    boolean isEmpty() {
        return entries.isEmpty();
    }

    /** The version of a running sequence. */
    OptionalLong find(String label, CorrelationId id, long idleNanos) {
        Entry entry = entries.get(new Key(label, id));
        long now = nanoTime.getAsLong();
        if (entry == null || now - entry.usedNanos > idleNanos) {
            return OptionalLong.empty();
        }
        entry.usedNanos = now;
        return OptionalLong.of(entry.version);
    }

    /** Notes the version of a sequence. */
    void put(String label, CorrelationId id, long version, long idleNanos) {
        if (starts.incrementAndGet() % CLEAN_EVERY == 0 || entries.size() >= most) {
            long now = nanoTime.getAsLong();
            entries.values().removeIf(entry -> now - entry.usedNanos > idleNanos);
        }
        if (entries.size() < most) {
            entries.put(new Key(label, id), new Entry(version, nanoTime.getAsLong()));
        }
    }

    void remove(String label, CorrelationId id) {
        entries.remove(new Key(label, id));
    }
}
