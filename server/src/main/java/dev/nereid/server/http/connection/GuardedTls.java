package dev.nereid.server.http.connection;

import dev.nereid.server.tls.LoadedTls;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.Socket;
import java.security.KeyManagementException;
import java.security.SecureRandom;
import java.util.Optional;
import java.util.function.Supplier;
import javax.net.ssl.KeyManager;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLContextSpi;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLServerSocketFactory;
import javax.net.ssl.SSLSessionContext;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.SSLSocketFactory;
import javax.net.ssl.TrustManager;

/**
 * TLS below guarded connections. The web server makes its sockets with {@link #context}; this class sees each of them before its
 * handshake. It has the guard end handshakes that take too long, and keeps the socket below, which can be closed by any thread
 * at once: to close a socket of TLS means to write to the client, which may not read.
 */
public final class GuardedTls {
    private final Supplier<LoadedTls> tls;
    private final ConnectionGuard guard;

    /** Of the thread that makes the socket of a connection and then serves it. */
    private static final ThreadLocal<Below> BELOW = new ThreadLocal<>();

    /** A socket without TLS, and what watches the handshake. */
    private record Below(Socket socket, GuardedConnection handshake) {}

    /**
     * TLS of one front.
     *
     * @param tls what makes connections; asked for each
     */
    public GuardedTls(Supplier<LoadedTls> tls, ConnectionGuard guard) {
        this.tls = tls;
        this.guard = guard;
    }

    /** What the web server makes its sockets with. */
    public SSLContext context() {
        SSLContext now = now();
        return new SSLContext(new Delegate(), now.getProvider(), now.getProtocol()) {};
    }

    private SSLContext now() {
        return tls.get().context();
    }

    /** The handshake of this thread's connection is over; answers what closes its socket. */
    Optional<Runnable> connected() {
        Below made = BELOW.get();
        BELOW.remove();
        if (made == null) {
            return Optional.empty();
        }
        guard.remove(made.handshake());
        return Optional.of(() -> close(made.socket()));
    }

    private static void close(Socket socket) {
        try {
            socket.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private Socket secured(Socket socket, InputStream consumed) throws IOException {
        LoadedTls now = tls.get();
        SSLSocket secured = (SSLSocket) now.context().getSocketFactory().createSocket(socket, consumed, true);
        secured.setSSLParameters(now.parameters()); // the web server sets none on the sockets that it asks for here
        GuardedConnection handshake =
                GuardedConnection.handshake(guard.limits(), () -> close(socket), socket::isClosed);
        guard.add(handshake);
        BELOW.set(new Below(socket, handshake));
        return secured;
    }

    /** Makes sockets as the context does, and is told of each. */
    private final class Factory extends SSLSocketFactory {
        private final SSLSocketFactory factory = now().getSocketFactory();

        /** The web server asks for sockets whose end leaves the one below open. */
        @Override
        public Socket createSocket(Socket socket, InputStream consumed, boolean autoClose) throws IOException {
            return secured(socket, consumed);
        }

        @Override
        public String[] getDefaultCipherSuites() {
            return factory.getDefaultCipherSuites();
        }

        @Override
        public String[] getSupportedCipherSuites() {
            return factory.getSupportedCipherSuites();
        }

        @Override
        public Socket createSocket(Socket socket, String host, int port, boolean autoClose) throws IOException {
            return factory.createSocket(socket, host, port, autoClose);
        }

        @Override
        public Socket createSocket(String host, int port) throws IOException {
            return factory.createSocket(host, port);
        }

        @Override
        public Socket createSocket(String host, int port, InetAddress local, int localPort) throws IOException {
            return factory.createSocket(host, port, local, localPort);
        }

        @Override
        public Socket createSocket(InetAddress host, int port) throws IOException {
            return factory.createSocket(host, port);
        }

        @Override
        public Socket createSocket(InetAddress host, int port, InetAddress local, int localPort) throws IOException {
            return factory.createSocket(host, port, local, localPort);
        }
    }

    /** The context but for the factory of its sockets. */
    private final class Delegate extends SSLContextSpi {
        @Override
        protected void engineInit(KeyManager[] keys, TrustManager[] trusted, SecureRandom random)
                throws KeyManagementException {
            throw new KeyManagementException("the context is initialised");
        }

        @Override
        protected SSLSocketFactory engineGetSocketFactory() {
            return new Factory();
        }

        @Override
        protected SSLServerSocketFactory engineGetServerSocketFactory() {
            return now().getServerSocketFactory();
        }

        @Override
        protected SSLEngine engineCreateSSLEngine() {
            return now().createSSLEngine();
        }

        @Override
        protected SSLEngine engineCreateSSLEngine(String host, int port) {
            return now().createSSLEngine(host, port);
        }

        @Override
        protected SSLSessionContext engineGetServerSessionContext() {
            return now().getServerSessionContext();
        }

        @Override
        protected SSLSessionContext engineGetClientSessionContext() {
            return now().getClientSessionContext();
        }

        @Override
        protected SSLParameters engineGetDefaultSSLParameters() {
            return now().getDefaultSSLParameters();
        }

        @Override
        protected SSLParameters engineGetSupportedSSLParameters() {
            return now().getSupportedSSLParameters();
        }
    }
}
