package dev.nereid.server.http.connection;

import io.helidon.common.buffers.BufferData;
import io.helidon.common.concurrency.limits.Limit;
import io.helidon.webserver.ConnectionContext;
import io.helidon.webserver.spi.ServerConnection;
import io.helidon.webserver.spi.ServerConnectionSelector;
import java.time.Duration;
import java.util.Set;

/**
 * Puts a guard between the web server's HTTP connections and their sockets, and closes the socket when a connection has
 * ended: the web server leaves that to the client.
 */
public final class GuardedSelector implements ServerConnectionSelector {
    private final ServerConnectionSelector selector;
    private final ConnectionGuard guard;

    public GuardedSelector(ServerConnectionSelector selector, ConnectionGuard guard) {
        this.selector = selector;
        this.guard = guard;
    }

    @Override
    public int bytesToIdentifyConnection() {
        return 0;
    }

    @Override
    public Support supports(BufferData data) {
        return Support.SUPPORTED;
    }

    @Override
    public Set<String> supportedApplicationProtocols() {
        return selector.supportedApplicationProtocols();
    }

    @Override
    public ServerConnection connection(ConnectionContext context) {
        GuardedConnection guarded = new GuardedConnection(guard.limits(), context.serverSocket()::close);
        return new Watched(selector.connection(new GuardedContext(context, guarded)), guarded);
    }

    /** A connection that the guard knows for as long as it is handled. */
    private final class Watched implements ServerConnection {
        private final ServerConnection connection;
        private final GuardedConnection guarded;

        Watched(ServerConnection connection, GuardedConnection guarded) {
            this.connection = connection;
            this.guarded = guarded;
        }

        @Override
        public void handle(Limit limit) throws InterruptedException {
            guard.add(guarded);
            try {
                ScopedValue.where(GuardedConnection.CURRENT, guarded).call(() -> {
                    connection.handle(limit);
                    return true;
                });
            } finally {
                guard.remove(guarded);
                guarded.abort();
            }
        }

        @Override
        public Duration idleTime() {
            return connection.idleTime();
        }

        @Override
        public void close(boolean interrupt) {
            // Without an interrupt it asks for idle connections to end; the guard ends those, when no request can be on
            // its way.
            if (interrupt) {
                connection.close(true);
            }
        }
    }
}
