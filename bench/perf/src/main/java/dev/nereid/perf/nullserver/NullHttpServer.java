package dev.nereid.perf.nullserver;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.util.Locale;

/** Answers every request on the loopback interface with the same few bytes. One thread; requests up to 1 MiB. */
public final class NullHttpServer implements AutoCloseable {
    private static final int FIRST_BUFFER = 4 << 10;
    private static final int LARGEST_REQUEST = 1 << 20;

    /** An open loop opens thousands of connections at once; what does not fit here, the system drops without a word. */
    private static final int BACKLOG = 4096;

    private static final byte[] HEAD_END = "\r\n\r\n".getBytes(StandardCharsets.US_ASCII);

    private final NullAnswers answers = new NullAnswers();
    private final Selector selector = Selector.open();
    private final ServerSocketChannel server = ServerSocketChannel.open();
    private final Thread thread;
    private volatile boolean closed;

    /** Listens on {@code port}; 0 for any that is free. */
    public NullHttpServer(int port) throws IOException {
        server.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), BACKLOG);
        server.configureBlocking(false);
        server.register(selector, SelectionKey.OP_ACCEPT);
        thread = Thread.ofPlatform().name("null-http").daemon().start(this::run);
    }

    public int port() {
        return server.socket().getLocalPort();
    }

    private void run() {
        while (!closed) {
            try {
                selector.select(this::ready);
            } catch (IOException e) {
                throw new IllegalStateException("a selector failed", e);
            }
        }
    }

    private void ready(SelectionKey key) {
        try {
            if (key.isAcceptable()) {
                accept();
            } else {
                read(key, (SocketChannel) key.channel(), (ByteBuffer) key.attachment());
            }
        } catch (IOException | IllegalArgumentException _) {
            close(key);
        }
    }

    private void accept() throws IOException {
        for (SocketChannel channel = server.accept(); channel != null; channel = server.accept()) {
            channel.configureBlocking(false);
            channel.setOption(StandardSocketOptions.TCP_NODELAY, true);
            channel.register(selector, SelectionKey.OP_READ, ByteBuffer.allocate(FIRST_BUFFER));
        }
    }

    private void read(SelectionKey key, SocketChannel channel, ByteBuffer buffer) throws IOException {
        if (channel.read(buffer) < 0) {
            throw new IOException("closed by the client");
        }
        buffer.flip();
        while (answerOne(channel, buffer)) {
            // Requests may come more than one at a time.
        }
        buffer.compact();
        if (!buffer.hasRemaining()) {
            if (buffer.capacity() >= LARGEST_REQUEST) {
                throw new IOException("a request of more than " + LARGEST_REQUEST + " bytes");
            }
            key.attach(ByteBuffer.allocate(2 * buffer.capacity()).put(buffer.flip()));
        }
    }

    private boolean answerOne(SocketChannel channel, ByteBuffer buffer) throws IOException {
        int begin = buffer.position();
        int head = headEnd(buffer);
        if (head < 0) {
            return false;
        }
        String text = StandardCharsets.ISO_8859_1
                .decode(buffer.slice(begin, head - begin))
                .toString();
        int body = contentLength(text);
        if (buffer.limit() - head < body) {
            return false;
        }
        buffer.position(head + body);
        byte[] answer = text.startsWith("POST ") ? answers.infer() : answers.get(text.split(" ", 3)[1]);
        ByteBuffer out = ByteBuffer.wrap(answer);
        while (out.hasRemaining()) {
            channel.write(out);
        }
        return true;
    }

    private static int headEnd(ByteBuffer buffer) {
        for (int i = buffer.position(); i <= buffer.limit() - HEAD_END.length; i++) {
            int j = 0;
            while (j < HEAD_END.length && buffer.get(i + j) == HEAD_END[j]) {
                j++;
            }
            if (j == HEAD_END.length) {
                return i + j;
            }
        }
        return -1;
    }

    private static int contentLength(String head) {
        String lower = head.toLowerCase(Locale.ROOT);
        int at = lower.indexOf("\ncontent-length:");
        if (at < 0) {
            return 0;
        }
        int from = at + "\ncontent-length:".length();
        return Integer.parseInt(lower.substring(from, lower.indexOf('\r', from)).trim());
    }

    private static void close(SelectionKey key) {
        try {
            key.channel().close();
        } catch (IOException _) {
            // What cannot be closed is not open any more.
        }
    }

    @Override
    public void close() throws IOException {
        closed = true;
        selector.wakeup();
        try {
            thread.join();
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        }
        selector.keys().forEach(NullHttpServer::close);
        selector.close();
        server.close();
    }
}
