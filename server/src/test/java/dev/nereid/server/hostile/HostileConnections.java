package dev.nereid.server.hostile;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Attacks on connections of the gRPC front by frames of HTTP/2, bounded in number; each ends when the server has ended the
 * connection or refused what it must. What they throw besides {@link IOException} is a fault of the server.
 */
public final class HostileConnections {
    private static final String INFER = "/inference.GRPCInferenceService/ModelInfer";

    private HostileConnections() {}

    /**
     * Begins calls and sends no message of any.
     *
     * @return how many of them the server neither refused nor ended with the connection
     */
    public static int beginCalls(int port, int count) throws IOException {
        try (Http2Wire wire = Http2Wire.begin(port)) {
            int begun = 0;
            try {
                for (; begun < count; begun++) {
                    wire.send(Http2Wire.call(2 * begun + 1, INFER));
                }
                // A call that needs no message, and is refused or answered behind all others.
                wire.send(Http2Wire.call(2 * begun + 1, "/no/method"));
            } catch (IOException e) {
                return 0; // The server has closed it, as it may.
            }
            int refused = 0;
            for (Optional<Http2Wire.Frame> frame = wire.receive(); frame.isPresent(); frame = wire.receive()) {
                if (frame.get().stream() == 2 * begun + 1) {
                    return begun - refused;
                }
                refused += frame.get().type() == Http2Wire.RESET ? 1 : 0;
            }
            return 0;
        }
    }

    /**
     * Begins calls and resets each at once.
     *
     * @return the error code with which the server ended the connection; empty if it did not say one
     */
    public static Optional<Integer> resetCalls(int port, int count) throws IOException {
        try (Http2Wire wire = Http2Wire.begin(port)) {
            try {
                for (int call = 0; call < count; call++) {
                    wire.send(Http2Wire.call(2 * call + 1, INFER)).send(Http2Wire.reset(2 * call + 1));
                }
            } catch (IOException e) {
                // The server has closed it, as it should.
            }
            return wire.receive(Http2Wire.GO_AWAY).map(Http2Wire.Frame::errorCode);
        }
    }

    /** What a client may send and not end, from the beginning of a connection on. */
    public static List<byte[]> halves() {
        byte[] preface = Http2Wire.PREFACE.getBytes(StandardCharsets.US_ASCII);
        byte[] begin = join(preface, Http2Wire.frame(Http2Wire.SETTINGS, 0, 0));
        byte[] call = Http2Wire.call(1, INFER);
        return List.of(
                new byte[0],
                Arrays.copyOf(preface, preface.length / 2),
                Arrays.copyOf(begin, begin.length - 2),
                join(begin, Arrays.copyOf(call, call.length / 2)),
                join(begin, Http2Wire.frame(Http2Wire.HEADERS, 0, 1, Http2Wire.headers(INFER, Map.of()))),
                join(begin, call, Arrays.copyOf(Http2Wire.frame(Http2Wire.DATA, 0, 1, new byte[100]), 50)));
    }

    /** Sends one of the {@link #halves}, and waits until the server ends the connection. */
    public static void sendHalf(int port, byte[] half) throws IOException {
        try (Http2Wire wire = new Http2Wire(port)) {
            wire.send(half).receiveAll();
        }
    }

    private static byte[] join(byte[]... parts) {
        byte[] joined =
                new byte[Arrays.stream(parts).mapToInt(part -> part.length).sum()];
        int position = 0;
        for (byte[] part : parts) {
            System.arraycopy(part, 0, joined, position, part.length);
            position += part.length;
        }
        return joined;
    }
}
