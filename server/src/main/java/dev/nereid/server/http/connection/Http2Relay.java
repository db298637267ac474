package dev.nereid.server.http.connection;

import io.helidon.common.buffers.BufferData;
import io.helidon.common.buffers.DataReader;
import io.helidon.webserver.ConnectionContext;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Carries the bytes of HTTP/2 connections that come to the HTTP port to a port of this process where HTTP/2 is served, and
 * back. Each connection has two virtual threads, which block, so that who reads slowly slows down who writes. Any thread.
 */
public final class Http2Relay {
    private static final Logger LOG = LoggerFactory.getLogger(Http2Relay.class);

    /** How the preface of HTTP/2 begins; no method of HTTP/1 is so called. */
    private static final byte[] PREFACE = "PRI * HTTP/2.0\r\n".getBytes(StandardCharsets.US_ASCII);

    private static final int PIECE = 64 << 10;

    private final CompletionStage<Integer> port;

    /** @param port of this machine's loopback address, once HTTP/2 is served there; connections wait for it */
    public Http2Relay(CompletionStage<Integer> port) {
        this.port = port;
    }

    /** Whether a connection begins as HTTP/2 does; waits for its first bytes, and leaves them there. */
    static boolean isHttp2(DataReader reader) {
        try {
            reader.ensureAvailable();
            // The methods of HTTP/1 that begin with P are told apart by the second or third byte.
            for (int length = 1; length <= PREFACE.length; length++) {
                byte[] prefix = new byte[length];
                System.arraycopy(PREFACE, 0, prefix, 0, length);
                if (!reader.startsWith(prefix)) {
                    return false;
                }
            }
            return true;
        } catch (DataReader.InsufficientDataAvailableException e) {
            return false;
        }
    }

    /**
     * Serves a connection to its end.
     *
     * @param guarded is told of what waits for the client to read; for what it sends the front has limits
     */
    void relay(ConnectionContext context, GuardedConnection guarded) {
        try (Socket server = connect()) {
            Thread answers =
                    Thread.ofVirtual().name("http2-answers").start(() -> carryAnswers(server, context, guarded));
            carryRequests(context, server);
            answers.join();
        } catch (IOException | CompletionException e) {
            LOG.debug("an HTTP/2 connection could not be passed on", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private Socket connect() throws IOException {
        Socket socket = new Socket(
                InetAddress.getLoopbackAddress(), port.toCompletableFuture().join());
        socket.setTcpNoDelay(true);
        return socket;
    }

    private static void carryRequests(ConnectionContext context, Socket server) throws IOException {
        SocketSource source = new SocketSource(context.dataReader(), context.serverSocket());
        try {
            OutputStream out = server.getOutputStream();
            for (byte[] bytes = source.get(); bytes != null; bytes = source.get()) {
                out.write(bytes);
            }
            server.shutdownOutput();
        } catch (IOException | UncheckedIOException e) {
            LOG.trace("an HTTP/2 connection has ended", e);
            server.close();
        }
    }

    private static void carryAnswers(Socket server, ConnectionContext context, GuardedConnection guarded) {
        try {
            InputStream in = server.getInputStream();
            byte[] piece = new byte[PIECE];
            for (int read = in.read(piece); read >= 0; read = in.read(piece)) {
                guarded.beforeWrite(read);
                context.serverSocket().write(BufferData.create(piece, 0, read));
                guarded.afterWrite();
            }
        } catch (IOException | UncheckedIOException e) {
            LOG.trace("an HTTP/2 connection has ended", e);
        } finally {
            try {
                context.serverSocket().close();
            } catch (UncheckedIOException e) {
                LOG.trace("the client was faster", e);
            }
        }
    }
}
