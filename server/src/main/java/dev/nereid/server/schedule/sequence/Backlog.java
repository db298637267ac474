package dev.nereid.server.schedule.sequence;

import dev.nereid.server.protocol.CorrelationId;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.PriorityQueue;
import java.util.SequencedSet;
import java.util.TreeMap;

/** The sequences that wait for a slot, the oldest first. Under the scheduler's lock. */
final class Backlog {
    private final SequencedSet<BacklogEntry> entries = new LinkedHashSet<>();
    /** Those whose END has not come. Ordered, as clients choose the ids and could choose ids of one hash code. */
    private final Map<CorrelationId, BacklogEntry> open = new TreeMap<>();
    /** Those that have a time to expire at. */
    private final PriorityQueue<BacklogEntry> expiring =
            new PriorityQueue<>(Comparator.comparingLong(BacklogEntry::expiresNanos));

    private int requests;

    /** The entry that further requests of an id belong to. */
    Optional<BacklogEntry> find(CorrelationId id) {
        return Optional.ofNullable(open.get(id));
    }

    /** Adds a request to the entry of its id, which may be new; with END the id is forgotten. */
    void add(SequenceRequest request) {
        CorrelationId id = request.sequence().id();
        BacklogEntry entry = open.computeIfAbsent(id, BacklogEntry::new);
        entries.add(entry);
        long before = entry.expiresNanos();
        if (before != Long.MAX_VALUE) {
            expiring.remove(entry);
        }
        entry.add(request);
        if (entry.expiresNanos() != Long.MAX_VALUE) {
            expiring.add(entry);
        }
        requests++;
        if (request.isEnd()) {
            open.remove(id);
        }
    }

    /** Takes the oldest entry out. There must be one. */
    BacklogEntry poll() {
        BacklogEntry entry = entries.getFirst();
        remove(entry);
        return entry;
    }

    /** Takes out what has expired. */
    List<BacklogEntry> expire(long nowNanos) {
        List<BacklogEntry> expired = new ArrayList<>(0);
        for (BacklogEntry next = expiring.peek();
                next != null && next.expiresNanos() <= nowNanos;
                next = expiring.peek()) {
            remove(next);
            expired.add(next);
        }
        return expired;
    }

    /** When the next entry expires; {@link Long#MAX_VALUE} for never. */
    long nextExpiry() {
        BacklogEntry next = expiring.peek();
        return next == null ? Long.MAX_VALUE : next.expiresNanos();
    }

    /** Sequences whose END has not come. */
    int open() {
        return open.size();
    }

    /** Requests in all entries. */
    int requests() {
        return requests;
    }

    private void remove(BacklogEntry entry) {
        entries.remove(entry);
        open.remove(entry.id(), entry);
        if (entry.expiresNanos() != Long.MAX_VALUE) {
            expiring.remove(entry);
        }
        requests -= entry.requests().size();
    }
}
