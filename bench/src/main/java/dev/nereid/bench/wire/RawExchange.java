package dev.nereid.bench.wire;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;

/** An HTTP client that sends the same bytes each time and allocates nothing. Used by one thread. */
final class RawExchange implements AutoCloseable {
    private static final byte[] LENGTH = "\r\nContent-Length: ".getBytes(StandardCharsets.US_ASCII);
    private static final byte[] END = "\r\n\r\n".getBytes(StandardCharsets.US_ASCII);
    private static final byte[] OK = "HTTP/1.1 200 ".getBytes(StandardCharsets.US_ASCII);
    private static final int ROOM = 1 << 20;

    private final byte[] request;
    private final byte[] buffer = new byte[ROOM];
    private final Socket socket;
    private final InputStream input;
    private final OutputStream output;

    /** @param request a whole one, head and body */
    RawExchange(int port, byte[] request) throws IOException {
        this.request = request;
        this.socket = new Socket(InetAddress.getLoopbackAddress(), port);
        socket.setTcpNoDelay(true);
        this.input = socket.getInputStream();
        this.output = socket.getOutputStream();
    }

    /**
     * Sends the request and reads its answer.
     *
     * @return bytes of the answer's body
     * @throws IOException if it is not answered with 200 and a Content-Length
     */
    int run() throws IOException {
        output.write(request);
        int filled = 0;
        int end = -1;
        while (end < 0) {
            filled += read(filled);
            end = find(END, filled);
        }
        if (!startsWith(OK, 0)) {
            throw new IOException("expected 200, got " + new String(buffer, 0, end, StandardCharsets.US_ASCII));
        }
        int length = length(end);
        int rest = length - (filled - end - END.length);
        while (rest > 0) {
            rest -= read(0);
        }
        return length;
    }

    private int read(int at) throws IOException {
        int count = input.read(buffer, at, buffer.length - at);
        if (count <= 0) {
            throw new IOException("the server closed the connection within an answer");
        }
        return count;
    }

    private int length(int end) throws IOException {
        int position = find(LENGTH, end);
        if (position < 0) {
            throw new IOException("expected a Content-Length");
        }
        int length = 0;
        for (int i = position + LENGTH.length; buffer[i] >= '0' && buffer[i] <= '9'; i++) {
            length = length * 10 + buffer[i] - '0';
        }
        return length;
    }

    private int find(byte[] text, int limit) {
        for (int i = 0; i + text.length <= limit; i++) {
            if (startsWith(text, i)) {
                return i;
            }
        }
        return -1;
    }

    private boolean startsWith(byte[] text, int from) {
        for (int i = 0; i < text.length; i++) {
            if (buffer[from + i] != text[i]) {
                return false;
            }
        }
        return true;
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }
}
