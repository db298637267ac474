package dev.nereid.server.hostile;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.net.SocketException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** A connection of a client that writes frames of HTTP/2 by itself, right ones and others. Not for several threads. */
public final class Http2Wire implements AutoCloseable {
    public static final String PREFACE = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

    public static final int DATA = 0;
    public static final int HEADERS = 1;
    public static final int RESET = 3;
    public static final int SETTINGS = 4;
    public static final int GO_AWAY = 7;
    public static final int CONTINUATION = 9;

    public static final int ACK = 1;
    public static final int END_STREAM = 1;
    public static final int END_HEADERS = 4;

    public static final int REFUSED_STREAM = 7;
    public static final int CANCEL = 8;
    public static final int ENHANCE_YOUR_CALM = 11;

    /** Longer than the server waits for anybody. */
    private static final int PATIENCE_MILLIS = 60_000;

    private static final int FRAME_HEADER_BYTES = 9;

    private final Socket socket;
    private final OutputStream output;
    private final DataInputStream input;

    /** Connects and sends nothing. */
    public Http2Wire(int port) throws IOException {
        socket = new Socket(InetAddress.getLoopbackAddress(), port);
        socket.setSoTimeout(PATIENCE_MILLIS);
        socket.setTcpNoDelay(true);
        output = socket.getOutputStream();
        input = new DataInputStream(new BufferedInputStream(socket.getInputStream()));
    }

    /** A frame that the server sent. */
    @SuppressWarnings("ArrayRecordComponent")
    public record Frame(int type, int flags, int stream, byte[] payload) {
        /** The error code of a RST_STREAM or GOAWAY frame. */
        public int errorCode() {
            return ByteBuffer.wrap(payload).getInt(type == GO_AWAY ? Integer.BYTES : 0);
        }
    }

    /** Connects, and sends the preface and empty settings. */
    public static Http2Wire begin(int port) throws IOException {
        return new Http2Wire(port)
                .send(PREFACE.getBytes(StandardCharsets.US_ASCII))
                .send(frame(SETTINGS, 0, 0));
    }

    /** The bytes of a frame. */
    public static byte[] frame(int type, int flags, int stream, byte... payload) {
        return ByteBuffer.allocate(FRAME_HEADER_BYTES + payload.length)
                .put((byte) (payload.length >> 16))
                .putShort((short) payload.length)
                .put((byte) type)
                .put((byte) flags)
                .putInt(stream)
                .put(payload)
                .array();
    }

    /** A frame with the error code that ends a call. */
    public static byte[] reset(int stream) {
        return frame(
                RESET,
                0,
                stream,
                ByteBuffer.allocate(Integer.BYTES).putInt(CANCEL).array());
    }

    /** The HEADERS frame that begins a call, whose message is not there yet. */
    public static byte[] call(int stream, String method) {
        return frame(HEADERS, END_HEADERS, stream, headers(method, Map.of()));
    }

    /** The headers of a call as HPACK writes them without compression. */
    public static byte[] headers(String method, Map<String, String> metadata) {
        ByteArrayOutputStream block = new ByteArrayOutputStream();
        literal(block, ":method", "POST");
        literal(block, ":scheme", "http");
        literal(block, ":path", method);
        literal(block, ":authority", "localhost");
        literal(block, "content-type", "application/grpc");
        literal(block, "te", "trailers");
        metadata.forEach((name, value) -> literal(block, name, value));
        return block.toByteArray();
    }

    private static void literal(ByteArrayOutputStream block, String name, String value) {
        block.write(0);
        text(block, name);
        text(block, value);
    }

    private static void text(ByteArrayOutputStream block, String text) {
        int most = 0x7F;
        int length = text.length();
        if (length < most) {
            block.write(length);
        } else {
            block.write(most);
            int rest = length - most;
            while (rest > most) {
                block.write((rest & most) | 0x80);
                rest >>= 7;
            }
            block.write(rest);
        }
        block.writeBytes(text.getBytes(StandardCharsets.US_ASCII));
    }

    public Http2Wire send(byte[] bytes) throws IOException {
        output.write(bytes);
        output.flush();
        return this;
    }

    /** The next frame; empty if the server has ended the connection. */
    public Optional<Frame> receive() throws IOException {
        try {
            int length = input.readUnsignedByte() << 16 | input.readUnsignedShort();
            int type = input.readUnsignedByte();
            int flags = input.readUnsignedByte();
            int stream = input.readInt();
            byte[] payload = new byte[length];
            input.readFully(payload);
            return Optional.of(new Frame(type, flags, stream, payload));
        } catch (EOFException | SocketException e) {
            return Optional.empty();
        }
    }

    /** The next frame of a type, whatever comes before it; empty if the server ends the connection first. */
    public Optional<Frame> receive(int type) throws IOException {
        for (Optional<Frame> frame = receive(); frame.isPresent(); frame = receive()) {
            if (frame.get().type() == type) {
                return frame;
            }
        }
        return Optional.empty();
    }

    /** All frames until the server ends the connection. */
    public List<Frame> receiveAll() throws IOException {
        List<Frame> frames = new ArrayList<>();
        for (Optional<Frame> frame = receive(); frame.isPresent(); frame = receive()) {
            frames.add(frame.get());
        }
        return frames;
    }

    /** Ends the connection before its time. */
    public void hangUp() throws IOException {
        socket.close();
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }
}
