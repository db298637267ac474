package dev.nereid.perf.client;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.SocketChannel;
import javax.net.ssl.SSLEngine;
import tlschannel.ClientTlsChannel;
import tlschannel.NeedsReadException;
import tlschannel.NeedsWriteException;
import tlschannel.TlsChannel;

/** TLS over a non-blocking socket. The handshake is part of the first request's writing. */
final class TlsWire implements Wire {
    private final SocketChannel channel;
    private final TlsChannel tls;
    private int awaits = SelectionKey.OP_READ | SelectionKey.OP_WRITE;

    TlsWire(SocketChannel channel, SSLEngine engine) {
        this.channel = channel;
        this.tls = ClientTlsChannel.newBuilder(channel, engine).build();
    }

    @Override
    public int write(ByteBuffer from) throws IOException {
        try {
            return tls.write(from);
        } catch (NeedsReadException _) {
            awaits = SelectionKey.OP_READ;
        } catch (NeedsWriteException _) {
            awaits = SelectionKey.OP_READ | SelectionKey.OP_WRITE;
        }
        return 0;
    }

    @Override
    public int read(ByteBuffer to) throws IOException {
        try {
            return tls.read(to);
        } catch (NeedsReadException | NeedsWriteException _) {
            return 0;
        }
    }

    @Override
    public int awaits() {
        return awaits;
    }

    /** Without the farewell of TLS, which would have to wait for the socket. */
    @Override
    public void close() throws IOException {
        channel.close();
    }
}
