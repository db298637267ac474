package dev.nereid.server.hostile;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Locale;
import java.util.Random;
import java.util.zip.GZIPOutputStream;

/** A connection of a client on bare sockets, and the bytes that such clients send. */
final class Wire implements AutoCloseable {
    /** Longer than the server waits for anybody. */
    private static final int PATIENCE_MILLIS = 60_000;

    private final Socket socket;

    Wire(int port) throws IOException {
        socket = new Socket(InetAddress.getLoopbackAddress(), port);
        socket.setSoTimeout(PATIENCE_MILLIS);
        socket.setTcpNoDelay(true);
    }

    /** What the server said. */
    @SuppressWarnings("ArrayRecordComponent")
    record Answer(int status, byte[] body) {
        String text() {
            return new String(body, StandardCharsets.UTF_8);
        }
    }

    Wire send(byte[] bytes) throws IOException {
        OutputStream stream = socket.getOutputStream();
        stream.write(bytes);
        stream.flush();
        return this;
    }

    Wire send(String text) throws IOException {
        return send(text.getBytes(StandardCharsets.ISO_8859_1));
    }

    Wire endOutput() throws IOException {
        socket.shutdownOutput();
        return this;
    }

    /** Ends the connection with a reset in place of a goodbye. */
    void reset() throws IOException {
        socket.setSoLinger(true, 0);
        socket.close();
    }

    int read() throws IOException {
        return socket.getInputStream().read();
    }

    /** Reads one answer with a Content-Length. */
    Answer receive() throws IOException {
        String status = line();
        int length = 0;
        for (String line = line(); !line.isEmpty(); line = line()) {
            if (line.toLowerCase(Locale.ROOT).startsWith("content-length:")) {
                length = Integer.parseInt(line.substring(line.indexOf(':') + 1).strip());
            }
        }
        byte[] body = socket.getInputStream().readNBytes(length);
        if (body.length < length) {
            throw new IOException("the answer ended after " + body.length + " of " + length + " bytes");
        }
        return new Answer(Integer.parseInt(status.split(" ", 3)[1]), body);
    }

    private String line() throws IOException {
        InputStream stream = socket.getInputStream();
        ByteArrayOutputStream line = new ByteArrayOutputStream();
        for (int next = stream.read(); next != '\n'; next = stream.read()) {
            if (next < 0) {
                throw new IOException("the connection ended within a line: " + line);
            }
            line.write(next);
        }
        return line.toString(StandardCharsets.ISO_8859_1).stripTrailing();
    }

    /**
     * What comes until the server ends the connection, at most some bytes of it.
     *
     * @throws java.net.SocketTimeoutException if the server keeps the connection
     */
    String untilClosed() throws IOException {
        ByteArrayOutputStream beginning = new ByteArrayOutputStream();
        try {
            byte[] chunk = new byte[8 << 10];
            for (int read = socket.getInputStream().read(chunk);
                    read >= 0;
                    read = socket.getInputStream().read(chunk)) {
                beginning.write(chunk, 0, Math.min(read, 1 << 10));
            }
        } catch (java.net.SocketTimeoutException e) {
            throw e;
        } catch (IOException e) {
            // A reset ends it too.
        }
        return beginning.toString(StandardCharsets.ISO_8859_1);
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }

    /** A request with Content-Length and further header lines. */
    static byte[] post(String path, byte[] body, String... headers) {
        StringBuilder head =
                new StringBuilder("POST " + path + " HTTP/1.1\r\nHost: x\r\nContent-Length: " + body.length + "\r\n");
        for (String header : headers) {
            head.append(header).append("\r\n");
        }
        ByteArrayOutputStream request = new ByteArrayOutputStream();
        request.writeBytes(head.append("\r\n").toString().getBytes(StandardCharsets.ISO_8859_1));
        request.writeBytes(body);
        return request.toByteArray();
    }

    /** An inference of numbers as binary data, answered as text unless {@code binary}. */
    static byte[] infer(String model, int[] numbers, boolean binary) {
        byte[] json = ("{\"inputs\":[{\"name\":\"INPUT0\",\"datatype\":\"INT32\",\"shape\":[1," + numbers.length
                        + "],\"parameters\":{\"binary_data_size\":" + 4 * numbers.length
                        + "}}],\"outputs\":[{\"name\":\"OUTPUT0\",\"parameters\":{\"binary_data\":" + binary + "}}]}")
                .getBytes(StandardCharsets.UTF_8);
        byte[] data = bytes(numbers);
        byte[] body = Arrays.copyOf(json, json.length + data.length);
        System.arraycopy(data, 0, body, json.length, data.length);
        return post("/v2/models/" + model + "/infer", body, "Inference-Header-Content-Length: " + json.length);
    }

    static byte[] bytes(int[] numbers) {
        ByteBuffer bytes = ByteBuffer.allocate(4 * numbers.length).order(ByteOrder.LITTLE_ENDIAN);
        bytes.asIntBuffer().put(numbers);
        return bytes.array();
    }

    static int[] numbers(Random random, int count) {
        return random.ints(count).toArray();
    }

    static byte[] gzip(byte[] plain) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (OutputStream stream = new GZIPOutputStream(bytes)) {
            stream.write(plain);
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
        return bytes.toByteArray();
    }
}
