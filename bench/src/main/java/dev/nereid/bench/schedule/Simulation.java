package dev.nereid.bench.schedule;

import dev.nereid.server.protocol.InferException;
import dev.nereid.server.schedule.Clock;
import dev.nereid.server.schedule.RequestQueue;
import dev.nereid.server.schedule.ScheduledRequest;
import dev.nereid.server.schedule.Schedulers;
import dev.nereid.server.schedule.SharedDevice;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.PriorityQueue;
import java.util.Random;

/**
 * Runs the server's queues in virtual time, on models that take the time of their curves, give or take
 * {@link #NOISE}. The same seed gives the same run. One use.
 */
final class Simulation {
    /** Standard deviation of execution times, relative. */
    private static final double NOISE = 0.05;

    /** The part of the trace at either end that does not count. */
    private static final double EDGE = 0.05;

    /** At least so much of the beginning does not count: policies that learn begin with nothing. */
    private static final long LEARNING_NANOS = 1_000_000_000;

    /** How often a policy is asked how many instances it would have, as the server asks. */
    private static final long TICK_NANOS = 250_000_000;

    /** Answers that come this much later than the last request is due are not waited for. */
    private static final double PATIENCE_MILLIS = 1000;

    private final Clock clock = new SimulatedClock();
    private final ArrivalTrace trace;
    private final Machine machine;
    private final List<Model> models = new ArrayList<>();
    private final PriorityQueue<Event> events =
            new PriorityQueue<>(Comparator.comparingLong(Event::nanos).thenComparingLong(Event::sequence));
    private final Random noise;
    private final SimulatedRequests requests;
    private final long firstCounted;
    private final long lastCounted;
    private long now;
    private long sequence;
    private long lost;

    private record Event(long nanos, long sequence, Runnable task) {}

    /** Time as the trace and the executions make it pass. */
    private final class SimulatedClock implements Clock {
        @Override
        public long nanos() {
            return now;
        }

        @Override
        public long epochMillis() {
            return now / 1_000_000;
        }

        @Override
        public Alarm at(long nanos, Runnable task) {
            throw new UnsupportedOperationException("queues set no alarms");
        }
    }

    /** A model with its queue and its free instances. */
    private final class Model {
        private final Setup setup;
        private final RequestQueue queue;
        private final SimulationOutcome outcome;
        private int instances;
        private int free;
        private long executions;
        private long alarm = Long.MAX_VALUE;

        private Model(Setup setup, SharedDevice device, double seconds) {
            this.setup = setup;
            this.outcome = new SimulationOutcome(seconds);
            instances = setup.instances();
            free = instances;
            queue = Schedulers.queue(setup.config(), device);
            queue.instances(free, free);
            queue.onTurn(this::dispatch);
            if (setup.mostInstances() > instances) {
                at(TICK_NANOS, this::scale);
            }
        }

        /** Follows the policy's wish for more or fewer instances, as the server does. */
        private void scale() {
            int wanted = queue.wantedInstances(instances, now);
            if (counts(now)) {
                outcome.has(instances);
            }
            if (wanted > instances && instances < setup.mostInstances()) {
                instances++;
                free++;
                dispatch();
            } else if (wanted < instances && instances > setup.instances() && free > 0) {
                instances--;
                free--;
            }
            at(now + TICK_NANOS, this::scale);
        }

        private void arrive(int length) {
            if (counts(now)) {
                outcome.arrive();
            }
            ScheduledRequest request = requests.arrive(length);
            try {
                queue.add(request);
            } catch (InferException _) {
                lose(request);
                return;
            }
            lookAtQueues(this);
        }

        /** Gives free instances what the queue wants to run, as the server's scheduler does. */
        private void dispatch() {
            List<RequestQueue.Dropped> dropped = new ArrayList<>(0);
            boolean more = true;
            while (more && free > 0 && machine.mayForm()) {
                queue.instances(free, instances);
                switch (queue.next(now, dropped)) {
                    case RequestQueue.Decision.Run run -> {
                        free--;
                        start(run.requests());
                    }
                    case RequestQueue.Decision.Wait wait -> {
                        more = false;
                        wakeAt(wait.untilNanos());
                    }
                    case RequestQueue.Decision.Idle _ -> more = false;
                }
            }
            queue.instances(free, instances);
            dropped.forEach(each -> lose(each.request()));
        }

        private void wakeAt(long nanos) {
            if (nanos < alarm) {
                alarm = nanos;
                at(nanos, () -> {
                    alarm = Long.MAX_VALUE;
                    dispatch();
                });
            }
        }

        private void start(List<ScheduledRequest> batch) {
            executions++;
            double factor = Math.max(1 + NOISE * noise.nextGaussian(), 0.5);
            machine.run(setup.curve().millis(batch) * factor * 1e6, nanos -> end(batch, nanos));
        }

        private void end(List<ScheduledRequest> batch, long nanos) {
            for (ScheduledRequest request : batch) {
                long latency = now - request.enqueuedNanos();
                if (latency > setup.sloMillis() * 1e6) {
                    lose(request);
                }
                if (counts(request.enqueuedNanos())) {
                    outcome.answer(latency, setup.sloMillis());
                }
            }
            free++;
            queue.executed(batch, nanos, now);
            lookAtQueues(this);
            queue.wakeOthers(clock);
        }
    }

    /** One model or several, on one machine. */
    Simulation(List<Setup> setups, Sharing sharing, ArrivalTrace trace, long seed) {
        this.trace = trace;
        noise = new Random(seed + 3_000_003);
        requests = new SimulatedRequests(clock);
        machine = new Machine(sharing, () -> now, this::at);
        long edge = (long) (EDGE * trace.endNanos());
        firstCounted = Math.max(edge, LEARNING_NANOS);
        lastCounted = trace.endNanos() - edge;
        SharedDevice device = new SharedDevice();
        for (Setup setup : setups) {
            models.add(new Model(setup, device, (lastCounted - firstCounted) / 1e9));
        }
    }

    /**
     * Runs to the end, or until more requests than {@code mostLost} have been answered late or not at all.
     *
     * @return an outcome a model
     */
    List<SimulationOutcome> run(long mostLost) {
        long slo = (long)
                (models.stream().mapToDouble(m -> m.setup.sloMillis()).max().orElse(0) * 1e6);
        long end = trace.endNanos() + slo + (long) (PATIENCE_MILLIS * 1e6);
        for (int next = 0; next < trace.size() || !events.isEmpty(); ) {
            boolean arrival = next < trace.size()
                    && (events.isEmpty()
                            || trace.nanos(next) <= events.element().nanos());
            now = arrival ? trace.nanos(next) : events.element().nanos();
            if (now > end || lost > mostLost) {
                break;
            }
            if (arrival) {
                models.get(trace.model(next)).arrive(trace.length(next));
                next++;
            } else {
                events.remove().task().run();
            }
        }
        return models.stream().map(model -> model.outcome).toList();
    }

    private void lookAtQueues(Model changed) {
        if (machine.sharing() != Sharing.FEWEST_FIRST) {
            changed.dispatch();
            return;
        }
        while (machine.mayForm()) {
            Model fewest = null;
            for (Model model : models) {
                if (model.free > 0
                        && model.queue.size() > 0
                        && (fewest == null || model.executions < fewest.executions)) {
                    fewest = model;
                }
            }
            if (fewest == null) {
                return;
            }
            fewest.dispatch();
        }
    }

    private boolean counts(long arrivalNanos) {
        return arrivalNanos >= firstCounted && arrivalNanos <= lastCounted;
    }

    private void lose(ScheduledRequest request) {
        if (counts(request.enqueuedNanos())) {
            lost++;
        }
    }

    private void at(long nanos, Runnable task) {
        events.add(new Event(nanos, sequence++, task));
    }
}
