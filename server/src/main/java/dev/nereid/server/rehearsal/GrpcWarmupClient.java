package dev.nereid.server.rehearsal;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.List;

/**
 * Sends the gRPC calls of the warm-up as HTTP/2 frames over a plain socket, so that no client code is loaded and compiled.
 */
final class GrpcWarmupClient implements WarmupClient {
    private static final int DATA = 0;
    private static final int HEADERS = 1;
    private static final int RESET = 3;
    private static final int SETTINGS = 4;
    private static final int PING = 6;
    private static final int GO_AWAY = 7;
    private static final int WINDOW_UPDATE = 8;

    private static final int ACKNOWLEDGED = 1;
    private static final int END_OF_STREAM = 1;
    private static final int END_OF_HEADERS = 4;

    private static final byte[] PREFACE = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".getBytes(StandardCharsets.US_ASCII);
    private static final int WINDOW = 1 << 20;

    /** No pushed streams, a window of 1 MiB for each stream, and 8 KiB of headers. */
    private static final byte[] CLIENT_SETTINGS =
            HexFormat.of().parseHex("000200000000" + "000300000000" + "000400100000" + "000600002000");

    /** Of a stream's headers those that are the same in each: POST, http, and an authority in Huffman's code. */
    private static final byte[] FIXED_HEADERS = HexFormat.of().parseHex("8386018cf1e3c2e5f23a6ba0ab90f4ff");

    /** {@code :path} with its value behind it, not to be remembered. */
    private static final byte PATH = 0x04;

    /** What the first call of a connection spells out to be remembered, and the later ones name by number. */
    private static final List<String> REMEMBERED = List.of(
            "te: trailers",
            "content-type: application/grpc",
            "user-agent: grpc-warmup/1",
            "grpc-accept-encoding: identity, deflate, gzip",
            "grpc-timeout: 20S");

    private static final byte REMEMBER = 0x40;
    private static final int BY_NUMBER = 0x80;
    private static final int FIRST_NUMBER = 62;

    private final List<WarmupGrpcCalls.Call> calls;
    private int sent;

    /** @param calls of a round */
    GrpcWarmupClient(List<WarmupGrpcCalls.Call> calls) {
        this.calls = calls;
    }

    @Override
    public void visit(int port, int count) throws IOException {
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
            socket.setTcpNoDelay(true);
            socket.setSoTimeout(HttpWarmupClient.SOCKET_MILLIS);
            OutputStream out = socket.getOutputStream();
            DataInputStream in = new DataInputStream(new BufferedInputStream(socket.getInputStream()));
            ByteArrayOutputStream frames = new ByteArrayOutputStream();
            frames.writeBytes(PREFACE);
            frames.writeBytes(frame(SETTINGS, 0, 0, CLIENT_SETTINGS));
            frames.writeBytes(frame(WINDOW_UPDATE, 0, 0, number(WINDOW)));
            for (int i = 0; i < count; i++) {
                WarmupGrpcCalls.Call call = calls.get(sent++ % calls.size());
                int stream = 2 * i + 1;
                frames.writeBytes(frame(HEADERS, END_OF_HEADERS, stream, headers(call.path(), i)));
                frames.writeBytes(
                        frame(DATA, END_OF_STREAM, stream, call.message().toByteArray()));
                out.write(frames.toByteArray());
                frames.reset();
                readAnswer(call, stream, in, out);
            }
        }
    }

    /** Reads to the end of the stream, and answers what the server asks for meanwhile. */
    private static void readAnswer(WarmupGrpcCalls.Call call, int stream, DataInputStream in, OutputStream out)
            throws IOException {
        boolean answered = false;
        while (true) {
            int lengthAndType = in.readInt();
            int type = lengthAndType & 0xFF;
            int flags = in.readUnsignedByte();
            int its = in.readInt();
            byte[] payload = new byte[lengthAndType >>> 8];
            in.readFully(payload);
            boolean question = (flags & ACKNOWLEDGED) == 0;
            switch (type) {
                case SETTINGS -> acknowledge(question, out, frame(SETTINGS, ACKNOWLEDGED, 0));
                case PING -> acknowledge(question, out, frame(PING, ACKNOWLEDGED, 0, payload));
                case RESET, GO_AWAY -> throw new IOException("the warm-up's call of " + call.path() + " was refused");
                case DATA -> answered |= its == stream && payload.length > 0;
                default -> {}
            }
            if (its == stream && (type == DATA || type == HEADERS) && (flags & END_OF_STREAM) != 0) {
                if (!answered) {
                    throw new IOException("the warm-up's call of " + call.path() + " ended without a message");
                }
                return;
            }
        }
    }

    private static void acknowledge(boolean asked, OutputStream out, byte[] frame) throws IOException {
        if (asked) {
            out.write(frame);
        }
    }

    /** @param before how many calls the connection has had; every other one has no deadline */
    private static byte[] headers(String path, int before) {
        ByteArrayOutputStream block = new ByteArrayOutputStream();
        block.writeBytes(FIXED_HEADERS);
        block.write(PATH);
        text(block, path);
        for (int i = 0; i < REMEMBERED.size() - before % 2; i++) {
            if (before == 0) {
                String[] field = REMEMBERED.get(i).split(": ", 2);
                block.write(REMEMBER);
                text(block, field[0]);
                text(block, field[1]);
            } else {
                block.write(BY_NUMBER | (FIRST_NUMBER + REMEMBERED.size() - 1 - i));
            }
        }
        return block.toByteArray();
    }

    /** Shorter than the 127 bytes that would need a second one for the length. */
    private static void text(ByteArrayOutputStream block, String text) {
        byte[] bytes = text.getBytes(StandardCharsets.US_ASCII);
        block.write(bytes.length);
        block.writeBytes(bytes);
    }

    private static byte[] number(int value) {
        return ByteBuffer.allocate(Integer.BYTES).putInt(value).array();
    }

    private static byte[] frame(int type, int flags, int stream, byte... payload) {
        return ByteBuffer.allocate(Integer.BYTES + 1 + Integer.BYTES + payload.length)
                .putInt(payload.length << 8 | type)
                .put((byte) flags)
                .putInt(stream)
                .put(payload)
                .array();
    }
}
