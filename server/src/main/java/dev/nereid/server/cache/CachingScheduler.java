package dev.nereid.server.cache;

import dev.nereid.server.observe.DropReason;
import dev.nereid.server.observe.ModelStatistics;
import dev.nereid.server.protocol.InferException;
import dev.nereid.server.protocol.InferException.Code;
import dev.nereid.server.protocol.InferRequest;
import dev.nereid.server.protocol.InferResponse;
import dev.nereid.server.protocol.Parameter;
import dev.nereid.server.protocol.ResponseSink;
import dev.nereid.server.protocol.Timing;
import dev.nereid.server.schedule.Clock;
import dev.nereid.server.schedule.Lane;
import dev.nereid.server.schedule.OutOfMemoryFallback;
import dev.nereid.server.schedule.ResponseOrder;
import dev.nereid.server.schedule.SafeResponseSink;
import dev.nereid.server.schedule.Scheduler;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A scheduler of any kind behind the response cache; for models that answer every request once.
 *
 * <p>A request whose answer is there gets it on the calling thread and never reaches the scheduler behind. Of identical
 * requests in flight only the first, the leader, is handed on; the others follow it and are answered with a copy of its
 * answer, whether that can be stored or not. An error is never shared. After a leader that was cancelled, refused or
 * expired, which are reasons of its own, the first follower leads the rest; after any other error the followers are
 * handed on each for itself, as if there were no cache. A follower that is cancelled is told so when its turn comes and
 * takes nobody with it. Only requests of one priority and timeout follow each other. While the scheduler closes, followers
 * of a leader that fails are refused like new requests.
 *
 * <p>Responses from here show the cache's memory and hold it until they are closed. With an order to keep, every request
 * has its place from its arrival on, hits too. Any thread.
 */
public final class CachingScheduler implements Scheduler {
    private static final Logger LOG = LoggerFactory.getLogger(CachingScheduler.class);

    private final Scheduler scheduler;
    private final ResponseCache cache;
    private final Supplier<String> identity;
    private final ModelStatistics statistics;
    private final Clock clock;
    private final Optional<ResponseOrder> order;
    private final Map<SingleFlight.Key, SingleFlight> flights = new HashMap<>();
    private final AtomicBoolean refusalTold = new AtomicBoolean();
    private volatile long owner;
    private volatile boolean refusing;

    /**
     * Puts a cache before a scheduler.
     *
     * @param scheduler belongs to this one, which closes it
     * @param cache outlives this scheduler; entries of this model go when it is closed
     * @param identity what the answers depend on beside the requests, for caches that others use too
     * @param statistics the model's own, in which the scheduler counts too
     * @param preserveOrdering whether answers leave in the order in which requests arrived
     */
    public CachingScheduler(
            Scheduler scheduler,
            ResponseCache cache,
            Supplier<String> identity,
            ModelStatistics statistics,
            Clock clock,
            boolean preserveOrdering) {
        this.scheduler = scheduler;
        this.cache = cache;
        this.identity = identity;
        this.owner = cache.newOwner(identity);
        this.statistics = statistics;
        this.clock = clock;
        this.order = preserveOrdering ? Optional.of(new ResponseOrder()) : Optional.empty();
    }

    @Override
    public void submit(InferRequest request, ResponseSink sink) {
        long queued = clock.nanos();
        if (refusing) {
            scheduler.submit(request, sink);
            return;
        }
        long start = clock.nanos();
        CacheKey key = RequestDigest.key(owner, request);
        SafeResponseSink guarded = new SafeResponseSink(sink);
        ResponseSink ordered = order.isPresent() ? order.get().enter(guarded) : guarded;
        SingleFlight.Key flightKey = new SingleFlight.Key(
                key, request.header().priority(), request.header().timeoutMicros());
        SingleFlight flight = new SingleFlight(flightKey);
        if (cache.isRemote()) {
            submitToRemote(new SingleFlight.Passenger(request, ordered, queued, start, 0), flight);
            return;
        }
        SingleFlight.Passenger passenger;
        Optional<CachedAnswer> found;
        synchronized (flights) {
            found = cache.find(key);
            passenger = new SingleFlight.Passenger(request, ordered, queued, start, clock.nanos() - start);
            if (found.isEmpty()) {
                SingleFlight other = flights.putIfAbsent(flightKey, flight);
                if (other != null) {
                    other.followers().addLast(passenger);
                    return;
                }
            }
        }
        if (found.isPresent()) {
            answer(passenger, found.get(), "hit");
            found.get().release();
        } else {
            lead(passenger, flight);
        }
    }

    /**
     * Has the first of identical requests look the answer up for all of them. The caller may be a thread that many clients
     * share, so it does not wait.
     */
    private void submitToRemote(SingleFlight.Passenger passenger, SingleFlight flight) {
        synchronized (flights) {
            SingleFlight other = flights.putIfAbsent(flight.key(), flight);
            if (other != null) {
                other.followers().addLast(passenger);
                return;
            }
        }
        try {
            Thread.ofVirtual().name("cache-look-up").start(() -> lookUp(passenger, flight));
        } catch (RuntimeException | Error e) {
            LOG.error("an answer could not be looked up", e);
            lead(passenger, flight);
        }
    }

    private void lookUp(SingleFlight.Passenger passenger, SingleFlight flight) {
        Optional<CachedAnswer> found = cache.find(flight.key().answer());
        SingleFlight.Passenger informed = passenger.lookedUp(clock.nanos() - passenger.lookupStartNanos());
        if (found.isPresent()) {
            List<SingleFlight.Passenger> followers = land(flight);
            answer(informed, found.get(), "hit");
            answerAll(followers, found.get());
            found.get().release();
        } else {
            lead(informed, flight);
        }
    }

    /** Answers requests that waited for another one's answer. */
    private void answerAll(List<SingleFlight.Passenger> followers, CachedAnswer answer) {
        for (SingleFlight.Passenger follower : followers) {
            if (follower.request().cancelled()) {
                cancel(follower);
            } else {
                answer(follower, answer, "shared");
            }
        }
    }

    /**
     * Answers a request without an execution of its own.
     *
     * @param how what the client is told where it asked
     */
    private void answer(SingleFlight.Passenger passenger, CachedAnswer answer, String how) {
        InferRequest request = passenger.request();
        Map<String, Parameter> told = Timing.wanted(request)
                ? Map.of(
                        Timing.CACHE, new Parameter.Text(how),
                        Timing.CACHE_LOOKUP, new Parameter.Int(passenger.lookupNanos()),
                        Timing.QUEUE,
                                new Parameter.Int(clock.nanos() - passenger.queuedNanos() - passenger.lookupNanos()))
                : Map.of();
        InferResponse response = answer.response(request.header().id(), told);
        statistics.recordCacheHit(
                clock.nanos() - request.receivedNanos(),
                passenger.lookupStartNanos() - passenger.queuedNanos(),
                passenger.lookupNanos());
        if (request.trace().isPresent()) {
            passenger.trace(request.trace().get(), response);
        }
        passenger.sink().respond(response, true);
    }

    /** A scheduler that throws has not taken the request; the thread may be one that answers nobody. */
    private void lead(SingleFlight.Passenger passenger, SingleFlight flight) {
        try {
            scheduler.submit(passenger.request(), new Leader(passenger, flight));
        } catch (RuntimeException | Error e) {
            OutOfMemoryFallback.log(LOG, "what a request was handed on to", e);
            passenger
                    .sink()
                    .fail(OutOfMemoryFallback.error(
                            passenger.request().header().modelName(), "the scheduler of model '%s' failed: ", e));
            eachForItself(land(flight), flight.key());
        }
    }

    private void eachForItself(List<SingleFlight.Passenger> followers, SingleFlight.Key key) {
        for (SingleFlight.Passenger follower : followers) {
            lead(follower, new SingleFlight(key));
        }
    }

    /** Takes a flight off the board; those that followed it are the caller's. */
    private List<SingleFlight.Passenger> land(SingleFlight flight) {
        synchronized (flights) {
            flights.remove(flight.key(), flight);
            List<SingleFlight.Passenger> followers = List.copyOf(flight.followers());
            flight.followers().clear();
            return followers;
        }
    }

    /** A copy of an answer; empty, with a line in the log, where there is no memory for it. */
    private Optional<CachedAnswer> copy(InferResponse response) {
        try {
            return Optional.of(cache.copy(response));
        } catch (RuntimeException | OutOfMemoryError e) {
            LOG.error("an answer of model '{}' could not be copied for the response cache", response.modelName(), e);
            return Optional.empty();
        }
    }

    /**
     * Lets the first follower that is not cancelled lead the others. A leader that fails at once, on this thread, only
     * makes this loop go round again: however many follow, the stack does not grow.
     */
    private void handOver(SingleFlight flight) {
        while (true) {
            SingleFlight.Passenger next;
            boolean cancelled;
            synchronized (flights) {
                if (!flight.isLeaderless()) {
                    return;
                }
                next = flight.followers().pollFirst();
                if (next == null) {
                    flights.remove(flight.key(), flight);
                    return;
                }
                cancelled = next.request().cancelled();
                if (!cancelled) {
                    flight.setLed();
                }
            }
            if (cancelled) {
                cancel(next);
            } else {
                lead(next, flight);
            }
        }
    }

    private void cancel(SingleFlight.Passenger passenger) {
        statistics.recordDrop(DropReason.CANCELLED);
        statistics.recordFailure(
                DropReason.CANCELLED.failure(),
                clock.nanos() - passenger.request().receivedNanos());
        passenger.sink().fail(new InferException(Code.CANCELLED, "Request cancelled"));
    }

    @Override
    public CompletableFuture<Void> change(List<Lane> added, List<Lane> removed) {
        return scheduler.change(added, removed);
    }

    @Override
    public OptionalInt wantedInstances() {
        return scheduler.wantedInstances();
    }

    @Override
    public void forget() {
        long before;
        synchronized (flights) {
            before = owner;
            owner = cache.newOwner(identity);
        }
        cache.invalidate(before);
    }

    @Override
    public void refuse() {
        refusing = true;
        scheduler.refuse();
    }

    @Override
    public void close() {
        refusing = true;
        scheduler.close();
        cache.invalidate(owner);
    }

    /** Hears the answer of the one request that was handed on, for itself and for its followers. */
    private final class Leader implements ResponseSink {
        private final SingleFlight.Passenger passenger;
        private final SingleFlight flight;

        private Leader(SingleFlight.Passenger passenger, SingleFlight flight) {
            this.passenger = passenger;
            this.flight = flight;
        }

        /** The copy is made while the response is open: its tensors may lie in the request, which goes with it. */
        @Override
        public void respond(InferResponse response, boolean last) {
            long start = clock.nanos();
            Optional<CachedAnswer> copy = cache.hasRoomFor(response) ? copy(response) : Optional.empty();
            ResponseCache.Insertion insertion = copy.isPresent()
                    ? cache.insert(flight.key().answer(), copy.get(), start)
                    : ResponseCache.Insertion.REFUSED;
            if (insertion == ResponseCache.Insertion.REFUSED && !refusalTold.getAndSet(true)) {
                LOG.warn(
                        "Failed to insert key of an answer of model '{}' into response cache: it takes more than the {} "
                                + "bytes of the cache; said once a model",
                        response.modelName(),
                        cache.mostBytes());
            }
            if (flight.key().answer().owner() != owner) {
                // Nobody asks for it any more, and it may have come after the others were let go.
                cache.invalidate(flight.key().answer().owner());
            }
            List<SingleFlight.Passenger> followers = land(flight);
            if (copy.isEmpty() && !followers.isEmpty()) {
                copy = copy(response);
            }
            long inserted = clock.nanos() - start;
            if (insertion != ResponseCache.Insertion.EXISTS) {
                statistics.recordCacheMiss(passenger.lookupNanos() + inserted, inserted);
            }
            passenger.sink().respond(told(response, inserted), last);
            if (copy.isEmpty()) {
                eachForItself(followers, flight.key());
                return;
            }
            answerAll(followers, copy.get());
            copy.get().release();
        }

        private InferResponse told(InferResponse response, long insertionNanos) {
            return Timing.wanted(passenger.request())
                    ? response.with(Map.of(
                            Timing.CACHE, new Parameter.Text("miss"),
                            Timing.CACHE_LOOKUP, new Parameter.Int(passenger.lookupNanos()),
                            Timing.CACHE_INSERTION, new Parameter.Int(insertionNanos)))
                    : response;
        }

        @Override
        public void fail(InferException error) {
            boolean ownReason = error.code() == Code.CANCELLED || error.code() == Code.UNAVAILABLE;
            passenger.sink().fail(error);
            if (!ownReason) {
                eachForItself(land(flight), flight.key());
                return;
            }
            boolean mine;
            synchronized (flights) {
                mine = flight.beginHandOver();
            }
            if (mine) {
                handOver(flight);
            }
        }

        @Override
        public void end() {
            passenger.sink().end();
            eachForItself(land(flight), flight.key());
        }
    }
}
