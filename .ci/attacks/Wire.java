import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;

/** A connection on which any bytes are sent. */
final class Wire implements AutoCloseable {
    private static final int PATIENCE_MILLIS = 8_000;

    private final Socket socket;

    Wire(int port) throws IOException {
        socket = new Socket(InetAddress.getLoopbackAddress(), port);
        socket.setSoTimeout(PATIENCE_MILLIS);
    }

    Wire send(String text) throws IOException {
        socket.getOutputStream().write(text.getBytes(StandardCharsets.ISO_8859_1));
        return this;
    }

    /** Sends the same again and again; how much, until the server ends the connection or so much is sent. */
    long flood(String text, long most) {
        byte[] piece = text.repeat((1 << 16) / text.length()).getBytes(StandardCharsets.ISO_8859_1);
        long sent = 0;
        try {
            for (; sent < most; sent += piece.length) {
                socket.getOutputStream().write(piece);
            }
        } catch (IOException e) {
            // The server has ended it.
        }
        return sent;
    }

    String line() throws IOException {
        return line(socket);
    }

    /** The first line that the server says; empty if it ends the connection. */
    static String line(Socket socket) throws IOException {
        ByteArrayOutputStream line = new ByteArrayOutputStream();
        InputStream stream = socket.getInputStream();
        for (int next = stream.read(); next >= 0 && next != '\r'; next = stream.read()) {
            line.write(next);
        }
        return line.toString(StandardCharsets.ISO_8859_1);
    }

    /** What the server says until it ends the connection. */
    String untilClosed() throws IOException {
        ByteArrayOutputStream said = new ByteArrayOutputStream();
        try {
            for (int next = socket.getInputStream().read(); next >= 0; next = socket.getInputStream().read()) {
                said.write(next);
            }
        } catch (SocketTimeoutException e) {
            throw new AssertionError("the server keeps the connection", e);
        } catch (IOException e) {
            // A reset ends it too.
        }
        return said.toString(StandardCharsets.ISO_8859_1);
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }
}
