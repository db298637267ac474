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

/** Frames of HTTP/2 that make a server of gRPC wait, keep or work. */
final class GrpcAttacks {
    private static final int HEADERS = 1;
    private static final int RESET = 3;
    private static final int SETTINGS = 4;
    private static final int GO_AWAY = 7;
    private static final int END_HEADERS = 4;
    private static final int CANCEL = 8;
    private static final int ENHANCE_YOUR_CALM = 11;

    private GrpcAttacks() {}

    /** The calls beyond the limit are refused, or the connection ends. */
    static void unfinishedCalls(Checks.Target target) throws Exception {
        Told told = tell(target.grpc(), 20_000, false);
        Checks.assertThat(told.refused() > 0 || told.ended(), "expected refused calls, got " + told);
    }

    /** Each connection ends soon; a client that comes again and again gets no further. */
    static void resets(Checks.Target target) throws Exception {
        for (int i = 0; i < 4; i++) {
            Told told = tell(target.grpc(), 25_000, true);
            Checks.assertThat(told.goAway() == ENHANCE_YOUR_CALM || told.ended(), "expected GOAWAY 11, got " + told);
        }
    }

    /** The server is started with two seconds for it. */
    static void halfFrame(Checks.Target target) throws IOException {
        byte[] frame = frame(HEADERS, END_HEADERS, 1, headers());
        try (Socket socket = begin(target.grpc())) {
            socket.setSoTimeout(10_000);
            socket.getOutputStream().write(frame, 0, frame.length / 2);
            Told told = told(socket);
            Checks.assertThat(told.ended(), "expected the end of the connection, got " + told);
        }
    }

    /** What a server said. */
    private record Told(int refused, int goAway, boolean ended) {}

    private static Told tell(int port, int calls, boolean reset) throws Exception {
        byte[] block = headers();
        try (Socket socket = begin(port)) {
            socket.setSoTimeout(2_000);
            Thread sender = Thread.ofPlatform().daemon().start(() -> {
                try {
                    OutputStream out = socket.getOutputStream();
                    ByteArrayOutputStream batch = new ByteArrayOutputStream();
                    for (int i = 0; i < calls; i++) {
                        batch.writeBytes(frame(HEADERS, END_HEADERS, 2 * i + 1, block));
                        if (reset) {
                            batch.writeBytes(frame(RESET, 0, 2 * i + 1, ByteBuffer.allocate(4).putInt(CANCEL).array()));
                        }
                        if (i % 500 == 499) {
                            out.write(batch.toByteArray());
                            batch.reset();
                        }
                    }
                } catch (IOException e) {
                    // The server has ended the connection.
                }
            });
            Told told = told(socket);
            socket.close();
            sender.join();
            return told;
        }
    }

    /** Reads until the server ends the connection, or says nothing for as long as the socket waits. */
    private static Told told(Socket socket) throws IOException {
        int refused = 0;
        int goAway = -1;
        DataInputStream in = new DataInputStream(socket.getInputStream());
        try {
            while (true) {
                int length = in.readUnsignedByte() << 16 | in.readUnsignedShort();
                int type = in.readUnsignedByte();
                in.skipNBytes(5);
                byte[] payload = in.readNBytes(length);
                if (type == RESET) {
                    refused++;
                } else if (type == GO_AWAY && payload.length >= 8) {
                    goAway = ByteBuffer.wrap(payload).getInt(4);
                }
            }
        } catch (EOFException | SocketException e) {
            return new Told(refused, goAway, true);
        } catch (java.net.SocketTimeoutException e) {
            return new Told(refused, goAway, false);
        }
    }

    private static Socket begin(int port) throws IOException {
        Socket socket = new Socket(InetAddress.getLoopbackAddress(), port);
        socket.getOutputStream().write("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
        socket.getOutputStream().write(frame(SETTINGS, 0, 0));
        return socket;
    }

    private static byte[] frame(int type, int flags, int stream, byte... payload) {
        return ByteBuffer.allocate(9 + payload.length)
                .put((byte) (payload.length >> 16))
                .putShort((short) payload.length)
                .put((byte) type)
                .put((byte) flags)
                .putInt(stream)
                .put(payload)
                .array();
    }

    /** The head of a call, as HPACK writes it without compression. */
    private static byte[] headers() {
        ByteArrayOutputStream block = new ByteArrayOutputStream();
        String[] fields = {
            ":method", "POST", ":scheme", "http", ":path", "/inference.GRPCInferenceService/ModelInfer",
            ":authority", "localhost", "content-type", "application/grpc", "te", "trailers"
        };
        for (int i = 0; i < fields.length; i++) {
            if (i % 2 == 0) {
                block.write(0);
            }
            block.write(fields[i].length());
            block.writeBytes(fields[i].getBytes(StandardCharsets.US_ASCII));
        }
        return block.toByteArray();
    }
}
