package dev.nereid.kernels.parallel;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Fair-share scheduler of the cores: which run holds how many cores, and which waiting run is next. A run that is alone
 * gets all the cores that it may have. When another run comes it gives up all but one between two kernels; and that one
 * too after a time slice, if a run waits whose account has used less. The next run is of the account that has used least
 * since a run began to wait: use while no run waits does not count, and unused time gives no credit.
 *
 * <p>Runs also start on some spare cores that exist on paper alone: a thread that is woken to compute takes as long to wake
 * as a short run does, and no core is to stand still meanwhile. Never more are held than cores and spare ones together.
 *
 * <p>A core that was given back is free until the next one has woken and takes it. Meanwhile a claim that comes may have
 * it, unless its account is ahead of those that wait, or has had much since a claim of its own began to wait: a thread
 * that runs one short batch after the other then loses no time to waking others, and nobody waits much longer.
 *
 * <p>Plain data under its pool's lock; time is an argument.
 */
final class CoreScheduler {
    /** Time slice: a claim keeps its last core for this long though others wait. A switch costs a hundredth of it. */
    static final long SLICE_NANOS = 10_000_000;

    /**
     * By how much an account may be ahead of the waiting ones that it overtakes: many times the cost of a wake-up, and a
     * short wait.
     */
    static final long AHEAD_NANOS = 2_000_000;

    /**
     * After a run had to wait, no run takes more than one core for this long, so that under load each run begins at once.
     */
    static final long CALM_NANOS = 20_000_000;

    private final int spare;
    private final List<Claim> waiting = new ArrayList<>();
    private final Calm calm = new Calm();
    private int free;
    private long asked;
    /** Number of waiting periods so far; the use of accounts is counted per period. */
    private long epoch;

    private long epochNanos;
    /** Time for which claims have held cores, over all cores. */
    private long heldNanos;
    /** Use of the account that was chosen last, at which later accounts start. */
    private long reachedNanos;

    /** Whether a run had to wait recently. */
    private static final class Calm {
        private boolean ended;
        private long endedNanos;

        private void end(long nowNanos) {
            ended = true;
            endedNanos = nowNanos;
        }

        private boolean isAt(long nowNanos) {
            return !ended || nowNanos - endedNanos >= CALM_NANOS;
        }
    }

    /** The account of one model's runs. */
    static final class Account {
        private final int most;
        private final Calm calm = new Calm();
        private int held;
        /** Claims that were woken and are about to take a core. */
        private int called;

        private long epoch;
        private long usedNanos;

        /** @param most cores that its claims may hold together, at least 1 */
        Account(int most) {
            this.most = most;
        }
    }

    /** The cores of one run. */
    static final class Claim {
        private final Account account;
        private final int most;
        private final Thread owner;
        /** 0 while it waits. Written under the lock. */
        private volatile int cores;
        /** Whether it waits and should try to take a core. Written under the lock. */
        private volatile boolean called;

        private volatile long sliceNanos;
        private long sinceNanos;
        /** Use of the account when the claim began to wait. */
        private long fromNanos;

        private long number;

        private Claim(Account account, int most, Thread owner) {
            this.account = account;
            this.most = most;
            this.owner = owner;
        }

        int cores() {
            return cores;
        }

        /** Whether it should {@link CoreScheduler#take} a core. */
        boolean isCalled() {
            return called;
        }

        /** Whether it could take more cores. */
        boolean wantsMore() {
            return cores < most;
        }

        /** Whether its time slice is over. */
        boolean slicedOut(long nowNanos) {
            return nowNanos - sliceNanos >= SLICE_NANOS;
        }

        /** The thread that runs on them. */
        Thread owner() {
            return owner;
        }
    }

    /** @param spare how many runs may start beside those that have all cores */
    CoreScheduler(int cores, int spare) {
        this.spare = spare;
        free = cores + spare;
    }

    /** How many runs could start. */
    int free() {
        return free;
    }

    /** Whether runs are on spare cores. */
    boolean isCrowded() {
        return free < spare;
    }

    /** Free cores, without the spare ones: by how many a run may grow. */
    int idle() {
        return Math.max(free - spare, 0);
    }

    /** For how long cores have been held, over all cores, as far as their claims have changed or ended since. */
    long heldNanos() {
        return heldNanos;
    }

    /** Claims that wait. */
    int waiting() {
        return waiting.size();
    }

    /**
     * Claims cores for a run: as many as it may have if they are free; otherwise the claim waits for one.
     *
     * @param most cores that the run may have, at least 1
     */
    Claim claim(Account account, int most, Thread owner, long nowNanos) {
        Claim claim = new Claim(account, Math.min(most, account.most), owner);
        if (!startsAtOnce(account)) {
            (free == 0 ? calm : account.calm).end(nowNanos);
            enqueue(claim, nowNanos);
        } else if (waiting.isEmpty()) {
            start(claim, nowNanos);
            grow(claim, nowNanos);
        } else {
            join(account);
            start(claim, nowNanos);
        }
        return claim;
    }

    /** Whether a claim of the account would not have to wait. */
    boolean startsAtOnce(Account account) {
        return canStart(account) && (waiting.isEmpty() || mayPass(account));
    }

    /** Releases all cores of a claim; returns the claims to be woken. */
    List<Claim> release(Claim claim, long nowNanos) {
        give(claim, claim.cores, nowNanos);
        return call();
    }

    /** Takes a core for a woken claim, if one is still free; returns the claims to be woken. */
    List<Claim> take(Claim claim, long nowNanos) {
        claim.called = false;
        claim.account.called--;
        if (canStart(claim.account)) {
            waiting.remove(claim);
            reachedNanos = Math.max(reachedNanos, claim.account.usedNanos);
            start(claim, nowNanos);
        }
        return call();
    }

    /**
     * Adjusts the cores of a claim to the current load: it may get more, fewer, or none and wait.
     *
     * @return the claims to be woken
     */
    List<Claim> adjust(Claim claim, long nowNanos) {
        if (claim.cores > 1 && free < spare) {
            give(claim, claim.cores - 1, nowNanos);
        }
        if (waiting.stream().noneMatch(other -> helps(claim, other))) {
            grow(claim, nowNanos);
            return List.of();
        }
        if (claim.cores > 1) {
            give(claim, claim.cores - 1, nowNanos);
        }
        if (claim.slicedOut(nowNanos)) {
            charge(claim, nowNanos);
            claim.sliceNanos = nowNanos;
            if (waiting.stream().anyMatch(other -> hasUsedLess(other.account, claim.account))) {
                give(claim, 1, nowNanos);
                enqueue(claim, nowNanos);
            }
        }
        return call();
    }

    /** Whether a waiting claim can use what the other one releases. */
    private static boolean helps(Claim giving, Claim waits) {
        return waits.account.held < waits.account.most || waits.account == giving.account;
    }

    private static boolean hasUsedLess(Account waits, Account runs) {
        return waits != runs && waits.held < waits.most && waits.usedNanos < runs.usedNanos;
    }

    /** Whether a claim of the account may start before those that wait. */
    private boolean mayPass(Account account) {
        long used = used(account);
        return calls() < free
                || waiting.stream()
                        .filter(other -> canStart(other.account))
                        .allMatch(other -> used - (other.account == account ? other.fromNanos : other.account.usedNanos)
                                < AHEAD_NANOS);
    }

    /** Claims that are on their way to take a core. Where they are fewer than are free, no other that waits may start. */
    private long calls() {
        return waiting.stream()
                .filter(claim -> claim.called && canStart(claim.account))
                .count();
    }

    private boolean canStart(Account account) {
        return free > 0 && account.held < account.most;
    }

    private void start(Claim claim, long nowNanos) {
        free--;
        if (free < spare) {
            calm.end(nowNanos);
        }
        claim.account.held++;
        claim.sinceNanos = nowNanos;
        claim.sliceNanos = nowNanos;
        claim.cores = 1;
    }

    private void grow(Claim claim, long nowNanos) {
        if (!calm.isAt(nowNanos) || !claim.account.calm.isAt(nowNanos)) {
            return;
        }
        int cores = claim.cores;
        int more = Math.min(idle(), Math.min(claim.most - cores, claim.account.most - claim.account.held));
        if (more > 0) {
            charge(claim, nowNanos);
            free -= more;
            claim.account.held += more;
            claim.cores = cores + more;
        }
    }

    private void give(Claim claim, int cores, long nowNanos) {
        charge(claim, nowNanos);
        free += cores;
        claim.account.held -= cores;
        int kept = claim.cores - cores;
        claim.cores = kept;
    }

    /** Charges the account for what the claim has held since it was last charged, as far as others waited. */
    private void charge(Claim claim, long nowNanos) {
        if (!waiting.isEmpty()) {
            enter(claim.account);
            claim.account.usedNanos += claim.cores * (nowNanos - Math.max(claim.sinceNanos, epochNanos));
        }
        heldNanos += claim.cores * (nowNanos - claim.sinceNanos);
        claim.sinceNanos = nowNanos;
    }

    private void enqueue(Claim claim, long nowNanos) {
        if (waiting.isEmpty()) {
            epoch++;
            epochNanos = nowNanos;
            reachedNanos = 0;
        }
        join(claim.account);
        claim.fromNanos = claim.account.usedNanos;
        claim.number = ++asked;
        waiting.add(claim);
    }

    /** The use of an account that claims now: no less than the use of the others. */
    private long used(Account account) {
        return Math.max(account.epoch == epoch ? account.usedNanos : 0, reachedNanos);
    }

    private void join(Account account) {
        account.usedNanos = used(account);
        account.epoch = epoch;
    }

    private void enter(Account account) {
        if (account.epoch != epoch) {
            account.epoch = epoch;
            account.usedNanos = 0;
        }
    }

    /** Wakes as many waiting claims as there are free cores. */
    private List<Claim> call() {
        List<Claim> called = List.of();
        long calls = calls();
        for (Claim next = next(); next != null && calls < free; next = next()) {
            next.called = true;
            next.account.called++;
            calls++;
            if (called.isEmpty()) {
                called = new ArrayList<>(2);
            }
            called.add(next);
        }
        return called;
    }

    private @Nullable Claim next() {
        @Nullable Claim best = null;
        for (Claim claim : waiting) {
            if (canBeCalled(claim) && (best == null || isBefore(claim, best))) {
                best = claim;
            }
        }
        return best;
    }

    /** Whether there is a core for it beside those that its account's called claims are going to take. */
    private boolean canBeCalled(Claim claim) {
        return !claim.called && free > 0 && claim.account.held + claim.account.called < claim.account.most;
    }

    private static boolean isBefore(Claim claim, Claim other) {
        return claim.account.usedNanos == other.account.usedNanos
                ? claim.number < other.number
                : claim.account.usedNanos < other.account.usedNanos;
    }
}
