package dev.nereid.server.schedule.adaptive;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Which of the waiting requests make the next batch: those of the most urgent shape, in the order of their deadlines, as
 * many as can end before the first of them is due. A request whose deadline leaves time for a small batch only would
 * drag all others down with it when much waits, and is dropped.
 */
final class BatchRule<R> {
    /** The part of what is wanted that a batch must be able to hold. */
    private static final double ENOUGH = 0.9;

    /** Keeps an exact share from being missed by the last bit. */
    private static final double ROUNDING = 1 + 1e-9;

    private final AdaptiveSettings settings;
    private final CostModel cost;
    private final Waiting<R> waiting;
    private final Predicate<R> cancelled;

    BatchRule(AdaptiveSettings settings, CostModel cost, Waiting<R> waiting, Predicate<R> cancelled) {
        this.settings = settings;
        this.cost = cost;
        this.waiting = waiting;
        this.cancelled = cancelled;
    }

    /** Takes a batch out of the queue, and what must not run before it; empty where nothing is left. */
    Optional<Formed<R>> form(long nowNanos, Terms terms, List<Dropped<R>> dropped) {
        Optional<Waiting.Group<R>> urgent = waiting.mostUrgent();
        while (urgent.isPresent()) {
            Waiting.Group<R> group = urgent.get();
            Dropped.@Nullable Reason reason = reasonToDrop(group, nowNanos, terms);
            if (reason == null) {
                return Optional.of(take(group, nowNanos, terms, dropped));
            }
            dropped.add(new Dropped<>(waiting.removeFirst(group).request(), reason));
            urgent = waiting.mostUrgent();
        }
        return Optional.empty();
    }

    /**
     * Takes the first request alone that is wanted and not overdue, whatever it is expected to cost; empty where there is
     * none.
     */
    Optional<Formed<R>> probe(long nowNanos, List<Dropped<R>> dropped) {
        for (Optional<Waiting.Group<R>> urgent = waiting.mostUrgent();
                urgent.isPresent();
                urgent = waiting.mostUrgent()) {
            AdaptiveRequest<R> first = waiting.removeFirst(urgent.get());
            Dropped.@Nullable Reason reason = reasonNotToTry(first, nowNanos);
            if (reason == null) {
                return Optional.of(new Formed<>(List.of(first.request()), first.load(), cost.nanos(first.load())));
            }
            dropped.add(new Dropped<>(first.request(), reason));
        }
        return Optional.empty();
    }

    private Dropped.@Nullable Reason reasonNotToTry(AdaptiveRequest<R> job, long nowNanos) {
        if (cancelled.test(job.request())) {
            return Dropped.Reason.CANCELLED;
        }
        return job.slack(nowNanos) <= 0 ? Dropped.Reason.TOO_LATE : null;
    }

    private Dropped.@Nullable Reason reasonToDrop(Waiting.Group<R> group, long nowNanos, Terms terms) {
        AdaptiveRequest<R> first = group.first();
        Dropped.@Nullable Reason reason = reasonNotToTry(first, nowNanos);
        if (reason != null || !first.hasDeadline() || !cost.ready()) {
            return reason;
        }
        double slack = first.slack(nowNanos);
        if (cost.nanos(first.load()) > slack) {
            return Dropped.Reason.TOO_LATE;
        }
        double wanted = ENOUGH * Math.min(cost.workNanos(settings.limited(group.load())), terms.needNanos());
        return cost.fixedNanos() + wanted > slack ? Dropped.Reason.EARLY_DROP : null;
    }

    private Formed<R> take(Waiting.Group<R> group, long nowNanos, Terms terms, List<Dropped<R>> dropped) {
        AdaptiveRequest<R> first = waiting.removeFirst(group);
        List<R> requests = new ArrayList<>();
        requests.add(first.request());
        WorkSize load = first.load();
        double most = Math.min(first.slack(nowNanos), terms.mostNanos());
        double mostWork = share(group, first, terms);
        while (!group.isEmpty()) {
            AdaptiveRequest<R> next = group.first();
            if (cancelled.test(next.request())) {
                dropped.add(new Dropped<>(waiting.removeFirst(group).request(), Dropped.Reason.CANCELLED));
                continue;
            }
            WorkSize grown = load.plus(next.load());
            if (!waiting.joins(first, next) || !settings.allow(grown) || !fits(grown, next, nowNanos, most, mostWork)) {
                break;
            }
            waiting.removeFirst(group);
            requests.add(next.request());
            load = grown;
        }
        return new Formed<>(requests, load, cost.ready() ? cost.nanos(load) : 0);
    }

    private boolean fits(WorkSize load, AdaptiveRequest<R> added, long nowNanos, double most, double mostWork) {
        if (!cost.ready()) {
            return true;
        }
        double work = cost.workNanos(load);
        return work <= mostWork && cost.fixedNanos() + work <= Math.min(most, added.slack(nowNanos));
    }

    /**
     * The work for one of several idle instances, so that none takes all: small batches side by side are as good where
     * the time of a batch grows with its size.
     */
    private double share(Waiting.Group<R> group, AdaptiveRequest<R> first, Terms terms) {
        if (terms.idleInstances() == 1 || !cost.ready() || !first.hasDeadline()) {
            return Double.POSITIVE_INFINITY;
        }
        double all = cost.workNanos(group.load().plus(first.load()));
        return ROUNDING * Math.max(all / terms.idleInstances(), terms.needNanos());
    }
}
