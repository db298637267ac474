package dev.nereid.server.cache;

import dev.nereid.server.tls.ClientTls;
import java.io.IOException;
import java.net.Socket;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.SSLSocketFactory;
import redis.clients.jedis.HostAndPort;
import redis.clients.jedis.JedisSocketFactory;
import redis.clients.jedis.exceptions.JedisConnectionException;

/** Connections with TLS over those of another factory, which knows how long to wait. */
final class TlsSockets implements JedisSocketFactory {
    private final JedisSocketFactory plain;
    private final HostAndPort place;
    private final SSLSocketFactory sockets;
    private final SSLParameters parameters;

    /** @throws IllegalArgumentException if a file that TLS needs does not hold what it should */
    TlsSockets(JedisSocketFactory plain, HostAndPort place, ClientTls tls) {
        this.plain = plain;
        this.place = place;
        this.sockets = tls.context().getSocketFactory();
        this.parameters = tls.parameters();
    }

    @Override
    public Socket createSocket() {
        Socket below = plain.createSocket();
        try {
            SSLSocket socket = (SSLSocket) sockets.createSocket(below, place.getHost(), place.getPort(), true);
            socket.setSSLParameters(parameters);
            socket.startHandshake();
            return socket;
        } catch (IOException e) {
            try {
                below.close();
            } catch (IOException closing) {
                e.addSuppressed(closing);
            }
            throw new JedisConnectionException("no connection with TLS", e);
        }
    }
}
