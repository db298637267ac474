package dev.nereid.server.http;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;

/** A client that sends exactly the bytes it is told to. */
final class RawClient implements AutoCloseable {
    private static final int PATIENCE_MILLIS = 20_000;

    private final Socket socket;

    /** One answer; header names in lower case. */
    @SuppressWarnings("ArrayRecordComponent")
    record Answer(String statusLine, Map<String, String> headers, byte[] body) {
        int status() {
            return Integer.parseInt(statusLine.split(" ", 3)[1]);
        }

        String text() {
            return new String(body, StandardCharsets.UTF_8);
        }

        String header(String name) {
            return headers.getOrDefault(name, "");
        }
    }

    RawClient(int port) {
        try {
            socket = new Socket(InetAddress.getLoopbackAddress(), port);
            socket.setSoTimeout(PATIENCE_MILLIS);
            socket.setTcpNoDelay(true);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    RawClient send(String text) {
        return send(text.getBytes(StandardCharsets.ISO_8859_1));
    }

    RawClient send(byte[] bytes) {
        try {
            socket.getOutputStream().write(bytes);
            socket.getOutputStream().flush();
            return this;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Sends a request with Content-Length and further header lines. */
    RawClient send(String method, String target, byte[] body, String... headers) {
        StringBuilder head = new StringBuilder(
                method + " " + target + " HTTP/1.1\r\nHost: test\r\nContent-Length: " + body.length + "\r\n");
        for (String header : headers) {
            head.append(header).append("\r\n");
        }
        ByteArrayOutputStream request = new ByteArrayOutputStream();
        request.writeBytes(head.append("\r\n").toString().getBytes(StandardCharsets.ISO_8859_1));
        request.writeBytes(body);
        return send(request.toByteArray());
    }

    RawClient endOutput() {
        try {
            socket.shutdownOutput();
            return this;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Reads one answer with a Content-Length or in chunks, which are joined. */
    Answer receive() {
        Answer head = receiveHead();
        Map<String, String> headers = head.headers();
        try {
            InputStream stream = socket.getInputStream();
            if (headers.getOrDefault("transfer-encoding", "").equals("chunked")) {
                return new Answer(head.statusLine(), headers, chunks(stream));
            }
            int length = Integer.parseInt(headers.getOrDefault("content-length", "0"));
            return new Answer(head.statusLine(), headers, stream.readNBytes(length));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static byte[] chunks(InputStream stream) throws IOException {
        ByteArrayOutputStream body = new ByteArrayOutputStream();
        for (int size = chunk(stream, body); size > 0; size = chunk(stream, body)) {
            // Each call reads one.
        }
        return body.toByteArray();
    }

    /** Reads one chunk and answers its size; 0 for the last one. */
    private static int chunk(InputStream stream, ByteArrayOutputStream body) throws IOException {
        int size = Integer.parseInt(line(stream), 16);
        body.writeBytes(stream.readNBytes(size));
        line(stream);
        return size;
    }

    /** Reads the head of an answer in chunks. */
    Answer receiveHead() {
        try {
            InputStream stream = socket.getInputStream();
            String statusLine = line(stream);
            Map<String, String> headers = new HashMap<>();
            for (String line = line(stream); !line.isEmpty(); line = line(stream)) {
                int colon = line.indexOf(':');
                headers.put(
                        line.substring(0, colon).toLowerCase(Locale.ROOT),
                        line.substring(colon + 1).strip());
            }
            return new Answer(statusLine, headers, new byte[0]);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Reads one chunk as text; empty for the last one. */
    String receiveChunk() {
        ByteArrayOutputStream body = new ByteArrayOutputStream();
        try {
            chunk(socket.getInputStream(), body);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return body.toString(StandardCharsets.UTF_8);
    }

    private static String line(InputStream stream) throws IOException {
        ByteArrayOutputStream line = new ByteArrayOutputStream();
        for (int next = stream.read(); next != '\n'; next = stream.read()) {
            if (next < 0) {
                throw new IOException("the connection ended within a line: " + line);
            }
            line.write(next);
        }
        return line.toString(StandardCharsets.ISO_8859_1).stripTrailing();
    }

    /** Waits until the server closes the connection; false if it did not, or sent something. */
    boolean isClosedByServer() {
        try {
            return socket.getInputStream().read() < 0;
        } catch (SocketTimeoutException e) {
            return false;
        } catch (SocketException e) {
            return true; // reset
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Waits until the server closes the connection; false if it said anything but that the request is refused. */
    boolean endsRefused() {
        try {
            String said = new String(socket.getInputStream().readAllBytes(), StandardCharsets.ISO_8859_1);
            return said.isEmpty() || (said.matches("(?s)HTTP/1.1 [45].*") && said.split("HTTP/1.1 ", -1).length == 2);
        } catch (SocketTimeoutException e) {
            return false;
        } catch (SocketException e) {
            return true; // reset
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public void close() {
        try {
            socket.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
