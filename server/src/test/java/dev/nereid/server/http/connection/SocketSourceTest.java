package dev.nereid.server.http.connection;

import static org.assertj.core.api.Assertions.assertThat;

import io.helidon.common.buffers.DataReader;
import io.helidon.common.socket.PlainSocket;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class SocketSourceTest {
    private static final int SMALL = 8 << 10;

    private Socket client;
    private Socket accepted;
    private SocketSource source;

    @BeforeEach
    void connect() throws IOException {
        try (ServerSocket server = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            client = new Socket(server.getInetAddress(), server.getLocalPort());
            accepted = server.accept();
        }
        source = new SocketSource(DataReader.create(() -> new byte[0]), PlainSocket.server(accepted, "0", "0"));
    }

    @AfterEach
    void disconnect() throws IOException {
        client.close();
        accepted.close();
    }

    private List<byte[]> pieces(int bytes) {
        List<byte[]> pieces = new ArrayList<>();
        int read = 0;
        while (read < bytes) {
            byte[] piece = source.get();
            assertThat(piece).isNotNull();
            pieces.add(piece);
            read += piece.length;
        }
        return pieces;
    }

    private void send(byte[] bytes) {
        Thread.ofVirtual().start(() -> {
            try {
                client.getOutputStream().write(bytes);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        });
    }

    private static byte[] joined(List<byte[]> pieces) {
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        pieces.forEach(all::writeBytes);
        return all.toByteArray();
    }

    @Test
    void readsALargeRequestInLargePiecesAndWhatFollows() {
        byte[] large = new byte[3_000_000];
        new Random(42).nextBytes(large);
        send(large);
        List<byte[]> pieces = pieces(large.length);
        assertThat(joined(pieces)).isEqualTo(large);
        assertThat(pieces.getFirst()).hasSizeLessThanOrEqualTo(SMALL);
        assertThat(pieces).anySatisfy(piece -> assertThat(piece).hasSizeGreaterThan(SMALL));
        byte[] small = {1, 2, 3};
        send(small);
        assertThat(joined(pieces(small.length))).isEqualTo(small);
    }

    @Test
    void endsWithTheConnectionAlsoInTheMiddleOfALargeRequest() throws IOException {
        send(new byte[SMALL]);
        pieces(SMALL);
        client.shutdownOutput();
        assertThat(source.get()).isNull();
    }

    @Test
    void beginsWithWhatHasBeenReadAlready() {
        DataReader begun = DataReader.create(() -> new byte[] {7, 8});
        begun.ensureAvailable();
        SocketSource other = new SocketSource(begun, PlainSocket.server(accepted, "0", "0"));
        assertThat(other.get()).containsExactly(7, 8);
        send(new byte[] {9});
        assertThat(other.get()).containsExactly(9);
    }
}
