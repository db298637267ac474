package dev.nereid.server.schedule.adaptive;

import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.PriorityQueue;
import org.jspecify.annotations.Nullable;

/**
 * The requests of a model that wait: a queue for each shape, in the order of their deadlines, or a single one in the
 * order of arrival where answers must keep it.
 */
final class Waiting<R> {
    private static final Object ALL = "all shapes";

    /** Requests that may share a batch, or all where the order of arrival counts. */
    static final class Group<R> {
        private final PriorityQueue<Entry<R>> entries;
        private WorkSize load = WorkSize.NONE;

        private Group(Comparator<Entry<R>> order) {
            entries = new PriorityQueue<>(order);
        }

        /** The next one; the group has one. */
        AdaptiveRequest<R> first() {
            return entries.element().job();
        }

        /** The work of all of them. */
        WorkSize load() {
            return load;
        }

        boolean isEmpty() {
            return entries.isEmpty();
        }
    }

    private record Entry<R>(AdaptiveRequest<R> job, long sequence) {}

    private final boolean keepOrder;
    private final Comparator<Entry<R>> order;
    private final Map<Object, Group<R>> groups = new LinkedHashMap<>();
    private long sequence;
    private int size;

    /** @param keepOrder whether requests leave in the order of arrival, whatever their deadlines and shapes */
    Waiting(boolean keepOrder) {
        this.keepOrder = keepOrder;
        // Spelt out, for chains of comparators are several times slower and this runs for every request.
        order = keepOrder
                ? (left, right) -> Long.compare(left.sequence(), right.sequence())
                : (left, right) -> {
                    int byDeadline =
                            Long.compare(left.job().deadlineNanos(), right.job().deadlineNanos());
                    return byDeadline != 0 ? byDeadline : Long.compare(left.sequence(), right.sequence());
                };
    }

    void add(AdaptiveRequest<R> job) {
        Group<R> group = groups.computeIfAbsent(keepOrder ? ALL : job.shape(), _ -> new Group<>(order));
        group.entries.add(new Entry<>(job, sequence++));
        group.load = group.load.plus(job.load());
        size++;
    }

    /** The group whose first request comes before those of the others; empty where nothing waits. */
    Optional<Group<R>> mostUrgent() {
        @Nullable Group<R> urgent = null;
        for (Group<R> group : groups.values()) {
            if (urgent == null || order.compare(group.entries.element(), urgent.entries.element()) < 0) {
                urgent = group;
            }
        }
        return Optional.ofNullable(urgent);
    }

    /** Takes the first request out of a group that has one. */
    AdaptiveRequest<R> removeFirst(Group<R> group) {
        AdaptiveRequest<R> job = group.entries.remove().job();
        size--;
        if (group.isEmpty()) {
            groups.remove(keepOrder ? ALL : job.shape());
            group.load = WorkSize.NONE;
        } else {
            group.load = group.load.minus(job.load());
        }
        return job;
    }

    /** Forgets them all. */
    void clear() {
        groups.clear();
        size = 0;
    }

    /** The work of all that wait. */
    WorkSize load() {
        WorkSize load = WorkSize.NONE;
        for (Group<R> group : groups.values()) {
            load = load.plus(group.load);
        }
        return load;
    }

    int size() {
        return size;
    }

    /** Queues that have requests. */
    int groups() {
        return groups.size();
    }

    /** Whether a request of this shape may follow those taken before it in the same batch. */
    boolean joins(AdaptiveRequest<R> first, AdaptiveRequest<R> next) {
        return !keepOrder || first.shape().equals(next.shape());
    }
}
