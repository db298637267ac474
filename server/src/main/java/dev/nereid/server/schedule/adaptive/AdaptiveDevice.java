package dev.nereid.server.schedule.adaptive;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A device under the adaptive policy: runs batches of several models, one at a time in each of its slots. A batch is formed
 * when a slot is free and never before, for the model whose requests can wait least. Models that ask for more than their
 * share of an overloaded device get that share and no more, in the order of start-time fair queueing, so that the others
 * stay in time. Under its caller's lock.
 */
public final class AdaptiveDevice {
    /** The part of a deadline that a batch can wait for; the rest is its execution. */
    static final double USABLE = 0.85;

    /** The part of a deadline that a batch of a model above its share may take at most. */
    private static final double QUANTUM = 0.5;

    private final List<Member> members = new ArrayList<>();
    private int running;
    private double virtualNanos;

    /** A model and its account. */
    private static final class Member {
        private final AdaptiveModel<?> model;
        private boolean aboveShare;
        /** The virtual time at which its last batch ends. */
        private double finishNanos;

        private Member(AdaptiveModel<?> model) {
            this.model = model;
        }
    }

    public void add(AdaptiveModel<?> model) {
        members.add(new Member(model));
    }

    public void remove(AdaptiveModel<?> model) {
        members.removeIf(member -> member.model == model);
    }

    /** As many batches at a time as the model with most instances has instances. */
    private int slots() {
        int most = 1;
        for (Member member : members) {
            most = Math.max(most, member.model.instances());
        }
        return most;
    }

    /**
     * Forms a batch of a model if it is this model's turn.
     *
     * @param dropped receives requests of the model that must not run
     */
    public <R> Optional<Formed<R>> next(AdaptiveModel<R> model, long nowNanos, List<Dropped<R>> dropped) {
        Optional<Member> turn = choose(nowNanos);
        while (turn.isPresent() && turn.get().model == model) {
            Optional<Formed<R>> formed = model.next(nowNanos, terms(turn.get(), nowNanos), dropped);
            if (formed.isPresent()) {
                // The one that may find no memory first: a slot taken for no batch would never be given back.
                model.started(formed.get(), nowNanos);
                start(turn.get(), formed.get().expectedNanos());
                return formed;
            }
            turn = choose(nowNanos);
        }
        return Optional.empty();
    }

    /**
     * A batch of a model has ended; others may take the slot.
     *
     * @param nanos how long it took; 0 where it failed
     */
    public <R> void finished(AdaptiveModel<R> model, Formed<R> batch, double nanos, long nowNanos) {
        running--;
        model.finished(batch, nanos, nowNanos);
    }

    /** The model whose turn it is; empty while no slot is free or nothing waits. */
    public Optional<AdaptiveModel<?>> turn(long nowNanos) {
        return choose(nowNanos).map(member -> member.model);
    }

    private Optional<Member> choose(long nowNanos) {
        if (running >= slots()) {
            return Optional.empty();
        }
        if (members.size() == 1) {
            Member only = members.getFirst();
            only.aboveShare = false;
            return only.model.canRun() ? Optional.of(only) : Optional.empty();
        }
        markAboveShare(nowNanos);
        @Nullable Member urgent = null;
        double latestStart = Double.POSITIVE_INFINITY;
        double othersNanos = 0;
        @Nullable Member fair = null;
        for (Member member : members) {
            if (!member.model.canRun()) {
                continue;
            }
            if (member.aboveShare) {
                fair = fair == null || startNanos(member) < startNanos(fair) ? member : fair;
                continue;
            }
            double start = member.model.latestStartNanos();
            othersNanos += member.model.nextBatchNanos();
            if (urgent == null || start < latestStart) {
                urgent = member;
                latestStart = start;
            }
        }
        if (urgent == null || fair == null) {
            return Optional.ofNullable(urgent == null ? fair : urgent);
        }
        double fairNanos = Math.min(fair.model.nextBatchNanos(), quantum(fair));
        double rest = othersNanos - urgent.model.nextBatchNanos();
        return Optional.of(nowNanos + fairNanos + rest <= latestStart ? fair : urgent);
    }

    private static double quantum(Member member) {
        return QUANTUM * member.model.settings().sloNanos();
    }

    /** Charges a model above its share; what the others take is theirs. */
    private void start(Member member, double nanos) {
        running++;
        if (member.aboveShare) {
            virtualNanos = startNanos(member);
            member.finishNanos = virtualNanos + nanos / member.model.settings().weight();
        }
    }

    /** The virtual time at which a batch of the model would start: a model that was away has saved nothing up. */
    private double startNanos(Member member) {
        return Math.max(virtualNanos, member.finishNanos);
    }

    private Terms terms(Member member, long nowNanos) {
        double work = 0;
        double fixed = 0;
        for (Member each : members) {
            work += each.model.safeWorkShare(nowNanos);
            double presence = each == member ? 1 : each.model.presence(nowNanos);
            fixed += presence * each.model.cost().fixedNanos();
        }
        double load = work / slots();
        double own = member.model.safeWorkShare(nowNanos) / slots();
        double need = load < 1 ? own * fixed / (1 - load) : Double.POSITIVE_INFINITY;
        return new Terms(
                need,
                member.aboveShare ? quantum(member) : Double.POSITIVE_INFINITY,
                Math.min(member.model.idleInstances(), slots() - running));
    }

    /** Shares the device out by water-filling, and marks the models that want more than they get. */
    private void markAboveShare(long nowNanos) {
        double[] demands = new double[members.size()];
        double[] weights = new double[members.size()];
        double sum = 0;
        for (int i = 0; i < demands.length; i++) {
            AdaptiveModel<?> model = members.get(i).model;
            demands[i] = model.workShare(nowNanos) + model.cost().meanFixedNanos() * model.leastBatches(nowNanos);
            weights[i] = model.settings().weight();
            sum += demands[i];
        }
        double level = sum > slots() ? FairShares.level(demands, weights, slots()) : Double.POSITIVE_INFINITY;
        for (int i = 0; i < demands.length; i++) {
            members.get(i).aboveShare = demands[i] > level * weights[i];
        }
    }
}
