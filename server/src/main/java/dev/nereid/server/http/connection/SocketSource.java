package dev.nereid.server.http.connection;

import io.helidon.common.buffers.BufferData;
import io.helidon.common.buffers.DataReader;
import io.helidon.common.socket.HelidonSocket;
import io.helidon.common.socket.NioSocket;
import java.util.Arrays;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The bytes of a connection as they arrive. Most requests fit into what the web server reads at a time; while a large one
 * arrives it is read in larger pieces, for every piece costs a call of the system. One thread at a time.
 */
final class SocketSource implements Supplier<byte @Nullable []> {
    private static final int LARGE = 64 << 10;

    /** What the web server's own reads take at most. */
    private static final int SMALL = 8 << 10;

    private final DataReader begun;
    private final HelidonSocket socket;
    /** Whether it is a channel, whose reads of pieces of another size lose bytes (Helidon 4.5). */
    private final boolean isChannel;

    private boolean large;

    /** @param begun holds what has been read from the socket already */
    SocketSource(DataReader begun, HelidonSocket socket) {
        this.begun = begun;
        this.socket = socket;
        isChannel = socket instanceof NioSocket;
    }

    /** The next bytes, for which it may wait; null at the end. */
    @Override
    public byte @Nullable [] get() {
        if (begun.available() > 0) {
            return begun.readBytes(begun.available());
        }
        byte @Nullable [] bytes = large ? readLarge() : socket.get();
        large = bytes != null && bytes.length >= SMALL && !isChannel;
        return bytes;
    }

    @SuppressWarnings("removal") // the only way to read more at a time
    private byte @Nullable [] readLarge() {
        byte[] bytes = new byte[LARGE];
        int read = socket.read(BufferData.create(bytes).clear());
        if (read < 0) {
            return null;
        }
        return read == LARGE ? bytes : Arrays.copyOf(bytes, read);
    }
}
