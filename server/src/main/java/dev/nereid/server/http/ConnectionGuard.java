package dev.nereid.server.http;

import java.time.Duration;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Ends connections whose clients are too slow: silent ones, and those that send or take a request's bytes slower than
 * they must. A thread of its own looks at every open connection some times a second and closes the sockets of those that
 * are past their deadline, which wakes whoever is blocked on them. Any thread.
 */
final class ConnectionGuard implements AutoCloseable {
    private static final long LOOKS_PER_TIMEOUT = 20;
    private static final long SHORTEST_PAUSE_MILLIS = 5;
    private static final long LONGEST_PAUSE_MILLIS = 250;

    private final HttpLimits limits;
    private final Set<GuardedConnection> connections = ConcurrentHashMap.newKeySet();
    private final Thread watcher;
    private volatile boolean draining;
    private volatile boolean closed;

    ConnectionGuard(HttpLimits limits) {
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
    boolean isDraining() {
        return draining;
    }

    /** Closes connections without a request at once, and the others after their answer. */
    void drain() {
        draining = true;
        connections.forEach(GuardedConnection::closeIfIdle);
    }

    /** Closes every connection, whatever it is at. */
    void closeAll() {
        connections.forEach(GuardedConnection::abort);
    }

    private void watch() {
        Duration shortest = limits.idleTimeout().compareTo(limits.stallTimeout()) < 0
                ? limits.idleTimeout()
                : limits.stallTimeout();
        long pause = Math.clamp(shortest.toMillis() / LOOKS_PER_TIMEOUT, SHORTEST_PAUSE_MILLIS, LONGEST_PAUSE_MILLIS);
        while (!closed) {
            long now = System.nanoTime();
            for (GuardedConnection connection : connections) {
                if (connection.isOverdue(now)) {
                    connection.abort();
                } else if (draining) {
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
