package dev.nereid.server.schedule.adaptive;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.Predicate;

/**
 * One model under the policy: what waits, what its batches cost and how much arrives. Belongs to a {@link AdaptiveDevice}, which
 * says when it may run a batch. Under its caller's lock.
 *
 * @param <R> what the caller knows requests by
 */
public final class AdaptiveModel<R> {
    /** How long arrivals are remembered: some deadlines, within bounds. */
    private static final double MEMORY_IN_SLOS = 4;

    /** What is known of the cost is doubted when nothing has run for so long. */
    private static final long STALE_NANOS = 1_000_000_000;

    /**
     * The backlog at which a request is refused, in times of its own slack. Above 1, since part of what waits before it
     * is dropped when its turn comes, in favour of the younger.
     */
    private static final double PATIENCE = 2;

    private static final double LEAST_MEMORY_NANOS = 0.2e9;
    private static final double MOST_MEMORY_NANOS = 4e9;

    private final AdaptiveSettings settings;
    private final Waiting<R> waiting;
    private final BatchRule<R> rule;
    private final CostModel cost;
    private final ArrivalRate arrivals;
    private final List<Running<R>> running = new ArrayList<>();
    private long lastEndNanos;
    private int idleInstances;
    private int instances = 1;

    private record Running<R>(Formed<R> batch, double expectedEndNanos) {}

    /** @param cancelled whether a request is not wanted any more */
    public AdaptiveModel(AdaptiveSettings settings, Predicate<R> cancelled) {
        this.settings = settings;
        waiting = new Waiting<>(settings.keepOrder());
        cost = new CostModel(settings.cost());
        rule = new BatchRule<>(settings, cost, waiting, cancelled);
        arrivals = new ArrivalRate(
                Math.clamp(MEMORY_IN_SLOS * settings.sloNanos(), LEAST_MEMORY_NANOS, MOST_MEMORY_NANOS));
    }

    public AdaptiveSettings settings() {
        return settings;
    }

    public CostModel cost() {
        return cost;
    }

    /** Says how many instances there are, and how many of them could take a batch. */
    public void instances(int idle, int all) {
        idleInstances = idle;
        instances = Math.max(all, 1);
    }

    int instances() {
        return instances;
    }

    /**
     * Takes a request, or refuses it.
     *
     * @return when it is refused, how long it will take until what waits has run, in nanoseconds
     */
    public OptionalLong offer(AdaptiveRequest<R> job, long nowNanos) {
        arrivals.add(job.load(), nowNanos);
        OptionalLong refusal = refusal(job, nowNanos);
        if (refusal.isEmpty()) {
            waiting.add(job);
        }
        return refusal;
    }

    private OptionalLong refusal(AdaptiveRequest<R> job, long nowNanos) {
        if (!job.hasDeadline() || !cost.ready() || waiting.size() == 0) {
            return OptionalLong.empty();
        }
        double backlog = backlogNanos(nowNanos);
        return backlog > PATIENCE * job.slack(nowNanos) ? OptionalLong.of((long) backlog) : OptionalLong.empty();
    }

    /** How long it takes until all that waits has begun, in batches as large as they may be. */
    private double backlogNanos(long nowNanos) {
        WorkSize load = waiting.load();
        double batches = Math.max(Math.ceil(load.items() / settings.maxItems()), waiting.groups());
        double nanos = cost.workNanos(load) + batches * cost.fixedNanos();
        for (Running<R> batch : running) {
            nanos += Math.max(batch.expectedEndNanos() - nowNanos, 0);
        }
        return nanos / instances;
    }

    Optional<Formed<R>> next(long nowNanos, Terms terms, List<Dropped<R>> dropped) {
        // What is believed to take too long never runs, and is never found to take less: now and then it must.
        boolean stale = running.isEmpty() && cost.ready() && nowNanos - lastEndNanos > STALE_NANOS;
        return stale ? rule.probe(nowNanos, dropped) : rule.form(nowNanos, terms, dropped);
    }

    void started(Formed<R> batch, long nowNanos) {
        running.add(new Running<>(batch, nowNanos + batch.expectedNanos()));
    }

    /**
     * A batch has ended.
     *
     * @param nanos how long it took; 0 where it failed
     */
    void finished(Formed<R> batch, double nanos, long nowNanos) {
        lastEndNanos = nowNanos;
        forget(batch);
        cost.observe(batch.load(), nanos);
    }

    private void forget(Formed<R> batch) {
        for (int i = 0; i < running.size(); i++) {
            if (running.get(i).batch().equals(batch)) {
                running.remove(i);
                return;
            }
        }
    }

    /** Forgets what waits; what runs is not touched. */
    public void clear() {
        waiting.clear();
    }

    /** Drops what has become too late; answers when the next request does, {@link AdaptiveRequest#NEVER} for none. */
    public long expire(long nowNanos, List<Dropped<R>> dropped) {
        Optional<Waiting.Group<R>> urgent = waiting.mostUrgent();
        while (urgent.isPresent() && urgent.get().first().deadlineNanos() <= nowNanos) {
            dropped.add(new Dropped<>(waiting.removeFirst(urgent.get()).request(), Dropped.Reason.TOO_LATE));
            urgent = waiting.mostUrgent();
        }
        return urgent.map(group -> group.first().deadlineNanos()).orElse(AdaptiveRequest.NEVER);
    }

    /** Since when the first request waits; {@code nowNanos} where none does. */
    public long waitingSinceNanos(long nowNanos) {
        return waiting.mostUrgent().map(group -> group.first().arrivalNanos()).orElse(nowNanos);
    }

    /** Requests that wait. */
    public int size() {
        return waiting.size();
    }

    /** Whether a batch could run now. */
    boolean canRun() {
        return waiting.size() > 0 && idleInstances > 0;
    }

    int idleInstances() {
        return idleInstances;
    }

    /** How long the next batch would take; something waits. */
    double nextBatchNanos() {
        return waiting.mostUrgent()
                .map(group -> cost.nanos(settings.limited(group.load())))
                .orElse(0.0);
    }

    /** Until when the next batch must begin for its first request to be answered in time; something waits. */
    double latestStartNanos() {
        return waiting.mostUrgent().orElseThrow().first().deadlineNanos() - nextBatchNanos();
    }

    /** The part of an instance's time that the work takes which arrives, without the fixed part of batches. */
    double workShare(long nowNanos) {
        return cost.ready() ? cost.meanWorkNanos(arrivals.work(nowNanos)) : 0;
    }

    /** {@link #workShare} on the safe side. */
    double safeWorkShare(long nowNanos) {
        return cost.ready() ? cost.workNanos(arrivals.work(nowNanos)) : 0;
    }

    /** How sure it is, from 0 to 1, that requests come in the time that one may take. */
    double presence(long nowNanos) {
        return cost.ready() ? Math.min(arrivals.requests(nowNanos) * settings.sloNanos(), 1) : 0;
    }

    /** Batches in a nanosecond, if each waits for as long as the deadline of its first request allows. */
    double leastBatches(long nowNanos) {
        double requests = arrivals.requests(nowNanos);
        return requests == 0 ? 0 : 1 / (1 / requests + AdaptiveDevice.USABLE * settings.sloNanos());
    }
}
