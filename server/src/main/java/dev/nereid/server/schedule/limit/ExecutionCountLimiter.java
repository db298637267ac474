package dev.nereid.server.schedule.limit;

import dev.nereid.proto.inference.ModelRateLimiter;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Queue;
import java.util.Set;
import java.util.TreeSet;

/**
 * Gives turns by the number of executions so far, scaled by the priority: the lowest first, over all models, as soon as
 * the resources that it needs are free.
 *
 * <p>Where Triton has defects, this is done instead. All that wait are tried in order, not the first alone: one that needs
 * nothing that is missing passes those before it. So that this starves nobody, one that was passed {@value #MOST_PASSES}
 * times keeps those behind it from what it needs. And a count is no debt: an instance that is new or has rested joins
 * those it competes with at their {@link VirtualTime}, and has no claim on what it missed.
 *
 * <p>A batch is formed when its instance's turn has come and not before: until then its requests are in the queue, and
 * batches grow, and timeouts, priorities and cancellations count.
 */
final class ExecutionCountLimiter implements RateLimiter {
    /** How often an instance that waits is passed by others that use what it needs. */
    static final int MOST_PASSES = 16;

    private final ResourceTable resources;
    /** By the counts that they would have then; of equal ones, the more important first, as L0_rate_limiter's shares ask. */
    private final TreeSet<LimitedTurn> staged =
            new TreeSet<>(Comparator.comparingLong((LimitedTurn turn) -> turn.scaledCount + turn.priority)
                    .thenComparingLong(turn -> turn.priority)
                    .thenComparingLong(turn -> turn.askedAs));
    /** Those whose turn has come while they were not asking. */
    private final Queue<LimitedTurn> granted = new ArrayDeque<>();

    private long asked;

    ExecutionCountLimiter(RateLimitConfig config) {
        resources = new ResourceTable(config.resources());
    }

    @Override
    public Model newModel() {
        VirtualTime time = new VirtualTime();
        return settings -> newTurn(settings, time);
    }

    private synchronized Turn newTurn(ModelRateLimiter settings, VirtualTime modelTime) {
        Map<Resource, Long> needs = resources.add(settings);
        List<VirtualTime> times = needs.isEmpty()
                ? List.of(modelTime)
                : needs.keySet().stream().map(Resource::time).toList();
        return new LimitedTurn(needs, Math.max(Integer.toUnsignedLong(settings.getPriority()), 1), times);
    }

    @Override
    public boolean limits() {
        return true;
    }

    @Override
    public void settle() {
        synchronized (this) {
            grant();
        }
        for (Optional<Runnable> wake = nextWake(); wake.isPresent(); wake = nextWake()) {
            wake.get().run();
        }
    }

    private synchronized Optional<Runnable> nextWake() {
        return Optional.ofNullable(granted.poll()).map(turn -> turn.wake);
    }

    /** Lets all start, in order, that can. Called with the lock held. */
    private void grant() {
        Set<Resource> reserved = new HashSet<>();
        List<LimitedTurn> passed = new ArrayList<>();
        for (LimitedTurn turn : List.copyOf(staged)) {
            if (turn.canStart(reserved)) {
                staged.remove(turn);
                turn.start();
                granted.add(turn);
                passed.stream().filter(turn::sharesWith).forEach(waiting -> waiting.passes++);
            } else {
                passed.add(turn);
                if (turn.passes >= MOST_PASSES) {
                    reserved.addAll(turn.needs.keySet());
                }
            }
        }
    }

    /** The turns of one instance. Its state is under the limiter's lock. */
    private final class LimitedTurn implements Turn {
        private final Map<Resource, Long> needs;
        private final long priority;
        private final List<VirtualTime> times;
        private Runnable wake = () -> {};
        private long scaledCount;
        private long askedAs;
        private int passes;
        private boolean holds;

        private LimitedTurn(Map<Resource, Long> needs, long priority, List<VirtualTime> times) {
            this.needs = needs;
            this.priority = priority;
            this.times = times;
        }

        @Override
        public RateLimiter limiter() {
            return ExecutionCountLimiter.this;
        }

        @Override
        public long order() {
            synchronized (ExecutionCountLimiter.this) {
                return Math.max(scaledCount, present());
            }
        }

        /** Where those stand that it competes with; of several resources, those that have come least far. */
        private long present() {
            return times.stream().mapToLong(VirtualTime::now).min().orElse(0);
        }

        @Override
        public void onGranted(Runnable newWake) {
            synchronized (ExecutionCountLimiter.this) {
                wake = newWake;
            }
        }

        @Override
        public boolean ask() {
            synchronized (ExecutionCountLimiter.this) {
                if (!holds && !staged.contains(this)) {
                    scaledCount = Math.max(scaledCount, present());
                    askedAs = ++asked;
                    passes = 0;
                    staged.add(this);
                }
                if (!holds) {
                    grant();
                }
                // Who asks needs no waking.
                granted.remove(this);
                return holds;
            }
        }

        private boolean canStart(Set<Resource> reserved) {
            return needs.entrySet().stream()
                    .allMatch(need -> need.getKey().has(need.getValue()) && !reserved.contains(need.getKey()));
        }

        private boolean sharesWith(LimitedTurn other) {
            return needs.keySet().stream().anyMatch(other.needs::containsKey);
        }

        private void start() {
            holds = true;
            needs.forEach(Resource::take);
            times.forEach(time -> time.advance(scaledCount));
            scaledCount += priority;
        }

        @Override
        public void withdraw() {
            synchronized (ExecutionCountLimiter.this) {
                staged.remove(this);
                if (holds) {
                    scaledCount -= priority;
                    done();
                }
            }
        }

        @Override
        public void done() {
            synchronized (ExecutionCountLimiter.this) {
                holds = false;
                needs.forEach(Resource::giveBack);
            }
        }

        @Override
        public void close() {
            synchronized (ExecutionCountLimiter.this) {
                withdraw();
                resources.remove(needs);
            }
        }
    }
}
