package dev.nereid.server.http.connection;

import io.helidon.common.buffers.BufferData;
import io.helidon.common.concurrency.limits.Limit;
import io.helidon.webserver.ConnectionContext;
import io.helidon.webserver.spi.ServerConnection;
import io.helidon.webserver.spi.ServerConnectionSelector;
import java.time.Duration;
import java.util.Optional;
import java.util.Set;

/**
 * Puts a guard between the web server's HTTP connections and their sockets, and closes the socket when a connection has
 * ended: the web server leaves that to the client. Connections of HTTP/2 are handed to a relay, where there is one.
 */
public final class GuardedSelector implements ServerConnectionSelector {
    private final ServerConnectionSelector selector;
    private final ConnectionGuard guard;
    private final Optional<GuardedTls> tls;
    private final Optional<Http2Relay> http2;

    /**
     * Guards the connections of a selector.
     *
     * @param tls where connections have TLS
     * @param http2 takes connections that begin with the preface of HTTP/2; empty where those are an error
     */
    public GuardedSelector(
            ServerConnectionSelector selector,
            ConnectionGuard guard,
            Optional<GuardedTls> tls,
            Optional<Http2Relay> http2) {
        this.selector = selector;
        this.guard = guard;
        this.tls = tls;
        this.http2 = http2;
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
        Optional<Runnable> below = tls.flatMap(GuardedTls::connected);
        Runnable close = context.serverSocket()::close;
        GuardedConnection guarded = new GuardedConnection(guard.limits(), below.orElse(close));
        return new Watched(
                context,
                selector.connection(new GuardedContext(context, guarded)),
                guarded,
                below.isPresent() ? close : () -> {});
    }

    /** A connection that the guard knows for as long as it is handled. */
    private final class Watched implements ServerConnection {
        private final ConnectionContext context;
        private final ServerConnection connection;
        private final GuardedConnection guarded;
        private final Runnable sayEnd;

        /** @param sayEnd tells the client that nothing was cut off; may wait for it */
        Watched(ConnectionContext context, ServerConnection connection, GuardedConnection guarded, Runnable sayEnd) {
            this.context = context;
            this.connection = connection;
            this.guarded = guarded;
            this.sayEnd = sayEnd;
        }

        @Override
        public void handle(Limit limit) throws InterruptedException {
            guard.add(guarded);
            try {
                if (http2.isPresent() && beginsAsHttp2()) {
                    http2.get().relay(context, guarded);
                    return;
                }
                ScopedValue.where(GuardedConnection.CURRENT, guarded).call(() -> {
                    connection.handle(limit);
                    return true;
                });
            } finally {
                guarded.end(sayEnd);
                guard.remove(guarded);
                guarded.abort();
            }
        }

        private boolean beginsAsHttp2() {
            guarded.beforeRead();
            try {
                return Http2Relay.isHttp2(context.dataReader());
            } finally {
                guarded.afterWait();
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
