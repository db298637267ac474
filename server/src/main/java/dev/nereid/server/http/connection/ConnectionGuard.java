package dev.nereid.server.http.connection;

import java.time.Duration;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.BooleanSupplier;

/**
 * Ends connections whose clients are too slow: silent ones, and those that send or take a request's bytes slower than
 * they must. A thread of its own looks at every open connection some times a second and closes the sockets of those that
 * are past their deadline, which wakes whoever is blocked on them. Any thread.
 */
public final class ConnectionGuard implements AutoCloseable {
    private static final long LOOKS_PER_TIMEOUT = 20;
    private static final long SHORTEST_PAUSE_MILLIS = 5;
    private static final long LONGEST_PAUSE_MILLIS = 250;
    private static final long DRAINED_PAUSE_MILLIS = 5;

    private final HttpLimits limits;
    private final Set<GuardedConnection> connections = ConcurrentHashMap.newKeySet();
    private final Thread watcher;
    private volatile boolean draining;
    private volatile boolean closingIdle;
    private volatile boolean closed;

    public ConnectionGuard(HttpLimits limits) {
        this.limits = limits;
        this.watcher = Thread.ofPlatform().daemon().name("http-guard").unstarted(this::watch);
        watcher.start();
    }

    HttpLimits limits() {
        return limits;
    }

    void add(GuardedConnection connection) {
        connections.add(connection);
    }

    void remove(GuardedConnection connection) {
        connections.remove(connection);
    }

    /** Open connections. */
    int size() {
        return connections.size();
    }

    /** Whether connections are to end after the request that they are at. */
    public boolean isDraining() {
        return draining;
    }

    /** Lets every connection end with the answer to its next request, or to the one that it is at. */
    public void drain() {
        draining = true;
    }

    /** Waits until there are no connections, and no longer than {@code patience}. */
    public void awaitNone(Duration patience) {
        await(connections::isEmpty, patience);
    }

    /** Waits until no connection is at a request, and no longer than {@code patience}. */
    public void awaitNoRequest(Duration patience) {
        await(() -> connections.stream().allMatch(GuardedConnection::isBetweenRequests), patience);
    }

    private static void await(BooleanSupplier reached, Duration patience) {
        long start = System.nanoTime();
        while (!reached.getAsBoolean() && System.nanoTime() - start < patience.toNanos()) {
            try {
                Thread.sleep(DRAINED_PAUSE_MILLIS);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                return;
            }
        }
    }

    /** Closes connections without a request, from now on. */
    public void closeIdle() {
        closingIdle = true;
        connections.forEach(GuardedConnection::closeIfIdle);
    }

    /**
     * Closes every connection, whatever it is at.
     *
     * @return whether one was at a request
     */
    public boolean closeAll() {
        boolean cutShort = false;
        for (GuardedConnection connection : connections) {
            cutShort |= !connection.isBetweenRequests();
            connection.abort();
        }
        return cutShort;
    }

    private void watch() {
        Duration shortest = limits.idleTimeout().compareTo(limits.stallTimeout()) < 0
                ? limits.idleTimeout()
                : limits.stallTimeout();
        long pause = Math.clamp(shortest.toMillis() / LOOKS_PER_TIMEOUT, SHORTEST_PAUSE_MILLIS, LONGEST_PAUSE_MILLIS);
        while (!closed) {
            long now = System.nanoTime();
            for (GuardedConnection connection : connections) {
                if (connection.isGone()) {
                    remove(connection);
                } else if (connection.isOverdue(now)) {
                    connection.abort();
                } else if (closingIdle) {
                    connection.closeIfIdle();
                }
            }
            try {
                Thread.sleep(pause);
            } catch (InterruptedException e) {
                return;
            }
        }
    }

    /** Stops watching. */
    @Override
    public void close() {
        closed = true;
        watcher.interrupt();
    }
}
