package dev.nereid.perf.client;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.SocketChannel;

/** Bytes as they are. */
record PlainWire(SocketChannel channel) implements Wire {
    @Override
    public int write(ByteBuffer from) throws IOException {
        return channel.write(from);
    }

    @Override
    public int read(ByteBuffer to) throws IOException {
        return channel.read(to);
    }

    @Override
    public int awaits() {
        return SelectionKey.OP_READ | SelectionKey.OP_WRITE;
    }

    @Override
    public void close() throws IOException {
        channel.close();
    }
}
