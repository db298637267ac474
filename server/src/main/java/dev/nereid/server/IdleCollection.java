package dev.nereid.server;

import java.lang.management.GarbageCollectorMXBean;
import java.lang.management.ManagementFactory;
import java.lang.management.MemoryPoolMXBean;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;

/**
 * Gives the garbage of large requests back while a server is idle. Bodies of hundreds of KB that outlive a young collection fill the
 * old generation, and the serial collector, which small machines use, returns that memory only at its next full collection, which
 * comes when the heap is full. G1 collects while idle by itself. On a daemon thread of its own until it is closed.
 */
final class IdleCollection implements AutoCloseable {
    private static final Duration INTERVAL = Duration.ofSeconds(10);

    /** Garbage that is worth a full collection, which takes some tens of milliseconds. */
    private static final long WORTH_COLLECTING = 32L << 20;

    /** What an idle server allocates between two readings at most: for metrics, health checks and timers. */
    private static final long IDLE_ALLOCATION = 4L << 20;

    /**
     * What the heap holds.
     *
     * @param collections young and full collections so far
     * @param young bytes of new objects
     * @param old bytes of old objects, garbage among them
     * @param live bytes that the last full collection left of these, 0 before the first
     */
    record Heap(long collections, long young, long old, long live) {
        boolean wantsCollection(Heap before) {
            boolean idle = collections == before.collections && young - before.young <= IDLE_ALLOCATION;
            return idle && old - live >= WORTH_COLLECTING;
        }
    }

    private final Supplier<Optional<Heap>> heap;
    private final Runnable collect;
    private final ScheduledExecutorService timer = Executors.newSingleThreadScheduledExecutor(
            Thread.ofPlatform().daemon().name("idle-collection").factory());
    private Optional<Heap> last = Optional.empty();

    /**
     * Of a heap that is read in {@link #check} alone.
     *
     * @param heap empty for one whose collector needs no help
     * @param collect a full collection
     */
    IdleCollection(Supplier<Optional<Heap>> heap, Runnable collect) {
        this.heap = heap;
        this.collect = collect;
    }

    /** Watches the heap of this process from now on. */
    static IdleCollection start() {
        IdleCollection collection = new IdleCollection(IdleCollection::read, System::gc);
        long seconds = INTERVAL.toSeconds();
        ScheduledFuture<?> _ =
                collection.timer.scheduleWithFixedDelay(collection::check, seconds, seconds, TimeUnit.SECONDS);
        return collection;
    }

    private static Optional<Heap> read() {
        long collections = ManagementFactory.getGarbageCollectorMXBeans().stream()
                .mapToLong(GarbageCollectorMXBean::getCollectionCount)
                .sum();
        return pool("Tenured Gen")
                .flatMap(old -> pool("Eden Space")
                        .map(young -> new Heap(
                                collections,
                                young.getUsage().getUsed(),
                                old.getUsage().getUsed(),
                                old.getCollectionUsage().getUsed())));
    }

    /** A generation of the serial collector. */
    private static Optional<MemoryPoolMXBean> pool(String name) {
        return ManagementFactory.getMemoryPoolMXBeans().stream()
                .filter(pool -> pool.getName().equals(name))
                .findFirst();
    }

    /** Collects if nothing much was allocated since the last call and the old generation holds enough garbage. */
    void check() {
        Optional<Heap> now = heap.get();
        if (now.isPresent() && last.isPresent() && now.get().wantsCollection(last.get())) {
            collect.run();
            now = heap.get();
        }
        last = now;
    }

    @Override
    public void close() {
        timer.shutdownNow();
    }
}
